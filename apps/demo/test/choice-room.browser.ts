import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeRoom, expectSound } from "./room.fixture.ts";
import { done, openSaved, saved, scoresOf } from "./site.fixture.ts";

describeRoom("the room of multiple choice", "#/multiple-choice", (room) => {
  const chosen = (text: string): Promise<void> => room.page.locator("h2 q", { hasText: text }).waitFor();

  test("shows what the model chooses, and a table of pieces and options", async () => {
    const { page } = room;
    await done(page);
    await chosen("Sue");
    const head = await page.locator(".numbers thead th").allTextContents();
    expect(head).toEqual(["piece", "Max", "Sue (chosen)", "Eve"]);
    expect(await page.locator(".bars tbody tr").count()).toBe(3);
  });

  test("axe finds nothing serious in light and dark, and 375 pixels are wide enough", async () => {
    const { page } = room;
    await page.locator("summary", { hasText: "All numbers" }).click();
    await expectSound(page);
  });

  test("the table follows what is typed, without a button", async () => {
    const { page } = room;
    await page.getByLabel("Text and question").fill("Max and Sue were in the meadow. He has a green book. Who has the book?");
    await chosen("Max");
    await page.getByRole("button", { name: "Add an option" }).click();
    await page.getByLabel("D", { exact: true }).fill("Tom");
    await page.locator(".numbers thead th", { hasText: "Tom" }).waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Remove option C" }).click();
    await page.locator(".numbers thead th", { hasText: "Eve" }).waitFor({ state: "detached" });
    await done(page);
    expect((await scoresOf(page))["He"]).toBeGreaterThan(0.5);
  });

  test("why one option and not another: the difference of two columns", async () => {
    const { page } = room;
    await page.getByRole("group", { name: "and not" }).getByRole("button", { name: "Sue" }).click();
    await page.locator(".numbers thead th", { hasText: "Max and not Sue" }).waitFor({ state: "attached" });
    const rows = await page
      .locator(".numbers tbody tr")
      .evaluateAll((elements) =>
        elements.map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.textContent!.replaceAll("−", "-")))),
      );
    for (const [difference, one, other] of rows) expect(difference).toBeCloseTo(one! - other!, 2);
  });

  test("the language model is asked the same way, by the option and by its letter", async () => {
    const { page } = room;
    await page.getByRole("button", { name: "Asking the language model" }).click();
    await page.locator(".numbers thead th", { hasText: "Sue (chosen)" }).waitFor({ state: "attached" });
    await page.getByLabel("Model", { exact: true }).selectOption("letters");
    await page.waitForURL(/model=letters/);
    await done(page);
    await chosen("Sue");
  });

  test("a question without a text or an option is not asked, and the room says so", async () => {
    const { page } = room;
    const text = page.getByLabel("Text and question");
    const before = await text.inputValue();
    await text.fill(" ");
    await page.getByText("what is below was asked before").waitFor();
    await text.fill(before);
    await page.getByText("what is below was asked before").waitFor({ state: "detached" });
  });

  test("a text longer than the models read is refused with a sentence, at once", async () => {
    const { page } = room;
    const text = page.getByLabel("Text and question");
    const before = await text.inputValue();
    await text.fill("The cat sat. ".repeat(1500));
    await page.getByRole("alert").filter({ hasText: "longer than the model's context of 256" }).waitFor();
    await page.getByLabel("Model", { exact: true }).selectOption("encoder");
    await page.getByRole("alert").filter({ hasText: "tokens, the model takes 256" }).waitFor();
    await page.getByLabel("Model", { exact: true }).selectOption("letters");
    await text.fill(before);
    await page.getByRole("alert").waitFor({ state: "detached" });
    await done(page);
  });

  test("the result is saved and opens again, and a link asks the same", async () => {
    const { page } = room;
    const json = readFileSync(await saved(page, "JSON"));
    const { schema, options } = JSON.parse(json.toString());
    expect([schema, options]).toEqual(["attr.choice/1", ["Tom", "Sue", "Max"]]);
    const link = page.url();
    await page.goto(`${room.site.address}#/language-model`);
    await openSaved(page, json);
    await chosen("Sue");
    expect(page.url()).toContain("#/multiple-choice");
    await page.goto(link);
    await page.getByLabel("Text and question").waitFor();
    await done(page);
    expect(await page.getByLabel("Model", { exact: true }).inputValue()).toBe("letters");
    expect(
      await page.locator(".option input").evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value)),
    ).toEqual(["Tom", "Sue", "Max"]);
  });
});
