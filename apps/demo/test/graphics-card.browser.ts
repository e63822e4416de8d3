import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { chromiumPath, done, launchChromium, saved, serveSite, visit } from "./site.fixture.ts";

const root = new URL("../../../", import.meta.url);
// It has convolutions with strides and maxima of windows, which WebGPU takes and gets wrong where it is not told otherwise.
const onnx = [new URL("packages/backend-onnx/src/torch-vectors/residual-opset17.fixture.onnx", root).pathname];
const tfjs = ["models/digits/tfjs/model.json", "models/digits/tfjs/weights.bin"].map((file) => new URL(file, root).pathname);

/** A graphics card made of software, which Chromium brings along. */
const software = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];

/** Kernels for a card of software are compiled for a long time on a busy machine. */
const patience = 100_000;

/** Opens a model on a device, explains it, and gives what it runs on and the scores. */
async function explained(
  page: Page,
  files: readonly string[],
  device: string,
): Promise<{ on: string; scores: readonly number[] }> {
  await page.getByLabel("Run on").selectOption(device);
  await page.getByLabel(/^Drop an .onnx file/).setInputFiles([...files]);
  await page.locator("#model-title").waitFor();
  await done(page, patience);
  await page.getByLabel("Method", { exact: true }).selectOption("input-x-gradient");
  await page.getByRole("button", { name: "Explain", exact: true }).click();
  await page.locator(".result .picture svg").waitFor({ timeout: patience });
  await done(page, patience);
  const result = JSON.parse(readFileSync(await saved(page, "JSON"), "utf8"));
  const [scores] = Object.values<{ data: readonly number[] }>(result.attributions);
  return { on: (await page.getByText(/^Runs on/).textContent())!, scores: scores!.data };
}

describe.skipIf(chromiumPath === undefined)("a graphics card", { timeout: 3 * patience }, () => {
  test("where there is none the processor runs the model, and a sentence says why", async () => {
    const [browser, site] = await Promise.all([launchChromium(["--disable-gpu", "--disable-software-rasterizer"]), serveSite()]);
    const { page, errors, strangers } = await visit(browser, site, "#/your-model");
    expect((await explained(page, onnx, "graphics")).on).toMatch(/^Runs on the processor: .*WebGPU/);
    await page.reload();
    expect((await explained(page, tfjs, "graphics")).on).toMatch(/no WebGL here, so the processor, by WebAssembly/);
    expect([strangers, errors.filter((error) => !/webgl|webgpu/i.test(error))]).toEqual([[], []]);
    await browser.close();
    await site.close();
  });

  test.each([
    ["ONNX", "WebGPU", onnx],
    ["TensorFlow.js", "WebGL", tfjs],
  ])("%s runs on %s and gives the scores that the processor gives", async (_, api, files) => {
    const [browser, site] = await Promise.all([launchChromium(software), serveSite()]);
    const { page, errors, strangers } = await visit(browser, site, "#/your-model");
    const card = await explained(page, files, "graphics");
    await page.reload();
    const processor = await explained(page, files, "processor");
    // Chromium brings the software card along on some systems only.
    if (!card.on.includes("the processor")) expect(card.on).toBe(`Runs on the graphics card, by ${api}.`);
    else console.warn(`SKIPPED: this Chromium has no ${api} in software: only the processor was tested`);
    const strongest = Math.max(...processor.scores.map(Math.abs));
    expect(card.scores).toHaveLength(processor.scores.length);
    for (const [at, score] of processor.scores.entries())
      expect(Math.abs(card.scores[at]! - score)).toBeLessThan(strongest * 1e-2);
    expect([strangers, errors]).toEqual([[], []]);
    await browser.close();
    await site.close();
  });
});
