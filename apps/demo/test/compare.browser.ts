import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeRoom, eventually, expectSound } from "./room.fixture.ts";
import { done, openSaved, saved } from "./site.fixture.ts";

/** The heads of the table of scores: the methods that are shown. */
async function shownMethods(page: Page): Promise<string[]> {
  const table = page.locator("details", { hasText: "All scores" });
  return (await table.locator("thead th").allTextContents()).slice(1);
}

describeRoom("methods side by side", "#/language-model", (room) => {
  test("methods that are ticked are computed one after another, and shown with their cost and how far they agree", async () => {
    const { page } = room;
    await done(page);
    await page.getByText("Methods side by side").click();
    await page.getByLabel("LIME", { exact: true }).check();
    await page.getByLabel("Saliency", { exact: true }).check();
    await page.getByLabel("Input × gradient", { exact: true }).check();
    await page.getByRole("button", { name: "Explain" }).click();
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    await done(page);
    expect(await shownMethods(page)).toEqual(["Feature ablation", "LIME", "Input × gradient", "Saliency"]);
    const words = (await page.locator(".picture svg text").allTextContents()).join(" ");
    expect(words).toContain("calls of the model");
    expect(words).toMatch(/rank correlation (1|0|−0)\.\d\d/);
    expect(words.replaceAll(/\s+/g, " ")).toContain("Saliency in nats per unit of the embedding");
    expect(words).toContain("Agreement proves nothing by itself");
    expect(new URL(page.url()).hash).toContain("beside=lime%2Csaliency%2Cinput-x-gradient");
    const rows = await page.locator("details", { hasText: "What each cost" }).locator("tbody tr").allTextContents();
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row).toMatch(/\d+ (ms|s)$|\.\d+ (ms|s)$/);
  });

  test("axe finds nothing serious in light and dark, and 375 pixels are wide enough: the parts are stacked", async () => {
    const { page } = room;
    await expectSound(page);
    const places = await page
      .locator(".picture svg g[transform]")
      .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().left));
    expect(places.length).toBe(4);
    expect(new Set(places.map((left) => Math.round(left / 4))).size).toBe(1);
  });

  test("wide enough, two stand side by side", async () => {
    const { page } = room;
    await page.setViewportSize({ width: 1100, height: 800 });
    await page.waitForFunction(() => {
      const parts = document.querySelector("attr-result")!.shadowRoot!.querySelectorAll("svg g[transform]");
      return new Set([...parts].map((part) => Math.round(part.getBoundingClientRect().left / 40))).size === 2;
    });
    await page.setViewportSize({ width: 375, height: 760 });
  });

  test("the comparison is saved as PNG, SVG, HTML and JSON, and the JSON opens again", async () => {
    const { page } = room;
    expect(readFileSync(await saved(page, "SVG"), "utf8")).toContain("How far they agree");
    expect(readFileSync(await saved(page, "HTML"), "utf8")).toContain("What each cost");
    expect(
      readFileSync(await saved(page, "PNG"))
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    const json = readFileSync(await saved(page, "JSON"));
    const { schema, room: name, results } = JSON.parse(json.toString());
    expect([schema, name, results.length]).toEqual(["attr.comparison/1", "language-model", 4]);
    await page.goto(`${room.site.address}#/multiple-choice`);
    await page.locator("h2", { hasText: "The model chooses" }).waitFor();
    await openSaved(page, json);
    await page.locator("h2", { hasText: "Sue." }).waitFor();
    expect(await shownMethods(page)).toEqual(["Feature ablation", "LIME", "Input × gradient", "Saliency"]);
    const broken = Buffer.from(JSON.stringify({ schema, room: name, results: [{ label: "LIME" }] }));
    await openSaved(page, broken);
    await page.getByRole("alert").filter({ hasText: "result 1 of the comparison is none" }).waitFor();
  });

  test("a click on a token of the answer changes all of them", async () => {
    const { page } = room;
    const hash = new URLSearchParams({ answer: "Sue.", beside: "shapley-value-sampling", samples: "5" });
    await page.goto(`${room.site.address}#/language-model?${hash}`);
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    await done(page);
    const before = await page.locator("details", { hasText: "All scores" }).locator("tbody td").allTextContents();
    await page.getByRole("group", { name: "What is explained" }).getByRole("button", { name: ".", exact: true }).click();
    await expect
      .poll(() => page.locator("details", { hasText: "All scores" }).locator("tbody td").allTextContents())
      .not.toEqual(before);
  });

  test("one that cannot be computed is told, and the others are shown", async () => {
    const { page } = room;
    const prompt = "Tom has a red ball. ".repeat(8);
    const hash = new URLSearchParams({ prompt, answer: "Sue", beside: "shapley-values,input-x-gradient" });
    await page.goto(`${room.site.address}#/language-model?${hash}`);
    await page.getByRole("alert").filter({ hasText: "Shapley values, exact: " }).waitFor();
    await eventually(() => shownMethods(page)).toEqual(["Feature ablation", "Input × gradient"]);
  });

  test("stopped, it keeps what is done", async () => {
    const { page } = room;
    const hash = new URLSearchParams({ answer: "Sue", beside: "shapley-value-sampling", samples: "4000" });
    await page.goto(`${room.site.address}#/language-model?${hash}`);
    await page.locator(".working", { hasText: "Shapley value sampling (2 of 2): Asking the model" }).waitFor();
    await page.getByText(/ left$/).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped.").waitFor();
    expect(await page.getByText("The best so far").count()).toBe(1);
    expect(await page.locator(".picture svg text", { hasText: "Sue" }).count()).toBeGreaterThan(0);
  });

  test("in the room of multiple choice they follow what is typed", async () => {
    const { page } = room;
    await page.goto(`${room.site.address}#/multiple-choice?beside=kernel-shap`);
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    await done(page);
    await page.getByRole("group", { name: "and not" }).getByRole("button", { name: "Max" }).click();
    expect(await shownMethods(page)).toEqual(["Feature ablation", "Kernel SHAP"]);
    await page.getByLabel("Text and question").fill("Max and Sue were in the meadow. He has a green book. Who has the book?");
    await page.locator("h2 q", { hasText: "Max" }).waitFor();
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    await expectSound(page);
  });

  test("in the room of images they are maps of one picture", async () => {
    const { page } = room;
    await page.goto(`${room.site.address}#/images?beside=saliency,occlusion`);
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    await done(page);
    const words = (await page.locator(".picture svg text").allTextContents()).join(" ");
    for (const method of ["1 Integrated gradients", "2 ", "3 "]) expect(words).toContain(method);
    const json = readFileSync(await saved(page, "JSON"));
    await page.goto(`${room.site.address}#/multiple-choice`);
    await page.locator("h2", { hasText: "The model chooses" }).waitFor();
    await openSaved(page, json);
    await page.locator("h2", { hasText: "The model sees" }).waitFor();
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
  });

  test("a model of one's own is explained by several as well", async () => {
    const { page } = room;
    await page.goto(`${room.site.address}#/your-model`);
    const file = new URL("../../../models/penguins/onnx/model.onnx", import.meta.url);
    await page
      .getByLabel(/^Drop an .onnx file/)
      .setInputFiles({ name: "penguins.onnx", mimeType: "application/octet-stream", buffer: readFileSync(file) });
    await page.getByText("Methods side by side").click();
    await page.getByLabel("Input × gradient", { exact: true }).check();
    await page.getByLabel("Feature ablation", { exact: true }).check();
    await page.getByRole("button", { name: "Explain" }).click();
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    await done(page);
    expect(await shownMethods(page)).toEqual(["Integrated gradients", "Input × gradient", "Feature ablation"]);
  });
});
