import { expect, test } from "vitest";
import { describeRoom, expectExports, expectSound } from "./room.fixture.ts";
import { done, openSaved, scoresOf } from "./site.fixture.ts";

describeRoom("the room of the language model", "", (room) => {
  test("explains at once what the model answers, and the words that decide stand out", async () => {
    const { page } = room;
    await done(page);
    expect(await page.locator("h2").textContent()).toContain("Sue.");
    const scores = await scoresOf(page);
    expect(scores["Sue"]).toBeGreaterThan(1);
    expect(Math.abs(scores["Tom"]!)).toBeLessThan(0.2);
    expect(await page.locator(".picture svg").count()).toBe(1);
  });

  test("a click on a token of the answer colours the prompt by that token", async () => {
    const { page } = room;
    await page.getByRole("button", { name: "Sue", exact: true }).click();
    expect(await page.locator(".tokens [aria-pressed=true]").textContent()).toBe("Sue");
    expect(await page.locator(".picture svg text.strong").allTextContents()).toContain("Sue");
  });

  test("axe finds nothing serious in light and dark, and 375 pixels are wide enough", async () => {
    const { page } = room;
    await page.locator("summary", { hasText: "All numbers" }).click();
    await expectSound(page);
  });

  test("two answers are held against each other", async () => {
    const { page } = room;
    await page.getByRole("button", { name: "Sue, and not Tom" }).click();
    await page.getByRole("button", { name: "Sue and not Tom", exact: true }).waitFor();
    await done(page);
    const scores = await scoresOf(page);
    expect(scores["Sue"]).toBeGreaterThan(1);
    expect(scores["Tom"]).toBeLessThan(-1);
  });

  test("what cannot be explained is said in a sentence", async () => {
    const { page } = room;
    await page.getByLabel("Prompt").fill("");
    await page.getByRole("button", { name: "Explain" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("text has no word: there is nothing to attribute to");
  });

  test("the keyboard is enough: another answer is typed, asked for and taken along", async () => {
    const { page } = room;
    await page.getByLabel("Prompt").fill("Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Tom");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Delete");
    await page.keyboard.press("Enter");
    await page.locator("h2", { hasText: "Tom" }).waitFor();
    await done(page);
    const reached = new Set<string>();
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement?.textContent?.trim() ?? ""));
    }
    for (const name of ["Explain", "PNG", "Copy a link"]) expect([...reached]).toContain(name);
  });

  test.each(["integrated-gradients", "kernel-shap"])("a link opens the same question, by %s", async (method) => {
    const { page } = room;
    const prompt = "Tom has a red ball. Question: Who has the ball? Answer:";
    const hash = new URLSearchParams({ prompt, answer: "Tom", method, steps: "8", samples: "40" });
    await page.goto(`${room.site.address}#/language-model?${hash}`);
    await page.locator("h2").waitFor({ state: "detached" });
    await done(page);
    expect(await page.getByLabel("Prompt").inputValue()).toBe(prompt);
    expect(await page.getByLabel("Answer to explain").inputValue()).toBe("Tom");
    expect(await page.getByLabel("Method").inputValue()).toBe(method);
    expect(await page.locator("h2").textContent()).toContain("Tom");
    expect((await scoresOf(page))["Tom"]).toBeGreaterThan(0);
  });

  test("the result is saved as PNG, SVG, HTML and JSON, and the JSON opens again", async () => {
    const { page } = room;
    const json = await expectExports(page, "attr.llm/1");
    await page.getByRole("button", { name: "Who has the kite?" }).click();
    await page.locator("h2", { hasText: "Sue" }).waitFor();
    await done(page);
    await openSaved(page, json);
    await page.locator("h2", { hasText: "Tom" }).waitFor();
    await openSaved(page, Buffer.from('{"schema":'), "broken.json");
    await page.getByRole("alert").filter({ hasText: "“broken.json” is no saved result" }).waitFor();
    await openSaved(page, Buffer.from('{"schema":"attr.llm/9"}'), "other.json");
    await page.getByRole("alert").filter({ hasText: 'its schema is "attr.llm/9"' }).waitFor();
    await openSaved(page, Buffer.from('{"schema":"attr.comparison/1"}'));
    await page.getByRole("alert").filter({ hasText: "it does not say which room it is of" }).waitFor();
  });

  test("a run that is stopped keeps what it has, and the next one works", async () => {
    const { page } = room;
    const prompt = "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:";
    const question = { prompt, answer: "Sue", method: "shapley-value-sampling", samples: "2000" };
    await page.goto(`${room.site.address}#/language-model?${new URLSearchParams(question)}`);
    await page.getByText(/ left$/).waitFor();
    await page.getByText("The best so far").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped.").waitFor();
    expect(await page.getByText("The best so far").count()).toBe(1);
    await page.getByLabel("Samples").fill("5");
    await page.getByRole("button", { name: "Explain" }).click();
    await done(page);
    expect(await page.getByText("The best so far").count()).toBe(0);
    expect(await page.locator(".result").count()).toBe(1);
  });
});
