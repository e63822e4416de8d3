import { readFileSync } from "node:fs";
import { type ModelProto, readModel, writeModel } from "@attr/backend-onnx";
import { expect, test } from "vitest";
import { describeRoom, expectSound } from "./room.fixture.ts";

const root = new URL("../../../", import.meta.url);
const digits = readFileSync(new URL("models/digits/onnx/model.onnx", root));
const choice = readFileSync(new URL("models/tales-choice/onnx/model.onnx", root));

/** A chain of so many nodes, in scopes. */
function long(nodes: number): Buffer {
  const model = readModel(digits);
  const [input] = model.graph.inputs;
  const chain: ModelProto["graph"]["nodes"] = Array.from({ length: nodes }, (_, at) => ({
    name: `part.${Math.floor(at / 500)}/block.${Math.floor(at / 50)}/node_${at}`,
    opType: "Relu",
    domain: "",
    inputs: [at === 0 ? input!.name : `value_${at - 1}`],
    outputs: [at === nodes - 1 ? "last" : `value_${at}`],
    attributes: [],
  }));
  const outputs = [{ ...input!, name: "last" }];
  return Buffer.from(
    writeModel({ ...model, graph: { ...model.graph, nodes: chain, initializers: [], outputs, valueInfos: [] } }),
  );
}

describeRoom("the graph of a model", "#/your-model", (room) => {
  const drop = async (name: string, buffer: Buffer): Promise<void> => {
    const { page } = room;
    await page.getByLabel(/^Drop an .onnx file/).setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await page.locator("h2", { hasText: name }).waitFor();
  };
  const details = () => room.page.getByRole("region", { name: "The chosen node" });

  test("on a small screen it is a list, whose nodes tell what they read, make and are set to", async () => {
    const { page } = room;
    await drop("digits.onnx", digits);
    await page.getByText("Graph (13 nodes)").click();
    const list = page.getByRole("region", { name: "Nodes as a list" });
    await list.getByRole("button", { name: "conv2 Conv" }).click();
    const text = await details().textContent();
    expect(text).toContain("the gradient passes through");
    expect(text).toMatch(/kernel_shape\[3, 3\]/);
    expect(text).toContain("4,640 parameters");
    expect(text).toContain("[n, 32, 14, 14]");
    await expectSound(page);
  });

  test("a layer chosen in it goes into the field for layers", async () => {
    const { page } = room;
    await details().getByRole("button", { name: "Explain at this layer" }).click();
    const field = page.getByLabel("Or to a layer computed from it");
    expect(await field.inputValue()).toBe("conv2");
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test("as a drawing it is read by the keyboard: from node to node, nearer, and whole", async () => {
    const { page } = room;
    await page.setViewportSize({ width: 1100, height: 900 });
    await page.getByRole("button", { name: "Drawing" }).click();
    const drawing = page.getByRole("application", { name: /^Drawing of the graph/ });
    await drawing.locator("g.box").first().waitFor();
    await drawing.focus();
    await page.keyboard.press("Escape");
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
    expect(await drawing.getAttribute("aria-label")).toBe("Drawing of the graph: Relu relu1");
    expect(await drawing.locator("g.chosen").textContent()).toContain("relu1");
    await page.keyboard.press("ArrowUp");
    expect(await details().textContent()).toContain("conv1");
    const transform = (): Promise<string | null> => drawing.locator("svg > g").getAttribute("transform");
    const before = await transform();
    await page.keyboard.press("+");
    expect(await transform()).not.toBe(before);
    await page.keyboard.press("0");
    await drawing.locator("g.box.output").waitFor();
    expect(await drawing.locator("g.box").count()).toBe(15);
    await expectSound(page);
  });

  test("a pointer chooses a node, moves the drawing and enlarges it", async () => {
    const { page } = room;
    const drawing = page.getByRole("application", { name: /^Drawing of the graph/ });
    await drawing.locator("g.box", { hasText: "pool2" }).click();
    expect(await details().locator("h4").textContent()).toContain("pool2");
    const frame = (await drawing.boundingBox())!;
    const place = async (): Promise<{ readonly x: number; readonly width: number }> =>
      (await drawing.locator("g.box", { hasText: "pool2" }).boundingBox())!;
    const before = await place();
    await page.mouse.move(frame.x + 20, frame.y + 20);
    await page.mouse.down();
    await page.mouse.move(frame.x + 70, frame.y + 20, { steps: 4 });
    await page.mouse.up();
    expect((await place()).x).toBeCloseTo(before.x + 50, 0);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -200);
    await page.keyboard.up("Control");
    await expect.poll(async () => (await place()).width).toBeGreaterThan(before.width * 1.5);
  });

  test("a search finds nodes by name and operator, and opens what they lie in", async () => {
    const { page } = room;
    await drop("choice.onnx", choice);
    await page.locator("details.graph summary").click();
    await page
      .getByRole("application", { name: /^Drawing of the graph/ })
      .locator("g.box")
      .first()
      .waitFor();
    await page.getByLabel("Search for a node or an operator").fill("softmax");
    const [first] = await page.locator(".found button").all();
    const name = (await first!.textContent())!.replace(/ \S+$/, "");
    await first!.click();
    await page.locator(`g.chosen[data-box="node:${name}"]`).waitFor();
    await page.getByLabel("Search for a node or an operator").fill("nothing is called like this");
    await page.getByText("Nothing is called so.").waitFor();
    await page.getByLabel("Search for a node or an operator").fill("");
  });

  test("five thousand nodes are drawn as groups that open and close, and the page answers meanwhile", async () => {
    const { page } = room;
    await drop("long.onnx", long(5000));
    const longest = await page.evaluate(async () => {
      const waits: number[] = [];
      let last = performance.now();
      const stop = setInterval(() => {
        waits.push(performance.now() - last);
        last = performance.now();
      }, 10);
      document.querySelector<HTMLElement>("details.graph summary")!.click();
      while (document.querySelector("g.box") === null) await new Promise((resolve) => setTimeout(resolve, 20));
      clearInterval(stop);
      return Math.round(Math.max(...waits));
    });
    console.log(`while the graph of 5000 nodes is opened and laid out the page waits ${longest} ms at most`);
    expect(await page.locator("g.box").count()).toBeLessThan(120);
    const drawing = page.getByRole("application", { name: /^Drawing of the graph/ });
    await drawing.locator("g.box.group").first().click();
    const label = (await details().locator("h4").textContent())!;
    expect(label).toMatch(/nodes$/);
    await details().getByRole("button", { name: "Open", exact: true }).click();
    await details()
      .getByRole("button", { name: /^Close “/ })
      .last()
      .click();
    await details().getByRole("button", { name: "Open", exact: true }).waitFor();
    await page.getByLabel("Search for a node or an operator").fill("node_4321");
    await page.locator(".found button").click();
    await page.locator('g.chosen[data-box="node:part.8/block.86/node_4321"]').waitFor();
  });
});
