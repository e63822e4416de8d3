import { type HostTensor, hostBackend } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { extract } from "../../graph/extract.ts";
import { indexGraph } from "../../graph/graph-index.ts";
import { elementTypeOf } from "../../onnx/element-type.ts";
import type { ModelProto, NodeProto, TensorProto } from "../../onnx/proto.ts";
import { writeModel } from "../../onnx/write-model.ts";
import { type AttributeSpec, constant, node, onnxModel, weights } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";
import { gradientGraph, makeDifferentiable } from "../gradient-graph.ts";

const [length, width, heads, vocabulary] = [5, 8, 2, 11];

/** A decoder of two blocks; `tied` takes its last matrix transposed, `free` leaves the number of positions open. */
function decoder({ tied, free }: { readonly tied: boolean; readonly free: boolean }): ModelProto {
  const nodes: NodeProto[] = [];
  const constants: Record<string, TensorProto> = {};
  const op = (type: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeSpec>> = {}): string => {
    const name = `${type}${nodes.length}`;
    nodes.push(node(type, inputs, [name], attributes));
    return name;
  };
  const numbers = (dims: readonly number[], values: ArrayLike<number>, type: "float32" | "int64" = "float32"): string => {
    const name = `c${Object.keys(constants).length}`;
    constants[name] = constant(dims, values, type);
    return name;
  };
  const matrix = (rows: number, columns: number): string =>
    numbers([rows, columns], weights(rows * columns, Object.keys(constants).length));
  const linear = (x: string, from: number, to: number): string =>
    op("Add", [op("MatMul", [x, matrix(from, to)]), numbers([to], weights(to, 3))]);
  const normal = (x: string): string =>
    op("LayerNormalization", [x, numbers([width], weights(width, 2)), numbers([width], weights(width, 5))], {
      axis: { int: -1 },
    });
  const apart = numbers([4], [0, free ? -1 : length, heads, width / heads], "int64");
  const together = numbers([3], [0, free ? -1 : length, width], "int64");
  const mask = numbers(
    [1, 1, length, length],
    Float32Array.from({ length: length ** 2 }, (_, i) => (i % length > i / length ? -1e4 : 0)),
  );
  let x = "x";
  for (let block = 0; block < 2; block++) {
    const read = normal(x);
    const part = (perm: readonly number[]): string =>
      op("Transpose", [op("Reshape", [linear(read, width, width), apart])], { perm });
    const [query, key, value] = [part([0, 2, 1, 3]), part([0, 2, 3, 1]), part([0, 2, 1, 3])];
    const scores = op("MatMul", [query, key]);
    const mixed = op("MatMul", [op("Softmax", [free ? scores : op("Add", [scores, mask])], { axis: { int: -1 } }), value]);
    x = op("Add", [x, linear(op("Reshape", [op("Transpose", [mixed], { perm: [0, 2, 1, 3] }), together]), width, width)]);
    const hidden = linear(normal(x), width, 2 * width);
    x = op("Add", [x, linear(op("Mul", [hidden, op("Sigmoid", [hidden])]), 2 * width, width)]);
  }
  const last = tied ? op("Transpose", [matrix(vocabulary, width)], { perm: [1, 0] }) : matrix(width, vocabulary);
  nodes.push(node("Add", [op("MatMul", [normal(x), last]), numbers([vocabulary], weights(vocabulary, 9))], ["logits"]));
  const positions = free ? "positions" : length;
  return onnxModel({
    inputs: { x: ["float32", ["n", positions, width]] },
    outputs: { logits: ["float32", ["n", positions, vocabulary]] },
    constants,
    nodes,
  });
}

async function numbersOf(tensor: unknown): Promise<number[]> {
  const { data } = await hostBackend.read(tensor as HostTensor); // the model's tensors are the host backend's
  return Array.from(data, Number);
}

describe("the gradient of one element a row", () => {
  test.prop(
    [fc.boolean(), fc.boolean(), fc.array(fc.tuple(fc.nat(length - 1), fc.nat(vocabulary - 1)), { minLength: 1, maxLength: 3 })],
    {
      numRuns: 12,
    },
  )("is that of the whole value with a cotangent of ones there", async (tied, free, index) => {
    await using model = await OnnxModel.load(writeModel(decoder({ tied, free })), { session: { intraOpNumThreads: 1 } });
    const rows = index.length;
    const feeds = { x: hostBackend.fromData(weights(rows * length * width, 1), [rows, length, width], "float32") };
    const ones = new Float32Array(rows * length * vocabulary);
    index.forEach(([position, token], row) => {
      ones[(row * length + position) * vocabulary + token] = 1;
    });
    const cotangent = hostBackend.fromData(ones, [rows, length, vocabulary], "float32");
    const gate = model.values.findLast((name) => name.startsWith("Sigmoid"))!; // that of the last block
    const wrt = ["x", gate];
    const picked = await model.gradient({ feeds, objective: { value: "logits", index }, wrt: ["x"] });
    const inside = await model.gradient({ feeds, objective: { value: "logits", index }, wrt, fetches: ["logits"] });
    const entire = await model.gradient({ feeds, objective: { value: "logits", cotangent }, wrt, fetches: ["logits"] });
    const expected = await numbersOf(entire.gradients["x"]);
    for (const { gradients } of [picked, inside])
      (await numbersOf(gradients["x"])).forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 4);
      });
    const inner = await numbersOf(entire.gradients[gate]);
    (await numbersOf(inside.gradients[gate])).forEach((value, i) => {
      expect(value).toBeCloseTo(inner[i]!, 4);
    });
    const logits = await numbersOf(entire.values["logits"]);
    (await numbersOf(inside.values["logits"])).forEach((value, i) => {
      expect(value).toBeCloseTo(logits[i]!, 4);
    });
  });

  test.each([true, false])("does not compute the others (tied: %s)", (tied) => {
    const model = decoder({ tied, free: false });
    const float = { element: elementTypeOf(1)!, shape: ["n", length, width] };
    const source = makeDifferentiable(model, new Map([["x", float]]));
    const seed = { kind: "index", axes: 2, rows: true } as const;
    const graph = gradientGraph(source, { fed: new Set(["x"]), of: "logits", seed, wrt: ["x"] });
    const inputs = new Map([
      ["x", float],
      [graph.seedInput!, graph.types.get(graph.seedInput!)!],
    ]); // an index is fed
    const { model: part } = extract(indexGraph(graph.model), inputs, graph.gradientOf.values(), graph.types);
    const kept = new Set(part.graph.nodes.flatMap(({ outputs }) => outputs));
    const products = model.graph.nodes.filter(({ opType }) => opType === "MatMul").map(({ outputs }) => outputs[0]!);
    // Of the second block: keys and values. The queries, the attention, what mixes it, and the products after it are picked.
    expect(products.filter((name) => !kept.has(name))).toHaveLength(1 + 2 + 1 + 2 + 1);
    expect(kept.has("logits")).toBe(false);
  });
});
