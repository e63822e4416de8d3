import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeRoom, expectSound } from "./room.fixture.ts";
import { done, saved } from "./site.fixture.ts";

const root = new URL("../../../", import.meta.url);
const digits = {
  json: readFileSync(new URL("models/digits/tfjs/model.json", root)),
  weights: readFileSync(new URL("models/digits/tfjs/weights.bin", root)),
  onnx: readFileSync(new URL("models/digits/onnx/model.onnx", root)),
  config: readFileSync(new URL("models/digits/config.json", root)),
};

interface Dropped {
  readonly name: string;
  readonly buffer: Buffer;
}

describeRoom("a model of TensorFlow.js in the room of one's own model", "#/your-model", (room) => {
  const drop = (files: readonly Dropped[]): Promise<void> =>
    room.page
      .getByLabel(/^Drop an .onnx file/)
      .setInputFiles(files.map((file) => ({ ...file, mimeType: "application/octet-stream" })));
  const model = (json: Buffer = digits.json): Dropped => ({ name: "model.json", buffer: json });
  const weights: Dropped = { name: "weights.bin", buffer: digits.weights };
  const refused = (sentence: RegExp): Promise<void> => room.page.getByRole("alert").filter({ hasText: sentence }).waitFor();

  test("what is no model, or not all of one, is refused with a sentence, and the page goes on", async () => {
    await drop([model()]);
    await refused(/the file "weights\.bin" that model\.json lists is missing/);
    await drop([model(Buffer.from('{"format": "layers-model", "modelTop')), weights]);
    await refused(/model\.json.*JSON/);
    await drop([model(Buffer.from('{"compilerOptions": {}}')), weights]);
    await refused(/model\.json/);
    await drop([model(), { ...weights, buffer: digits.weights.subarray(0, 1000) }]);
    await refused(/weights\.bin/);
    await drop([model(), { name: "network.onnx", buffer: digits.onnx }]);
    await refused(/one model, not of several/);
    await drop([weights]);
    await refused(/model\.json of TensorFlow\.js.*“weights\.bin”/);
  });

  test("a dropped model.json with its shard shows its inputs, layers, operators and gradients", async () => {
    const { page } = room;
    await drop([model(), weights, { name: "config.json", buffer: digits.config }]);
    await page.locator("h2", { hasText: "model.json" }).waitFor();
    const facts = page.locator("section[aria-labelledby=model-title]");
    const text = await facts.textContent();
    expect(text).toContain("Layers model of TensorFlow.js");
    expect(text).toContain("33,194 parameters, 13 nodes");
    expect(text).toContain("10 labels");
    expect(text).toContain("Runs on the processor, by WebAssembly.");
    expect(text).toMatch(/by image: yes/);
    expect(await facts.getByRole("region", { name: "Inputs" }).textContent()).toContain("[?, 28, 28, 1]");
    await expectSound(page);
  });

  test("its highest output is explained by its label, and the scores are those of the same network as ONNX", async () => {
    const { page } = room;
    const explained = async (): Promise<{ readonly sum: number; readonly strongest: number }> => {
      await page.getByRole("button", { name: "Explain", exact: true }).click();
      await page.locator(".result .picture svg").waitFor();
      await done(page);
      const result = JSON.parse(readFileSync(await saved(page, "JSON"), "utf8"));
      const [scores] = Object.values<{ data: readonly number[] }>(result.attributions);
      const sum = scores!.data.reduce((total, score) => total + score, 0);
      expect(Math.abs(sum - (result.value.data[0] - result.baseValue.data[0]))).toBeLessThan(0.05);
      return { sum, strongest: Math.max(...scores!.data) };
    };
    const ours = await explained();
    expect(await page.locator("#result-title").textContent()).toMatch(/^What “.+” \(element \[\d\] of “logits”\) goes by/);
    await drop([{ name: "network.onnx", buffer: digits.onnx }]);
    await page.locator("h2", { hasText: "network.onnx" }).waitFor();
    const theirs = await explained();
    expect(ours.sum / theirs.sum).toBeCloseTo(1, 2);
    expect(ours.strongest / theirs.strongest).toBeCloseTo(1, 2);
  });

  test("Grad-CAM at a layer, Occlusion with a window, noise, a baseline and groups of one's own are all one form away", async () => {
    const { page } = room;
    await drop([model(), weights]);
    await page.locator("h2", { hasText: "model.json" }).waitFor();
    const explained = async (method: string): Promise<void> => {
      await page.getByRole("button", { name: "Explain", exact: true }).click();
      await page.locator(".result .picture svg", { hasText: `. ${method}, scores` }).waitFor({ state: "attached" });
      await done(page);
    };
    const method = page.getByLabel("Method", { exact: true });
    await method.selectOption("grad-cam");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "Grad-CAM is about a layer" }).waitFor();
    await page.getByLabel("Or to a layer computed from it").fill("relu3");
    await explained("GradCam");
    expect(await page.locator(".result .picture svg").textContent()).toContain("of 7×7");
    await page.getByLabel("Or to a layer computed from it").fill("");
    await method.selectOption("occlusion");
    await page.getByLabel(/^Window/).fill("7, 7, 1");
    await page.getByLabel("Step from window to window").fill("7, 7, 1");
    await page.getByLabel("Compared with").selectOption("blurred");
    await explained("Occlusion");
    await method.selectOption("saliency");
    await page.getByLabel("Noise", { exact: true }).selectOption("smoothgrad");
    await page.getByLabel("Noisy copies").fill("3");
    await explained("NoiseTunnel(Saliency)");
    await method.selectOption("shapley-values");
    await page.getByLabel("Taken away together").selectOption("squares");
    await page.getByLabel("Pixels a side").fill("14");
    await explained("ShapleyValues");
    await page.getByLabel("Compared with").selectOption("numbers");
    await page.getByLabel("Numbers of the baseline, row by row").fill("1 2 3");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "takes 784 numbers, got 3" }).waitFor();
  });

  test("a folder is taken as it is, and the same model is explained on", async () => {
    const { page } = room;
    await page.reload();
    await page.getByLabel("Or a folder:").setInputFiles(new URL("models/digits/tfjs", root).pathname);
    await page.locator("h2", { hasText: "model.json" }).waitFor();
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await page.locator(".result .picture svg").waitFor();
    await done(page);
  });
});
