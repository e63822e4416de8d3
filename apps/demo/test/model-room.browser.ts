import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeRoom, expectSound } from "./room.fixture.ts";
import { done, openSaved, saved, scoresOf } from "./site.fixture.ts";

const root = new URL("../../../", import.meta.url);
const residual = readFileSync(new URL("packages/backend-onnx/src/torch-vectors/residual-opset17.fixture.onnx", root));
const choice = readFileSync(new URL("models/tales-choice/onnx/model.onnx", root));

describeRoom("the room of one's own model", "#/your-model", (room) => {
  const drop = (name: string, buffer: Buffer): Promise<void> =>
    room.page.getByLabel(/^Drop an .onnx file/).setInputFiles({ name, mimeType: "application/octet-stream", buffer });

  test("a broken file is refused with a sentence, and the page goes on", async () => {
    const { page } = room;
    await drop("broken.onnx", Buffer.from("this is no model"));
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toMatch(/ONNX|protobuf|model|field/i);
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["nor is this"], "dragged.onnx"));
      return transfer;
    });
    await page.locator(".drop").dispatchEvent("drop", { dataTransfer: dropped });
    await page.getByRole("alert").waitFor();
    await drop("cut.onnx", residual.subarray(0, residual.length >> 1));
    await page.getByRole("alert").waitFor();
    await drop("picture.png", Buffer.from([1, 2, 3]));
    await page.getByRole("alert").filter({ hasText: "“picture.png”" }).waitFor();
  });

  test("a dropped model shows its inputs, operators, layers and gradients", async () => {
    const { page } = room;
    await drop("network.onnx", residual);
    await page.locator("h2", { hasText: "network.onnx" }).waitFor();
    const facts = page.locator("section[aria-labelledby=model-title]");
    expect(await facts.getByRole("region", { name: "Inputs" }).textContent()).toContain("float32");
    expect(await facts.textContent()).toMatch(/by \S+: yes/);
    await facts.getByText(/^Operators/).click();
    expect(await facts.getByRole("region", { name: "Operators" }).textContent()).toContain("Conv");
    await facts.getByText(/^Layers/).click();
    expect(await facts.getByRole("region", { name: "In the order" }).locator("tr").count()).toBeGreaterThan(3);
  });

  test("axe finds nothing serious in light and dark, and 375 pixels are wide enough", async () => {
    const { page } = room;
    await expectSound(page);
  });

  test("its highest output is explained at the input, as a picture that can be saved", async () => {
    const { page } = room;
    await page.getByRole("button", { name: "Explain" }).click();
    await page.locator(".result .picture svg").waitFor();
    await done(page);
    expect(await page.locator("#result-title").textContent()).toMatch(/^What element \[\d+\] of/);
    const result = JSON.parse(readFileSync(await saved(page, "JSON"), "utf8"));
    expect([result.schema, result.method]).toEqual(["attr.result/1", "IntegratedGradients"]);
    const [attributions] = Object.values<{ data: number[] }>(result.attributions);
    const sum = attributions!.data.reduce((total, score) => total + score, 0);
    expect(Math.abs(sum - (result.value.data[0] - result.baseValue.data[0]))).toBeLessThan(0.02);
  });

  test("a picture is read into an input of a picture's shape, and what is no picture is refused", async () => {
    const { page } = room;
    await page.getByLabel("Filled with").selectOption("picture");
    const picture = page.getByLabel(/^(Drop a picture|Picture:)/);
    await picture.setInputFiles({ name: "page.png", mimeType: "image/png", buffer: await page.screenshot() });
    await page.getByRole("button", { name: "Explain" }).click();
    await page.locator(".result .picture image").first().waitFor({ state: "attached" });
    await done(page);
    await picture.setInputFiles({ name: "text.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("alert").filter({ hasText: "“text.png” is no picture that this browser reads" }).waitFor();
    await page.getByLabel("Filled with").selectOption("random");
  });

  test("a layer and another target are explained too, and a target outside is refused", async () => {
    const { page } = room;
    const layers = await page
      .getByRole("region", { name: "In the order" })
      .locator("tr")
      .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
    const layer = layers.find(([, , shape]) => shape!.split(",").length === 4)![0]!;
    await page.getByLabel("Or to a layer computed from it").fill(layer);
    await page.getByLabel(/^Target/).fill("1");
    await page.getByLabel("Method").selectOption("input-x-gradient");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.locator("#result-title", { hasText: "[1]" }).waitFor();
    await page.getByLabel(/^Target/).fill("99");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("alert").filter({ hasText: "99" }).waitFor();
  });

  test("a model over token ids is explained at the nearest layer with a gradient", async () => {
    const { page } = room;
    await drop("tales-choice.onnx", choice);
    await page.locator("h2", { hasText: "tales-choice.onnx" }).waitFor();
    expect(await page.getByLabel("Or to a layer computed from it").inputValue()).not.toBe("");
    await page
      .getByRole("group", { name: /^attention_mask/ })
      .getByLabel("Filled with")
      .selectOption("ones");
    await page
      .getByRole("group", { name: /^token_type_ids/ })
      .getByLabel("Filled with")
      .selectOption("zeros");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.locator(".result .picture svg").waitFor();
  });

  test("black-box methods work on it, at numbers of one's own", async () => {
    const { page } = room;
    await page.getByLabel("Or to a layer computed from it").fill("");
    await page.getByLabel("Method").selectOption("feature-ablation");
    const ids = page.getByRole("group", { name: /^input_ids/ });
    await ids.getByLabel("Shape").fill("1, 2, 4");
    await ids.getByLabel("Filled with").selectOption("numbers");
    await ids.getByLabel("Numbers, row by row").fill("5 6 7 2, 5 6 7 3");
    for (const name of [/^attention_mask/, /^token_type_ids/])
      await page.getByRole("group", { name }).getByLabel("Shape").fill("1, 2, 4");
    await page.getByLabel("Attributed to the input").selectOption("input_ids");
    await page.getByRole("button", { name: "Explain" }).click();
    await done(page);
    const sums = await scoresOf(page);
    expect(Object.keys(sums).length).toBeGreaterThan(1);
  });

  test("a saved result opens without its model", async () => {
    const { page } = room;
    const json = readFileSync(await saved(page, "JSON"));
    await page.goto(`${room.site.address}#/language-model`);
    await openSaved(page, json);
    await page.locator("#result-title", { hasText: /^What element .* goes by$/ }).waitFor();
    expect(Object.keys(await scoresOf(page)).length).toBeGreaterThan(1);
  });
});
