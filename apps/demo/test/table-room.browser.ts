import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeRoom, eventually, expectSound } from "./room.fixture.ts";
import { done, openSaved, saved } from "./site.fixture.ts";

const models = new URL("../../../models/", import.meta.url);
const penguins = readFileSync(new URL("penguins/onnx/model.onnx", models));
const csv = readFileSync(new URL("penguins/penguins.csv", models), "utf8");
const config = readFileSync(new URL("penguins/config.json", models));
const residual = readFileSync(new URL("../packages/backend-onnx/src/torch-vectors/residual-opset17.fixture.onnx", models));

interface Dropped {
  readonly name: string;
  readonly buffer: Buffer;
}

async function drop(page: Page, ...files: readonly Dropped[]): Promise<void> {
  await page
    .getByLabel(/^Or drop a model/)
    .setInputFiles(files.map((file) => ({ ...file, mimeType: "application/octet-stream" })));
}

/** The words of the picture. */
async function words(page: Page): Promise<string> {
  return (await page.locator(".picture svg text").allTextContents()).join(" ");
}

/** What a feature of the row adds, from the table of numbers; the sums at its end as well. */
async function score(page: Page, feature: string): Promise<number> {
  const cells = await page.locator(".numbers tbody tr", { hasText: feature }).first().locator("td").allTextContents();
  return Number(cells[1]!.replaceAll("−", "-"));
}

describeRoom("the room of tables", "#/table", (room) => {
  const says = (answer: string): Promise<void> => room.page.locator("h2 q", { hasText: answer }).waitFor();

  test("explains a penguin at once: the way from the base value to the model's answer", async () => {
    const { page } = room;
    await says("Adelie");
    await done(page);
    const said = await words(page);
    for (const text of ["base value", "What speaks for Adelie", "row 1 (Adelie)"]) expect(said).toContain(text);
    const island = page.locator(".numbers tbody tr", { hasText: "island" });
    expect(await island.locator("td").first().textContent()).toBe("Torgersen");
    const total = (await score(page, "value")) - (await score(page, "base value"));
    expect(await score(page, "sum of scores")).toBeCloseTo(total, 2);
  });

  test("axe finds nothing serious in light and dark, and 375 pixels are wide enough", async () => {
    await expectSound(room.page);
  });

  test("rows are found by words and comparisons, and chosen by a button", async () => {
    const { page } = room;
    await page.getByLabel("Find rows").fill("gentoo body_mass_g>6000");
    await page.getByText("2 of 342 rows").waitFor();
    const [row] = await page.getByRole("region", { name: "Rows of penguins" }).getByRole("button").allTextContents();
    await page.getByRole("button", { name: row!, exact: true }).click();
    await says("Gentoo");
    await page.waitForURL(new RegExp(`row=${row}`));
    await page.getByLabel("Find rows").fill("");
  });

  test("its numbers are moved, and the answer and the picture follow; then it has its own again", async () => {
    const { page } = room;
    await done(page);
    const before = await score(page, "flipper_length_mm");
    await page.getByLabel("flipper length mm", { exact: true }).fill("180");
    await eventually(() => score(page, "flipper_length_mm")).not.toBe(before);
    await page.getByLabel("bill length mm, slider").focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowLeft");
    await page.getByLabel("body mass g", { exact: true }).fill("3200");
    await page.getByLabel("bill depth mm", { exact: true }).fill("19");
    await page.getByLabel("bill length mm", { exact: true }).fill("38");
    await page.getByLabel("island", { exact: true }).selectOption("Torgersen");
    await says("Adelie");
    await page.waitForURL(/values=38%2C19%2C180%2C3200%2C0%2C0%2C1/);
    await eventually(() => words(page)).toContain("edited");
    await page.getByRole("button", { name: "Back to the row’s own numbers" }).click();
    await says("Gentoo");
  });

  test("one species is held against another: the difference of what speaks for both", async () => {
    const { page } = room;
    await page.getByRole("group", { name: "Why" }).getByRole("button", { name: "Adelie" }).click();
    await page.getByRole("group", { name: "and not" }).getByRole("button", { name: "Gentoo" }).click();
    await eventually(() => words(page)).toContain("Why Adelie and not Gentoo");
    await done(page);
    expect(await score(page, "sum of scores")).toBeLessThan(-1);
    await page.getByLabel("Method", { exact: true }).selectOption("saliency");
    await eventually(() => words(page)).toContain("logits per unit of each column");
    await page.getByRole("group", { name: "and not" }).getByRole("button", { name: "any other" }).click();
    await page.getByRole("group", { name: "Why" }).getByRole("button", { name: "its answer" }).click();
    await page.getByLabel("Method", { exact: true }).selectOption("shapley-values");
  });

  test("what it is compared with is chosen: its own class, another row", async () => {
    const { page } = room;
    await page.getByLabel("Compared with").selectOption("class");
    await eventually(() => words(page)).toContain("the mean of the rows of Gentoo");
    await page.getByLabel("Compared with").selectOption("row");
    await page.getByLabel("That row").fill("1");
    await eventually(() => words(page)).toContain("Compared with row 1 (Adelie).");
    await page.getByLabel("Compared with").selectOption("mean");
  });

  test("over all rows: a point each, and one feature against its value", async () => {
    const { page } = room;
    await page.getByLabel("Shown").selectOption("beeswarm");
    await eventually(() => words(page)).toContain("Means of 342 rows");
    await page.getByLabel("Shown").selectOption("dependence");
    await page.getByLabel("Feature", { exact: true }).selectOption("bill depth mm");
    await eventually(() => words(page)).toContain("bill_depth_mm");
    await page.getByLabel("Shown").selectOption("waterfall");
  });

  test("every method explains a row, and several stand side by side", async () => {
    const { page } = room;
    await page.goto(`${room.site.address}#/table?row=300&samples=20&steps=10`);
    await done(page);
    const methods = await page
      .getByLabel("Method", { exact: true })
      .locator("option")
      .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    const others = methods.filter((name) => name !== "shapley-values");
    expect(others.length).toBeGreaterThan(8);
    await page.goto(`${room.site.address}#/table?row=300&samples=20&steps=10&beside=${others.join(",")}`);
    await page
      .locator(".working", { hasText: "(10 of 10)" })
      .or(page.locator("details", { hasText: "How far they agree" }))
      .first()
      .waitFor();
    await done(page);
    expect(await page.getByRole("alert").count()).toBe(0);
    const rows = await page.locator("details", { hasText: "What each cost" }).locator("tbody tr").count();
    expect(rows).toBe(methods.length);
    await page.goto(`${room.site.address}#/table?row=300&beside=integrated-gradients`);
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    await done(page);
    await expectSound(page);
  });

  test("the result is saved and opens again, alone and side by side, and a link asks the same", async () => {
    const { page } = room;
    const link = page.url();
    const several = readFileSync(await saved(page, "JSON"));
    await page.goto(`${room.site.address}#/table?row=5&target=2&view=bars`);
    await eventually(() => words(page)).toContain("What speaks for Gentoo");
    await done(page);
    const one = readFileSync(await saved(page, "JSON"));
    expect(JSON.parse(one.toString())).toMatchObject({ schema: "attr.table/1", target: 2, rows: ["row 5 (Adelie)"] });
    await page.goto(`${room.site.address}#/multiple-choice`);
    await page.locator("h2", { hasText: "The model chooses" }).waitFor();
    await openSaved(page, one);
    await says("Adelie");
    await page.getByText("Explained: Gentoo.").waitFor();
    await openSaved(page, several);
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    await page.goto(link);
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    expect(await page.getByRole("region", { name: "Rows of penguins" }).locator("tr.chosen").textContent()).toContain("300");
  });

  test("files that are no model, no table, or do not fit are refused with a sentence, and the page goes on", async () => {
    const { page } = room;
    const refused = (text: string | RegExp): Promise<void> => page.getByRole("alert").filter({ hasText: text }).waitFor();
    const table = { name: "birds.csv", buffer: Buffer.from(csv) };
    await drop(page, table);
    await refused("drop one .onnx file and one table (.csv) together: among “birds.csv” there is no .onnx file");
    await drop(page, table, { name: "broken.onnx", buffer: Buffer.from("this is no model") });
    await refused("“broken.onnx” cannot be read");
    await drop(page, table, { name: "cut.onnx", buffer: penguins.subarray(0, penguins.length >> 1) });
    await page.getByRole("alert").waitFor();
    await drop(page, table, { name: "pictures.onnx", buffer: residual });
    await refused("“pictures.onnx” takes an input of 4 axes; rows of a table are one input, [rows, columns]");
    await drop(page, { name: "birds.csv", buffer: Buffer.from("a,b\n1,2\n3\n") }, { name: "model.onnx", buffer: penguins });
    await refused("“birds.csv”: line 3 of the table has 1 cells for 2 columns");
    await drop(page, { name: "birds.csv", buffer: Buffer.from("a,b\n1,2\n") }, { name: "model.onnx", buffer: penguins });
    await refused("the model takes 9 columns, and “birds.csv” has 2: “a”, “b”");
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
  });

  test("a model and a table of one's own: with a file that names the columns, and without", async () => {
    const { page } = room;
    const model = { name: "birds.onnx", buffer: penguins };
    await drop(page, model, { name: "birds.csv", buffer: Buffer.from(csv) }, { name: "config.json", buffer: config });
    await page.getByRole("region", { name: "Rows of birds.onnx and birds.csv" }).waitFor();
    await says("Adelie");
    await done(page);
    expect(await page.getByRole("alert").count()).toBe(0);
    // The column of words that is no input is found by its name.
    const columns = csv
      .replace("Adelie,39.5,", "Adelie,,")
      .split("\n")
      .map((line) => line.split(",").slice(0, 7).join(","));
    await drop(page, { name: "bare.onnx", buffer: penguins }, { name: "bare.csv", buffer: Buffer.from(columns.join("\n")) });
    await page.getByRole("region", { name: "Rows of bare.onnx and bare.csv" }).waitFor();
    await says("class 0");
    await page.getByText("341 rows; 1 more have an empty cell").waitFor();
    await eventually(() => words(page)).toContain("row 1 (Adelie)");
    await page.getByRole("button", { name: "Back to the penguins" }).click();
    await page.getByRole("region", { name: "Rows of penguins" }).waitFor();
    await says("Gentoo");
  });

  test("a run that is stopped keeps what it has, and the next one works", async () => {
    const { page } = room;
    await page.goto(`${room.site.address}#/table?view=beeswarm&beside=integrated-gradients&steps=10000`);
    await page.locator(".working", { hasText: "Integrated gradients (2 of 2): Asking the model" }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped.").waitFor();
    expect(await words(page)).toContain("Means of 342 rows");
    await page.getByLabel("Steps").fill("5");
    await page.locator("details", { hasText: "How far they agree" }).waitFor();
    await done(page);
  });

  test("entered once, it opens and explains without a network", async () => {
    const { page } = room;
    await page.goto(`${room.site.address}#/table?row=250`);
    await says("Gentoo");
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
    await page.reload();
    await says("Gentoo");
    await page.context().setOffline(true);
    await page.reload();
    await says("Gentoo");
    await done(page);
    await page.context().setOffline(false);
  });
});
