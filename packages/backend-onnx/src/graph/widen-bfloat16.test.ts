import { hostBackend } from "@attr/core";
import { describe, expect, test } from "vitest";
import type { ModelProto, TensorProto } from "../onnx/proto.ts";
import { writeModel } from "../onnx/write-model.ts";
import { constant, node, onnxGraph, onnxModel, perceptron, weights } from "../onnx-builder.fixture.ts";
import { OnnxModel } from "../onnx-model.ts";
import { widenBfloat16 } from "./widen-bfloat16.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const upper = (values: Float32Array): Uint16Array => Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
const bfloat16 = (dims: readonly number[], values: Float32Array): TensorProto => ({
  name: "",
  dims,
  dataType: 16,
  rawData: new Uint8Array(upper(values).buffer),
});
/** The same numbers as float32. */
const rounded = (dims: readonly number[], values: Float32Array): TensorProto =>
  constant(dims, new Float32Array(Uint32Array.from(upper(values), (half) => half * 2 ** 16).buffer));

/** A network with a constant, a filled array, casts and a branch, in one of the two types. */
function network(type: "bfloat16" | "float32"): ModelProto {
  const make = type === "bfloat16" ? bfloat16 : rounded;
  const code = type === "bfloat16" ? 16 : 1;
  const branch = (op: string): ReturnType<typeof onnxGraph> =>
    onnxGraph(
      {
        inputs: {},
        outputs: { [op]: [type] },
        constants: { [`k${op}`]: make([3], weights(3, 9)) },
        nodes: [node(op, ["h", `k${op}`], [op])],
      },
      op,
    );
  return onnxModel({
    inputs: { x: [type, ["n", 4]] },
    outputs: { y: [type, ["n", 3]] },
    constants: {
      w: make([4, 3], weights(12)),
      yes: { name: "", dims: [], dataType: 9, rawData: Uint8Array.of(1) },
      shape: constant([1], [3], "int64"),
      whole: constant([3], [1, 2, 3], "int64"),
    },
    nodes: [
      node("Constant", [], ["bias"], { value: make([3], weights(3, 4)) }),
      node("ConstantOfShape", ["shape"], ["filled"], { value: make([1], Float32Array.of(0.3)) }),
      node("Cast", ["whole"], ["counted"], { to: int(code) }),
      node("MatMul", ["x", "w"], ["product"]),
      node("Add", ["product", "bias"], ["shifted"]),
      node("Add", ["shifted", "filled"], ["more"]),
      node("Mul", ["more", "counted"], ["scaled"]),
      node("Tanh", ["scaled"], ["h"]),
      node("If", ["yes"], ["y"], { then_branch: branch("Add"), else_branch: branch("Mul") }),
    ],
  });
}

describe("a file of bfloat16", () => {
  const x = hostBackend.fromData(weights(8, 3), [2, 4], "float32");

  test("gives the values and gradients of the same numbers in float32", async () => {
    const results = await Promise.all(
      (["bfloat16", "float32"] as const).map(async (type) => {
        await using model = await OnnxModel.load(writeModel(network(type)));
        const { y } = await model.run({ feeds: { x }, fetches: ["y"] });
        const { gradients } = await model.gradient({
          feeds: { x },
          objective: { value: "y", index: [[0], [2]] },
          wrt: ["x", "h"],
        });
        const tensors = [y, gradients["x"], gradients["h"]];
        return Promise.all(tensors.map(async (tensor) => Array.from((await hostBackend.read(tensor!)).data, Number)));
      }),
    );
    expect(results[0]).toEqual(results[1]);
    expect(results[0]![1]!.some((value) => value !== 0)).toBe(true);
  });

  test("is taken as it is where only its weights are", async () => {
    const file = onnxModel({
      inputs: { x: ["float32", ["n", 4]] },
      outputs: { y: undefined },
      constants: { w: bfloat16([4, 3], weights(12)) },
      nodes: [node("Cast", ["w"], ["wide"], { to: int(1) }), node("MatMul", ["x", "wide"], ["y"])],
    });
    await using model = await OnnxModel.load(writeModel(file));
    expect(model.proto.graph.initializers.map(({ name }) => name)).toEqual(["w"]);
    const { gradients } = await model.gradient({ feeds: { x }, objective: { value: "y", index: [[1], [1]] }, wrt: ["x"] });
    const column = Array.from(new Float32Array(rounded([12], weights(12)).rawData!.slice().buffer)).filter((_, i) => i % 3 === 1);
    expect(Array.from((await hostBackend.read(gradients["x"]!)).data, Number)).toEqual([...column, ...column]);
  });

  test("is the only one that is written anew", () => {
    expect(widenBfloat16(perceptron())).toBeUndefined();
  });
});
