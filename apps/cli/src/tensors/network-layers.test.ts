import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ModelProto, writeModel } from "@attr/backend-onnx";
import { digits, penguins, talesChoice } from "@attr/models";
import { afterAll, beforeAll, expect, test } from "vitest";
import { partlyDifferentiable } from "../commands/onnx-files.fixture.ts";
import { openTensorModel } from "../models/open-tensor-model.ts";
import { lastConvolution, type NetworkLayer, networkLayers } from "./network-layers.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-network-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function layersOf(at: string | URL, output: string): Promise<readonly NetworkLayer[]> {
  const opened = await openTensorModel(at);
  await using _ = opened.model;
  return await networkLayers(opened, output);
}

async function ofFile(name: string, proto: ModelProto, output: string): Promise<readonly NetworkLayer[]> {
  await writeFile(join(folder, name), writeModel(proto));
  return await layersOf(join(folder, name), output);
}

const weighty = (layers: readonly NetworkLayer[]): readonly string[] =>
  layers.filter(({ hasWeights }) => hasWeights).map(({ name }) => name);

test("layers are what lies between the inputs and the output, in the order of the network", async () => {
  const layers = await layersOf(digits, "logits");
  expect(layers.map(({ name }) => name)).toEqual([
    ...["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "conv3", "relu3", "pool3", "flat", "dense1", "relu4"],
  ]);
  expect(weighty(layers)).toEqual(["conv1", "conv2", "conv3", "dense1"]);
  expect((await layersOf(digits, "pool2")).map(({ name }) => name)).toEqual(["conv1", "relu1", "pool1", "conv2", "relu2"]);
});

test("what has a vector alone, as a mean that is taken away, has no weights", async () => {
  expect(weighty(await layersOf(penguins, "logits"))).toEqual(["dense1", "dense2"]);
});

test("a sum with a vector right behind a matrix product is the layer, once", async () => {
  const layers = await layersOf(talesChoice, "logits");
  const operators = new Set(layers.filter(({ hasWeights }) => hasWeights).map(({ operator }) => operator));
  expect([...operators].every((operator) => ["Gather", "MatMul", "MatMul + Add", "Gemm"].includes(operator))).toBe(true);
  expect(new Set(weighty(layers)).size).toBe(weighty(layers).length);
});

test("a matrix product with its bias is one layer under the name of the sum", async () => {
  const weights = (name: string, dims: readonly number[]) => {
    const size = dims.reduce((product, length) => product * length, 1);
    return { name, dims, dataType: 1, rawData: new Uint8Array(new Float32Array(size).fill(0.5).buffer) };
  };
  const node = (opType: string, inputs: readonly string[], output: string) => ({
    ...{ name: output, opType, domain: "", inputs, outputs: [output], attributes: [] },
  });
  const value = (name: string, width: number) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dims: [{ param: "n" }, { value: width }] } } },
  });
  const proto: ModelProto = {
    ...partlyDifferentiable(),
    opsetImports: [{ domain: "", version: 17 }],
    graph: {
      ...{ name: "graph", sparseInitializers: [], valueInfos: [] },
      inputs: [value("x", 3)],
      outputs: [value("y", 2)],
      initializers: [weights("w", [3, 4]), weights("b", [4]), weights("v", [4, 2])],
      nodes: [
        node("MatMul", ["x", "w"], "product"),
        node("Add", ["product", "b"], "summed"),
        node("Tanh", ["summed"], "bent"),
        node("MatMul", ["bent", "v"], "last"),
        node("Neg", ["last"], "y"),
      ],
    },
  };
  const layers = await ofFile("bias.onnx", proto, "y");
  expect(layers.map(({ name, operator, hasWeights }) => [name, operator, hasWeights])).toEqual([
    ["product", "MatMul", false],
    ["summed", "MatMul + Add", true],
    ["bent", "Tanh", false],
    ["last", "MatMul", true],
  ]);
});

test("the last convolution is one that is still a map", async () => {
  expect(lastConvolution(await layersOf(digits, "logits"))).toBe("conv3");
  expect(lastConvolution(await layersOf(new URL("tfjs/", digits), "logits"))).toBe("conv3");
  expect(lastConvolution(await layersOf(penguins, "logits"))).toBeUndefined();
  const flat: NetworkLayer = { name: "head", operator: "Conv", hasWeights: true, shape: [null, 10, 1, 1] };
  const map: NetworkLayer = { name: "map", operator: "Conv", hasWeights: true, shape: [null, 10, 7, 7] };
  expect(lastConvolution([map, flat])).toBe("map");
});
