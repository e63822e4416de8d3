import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, done, launchChromium, serveSite, visit } from "./site.fixture.ts";

/** What the first room may cost on the wire, compressed. */
const budget = 6_000_000;

if (chromiumPath === undefined)
  console.warn("SKIPPED: no Chromium here (CHROMIUM_PATH, /usr/bin/chromium): the page is not tested in a browser");

/** Waits until the service worker has kept what it keeps and has taken over the page. */
async function kept(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
}

describe.skipIf(chromiumPath === undefined)("the site", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test("the first room weighs at most 6 MB compressed", async () => {
    const site = await serveSite();
    const context = await browser.newContext();
    const loaded = new Set<string>();
    // Those of the service worker too.
    context.on("request", (request) => loaded.add(new URL(request.url()).pathname));
    const page = await context.newPage();
    await page.goto(site.address);
    await done(page);
    await kept(page);
    const weights = [...loaded].map((path) => {
      const file = new URL(`../dist${path === "/" ? "/index.html" : path}`, import.meta.url);
      return [path, gzipSync(readFileSync(file), { level: 9 }).length] as const;
    });
    const sum = weights.reduce((total, [, bytes]) => total + bytes, 0);
    for (const [path, bytes] of weights.sort((a, b) => b[1] - a[1]).slice(0, 5)) console.log(`${bytes} bytes gzipped: ${path}`);
    console.log(`first room: ${weights.length} files, ${sum} bytes gzipped of ${budget}`);
    expect(weights.some(([path]) => path.endsWith(".wasm"))).toBe(true);
    expect(weights.some(([path]) => path.endsWith(".onnx"))).toBe(true);
    expect(sum).toBeLessThan(budget);
    await context.close();
    await site.close();
  });

  test("what was entered once opens and explains without a network, and what was not says so", async () => {
    const site = await serveSite();
    const { context, page, errors } = await visit(browser, site, "");
    await done(page);
    await kept(page);
    await page.getByRole("link", { name: "Multiple choice" }).click();
    await page.locator("h2", { hasText: "The model chooses" }).waitFor();
    await site.close();
    await page.reload();
    await page.locator("h2", { hasText: "The model chooses" }).waitFor();
    await page.getByRole("link", { name: "Language model" }).click();
    await page.locator("h2", { hasText: "Sue." }).waitFor();
    await page.getByRole("link", { name: "Your own model" }).click();
    await page.getByRole("alert").filter({ hasText: "was not entered before" }).waitFor();
    expect(errors.filter((error) => !error.includes("net::ERR_"))).toEqual([]);
    await context.close();
  });

  test("a room that a link led to first opens without a network, and explains a model of TensorFlow.js again", async () => {
    const site = await serveSite();
    const { context, page, errors } = await visit(browser, site, "#/your-model");
    const digits = ["model.json", "weights.bin"].map(
      (file) => new URL(`../../../models/digits/tfjs/${file}`, import.meta.url).pathname,
    );
    const explained = async (): Promise<void> => {
      await page.getByLabel(/^Drop an .onnx file/).setInputFiles(digits);
      await page.locator("#model-title").waitFor();
      await page.locator("details.graph summary").click();
      await page.locator("g.box, .graph-list li").first().waitFor();
      await page.getByRole("button", { name: "Explain", exact: true }).click();
      await done(page);
    };
    await kept(page);
    await explained();
    await page.waitForFunction(async () => {
      const names = await caches.keys();
      const addresses = await Promise.all(
        names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)),
      );
      return addresses.flat().some((url) => url.includes("model-room"));
    });
    await site.close();
    await page.reload();
    await explained();
    expect(errors.filter((error) => !error.includes("net::ERR_"))).toEqual([]);
    await context.close();
  });

  test("the page answers while an attribution runs, and other hosts cannot be asked", async () => {
    const site = await serveSite();
    const prompt = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";
    const question = { prompt, answer: "Sue", method: "shapley-value-sampling", samples: "2000" };
    const { context, page } = await visit(browser, site, `#/language-model?${new URLSearchParams(question)}`);
    await page.getByText(/ left$/).waitFor();
    const { tasks, frames } = await page.evaluate(async () => {
      const found: number[] = [];
      const observer = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) found.push(duration);
      });
      observer.observe({ type: "longtask" });
      const field = document.querySelector("textarea")!;
      const waits: number[] = [];
      for (let i = 0; i < 20; i++) {
        const before = performance.now();
        field.value += "a";
        field.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((resolve) => requestAnimationFrame(resolve));
        waits.push(performance.now() - before);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      observer.disconnect();
      return { tasks: found, frames: waits };
    });
    expect(frames).toHaveLength(20);
    console.log(`while an attribution runs: ${tasks.length} long tasks (${tasks.map((ms) => Math.round(ms)).join(", ")} ms)`);
    console.log(`a keystroke is drawn after ${Math.round(Math.max(...frames))} ms at most, in 20`);
    const refused = await page.evaluate(() =>
      fetch("http://127.0.0.1:1/").then(
        () => "asked",
        (error: unknown) => String(error),
      ),
    );
    expect(refused).toContain("Failed to fetch");
    const told = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          addEventListener("securitypolicyviolation", ({ violatedDirective }) => resolve(violatedDirective), { once: true });
          fetch("http://127.0.0.1:1/").catch(() => undefined);
        }),
    );
    expect(told).toBe("connect-src");
    await context.close();
    await site.close();
  });
});
