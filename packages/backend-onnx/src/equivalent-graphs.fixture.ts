import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Random, seededRandom } from "@attr/core";
import { InferenceSession } from "onnxruntime-node";
import type { ModelProto, NodeProto, TensorProto } from "./onnx/proto.ts";
import { writeModel } from "./onnx/write-model.ts";
import { constant, node, onnxModel } from "./onnx-builder.fixture.ts";

/** What varies between the networks that are rewritten. */
export interface Architecture {
  readonly seed: number;
  readonly activation: "Relu" | "Tanh" | "LeakyRelu";
  readonly pool: "MaxPool" | "AveragePool";
  readonly groups: 1 | 2;
  readonly pads: 0 | 1;
}

function normal(random: Random, count: number, scale: number): number[] {
  return Array.from({ length: count }, () => scale * random.normal());
}

/** Convolution, normalisation, activation, a division, pooling and two linear layers over `x` of [n, 2, 6, 6], with scores `y`. */
export function network({ seed, activation, pool, groups, pads }: Architecture): ModelProto {
  const random = seededRandom(seed);
  const pooled = (6 - 2 + 2 * pads) / 2;
  const flat = 4 * pooled * pooled;
  const positive = (count: number): number[] => Array.from({ length: count }, () => 0.5 + random.next());
  return onnxModel({
    inputs: { x: ["float32", ["n", 2, 6, 6]] },
    outputs: { y: ["float32", ["n", 3]] },
    constants: {
      kernel: constant([4, 2 / groups, 3, 3], normal(random, 72 / groups, 0.4)),
      bias: constant([4], normal(random, 4, 0.3)),
      scale: constant([4], positive(4)),
      shift: constant([4], normal(random, 4, 0.3)),
      mean: constant([4], normal(random, 4, 0.3)),
      variance: constant([4], positive(4)),
      divisor: constant([], [0.3 + random.next()]),
      inner: constant([5, flat], normal(random, 5 * flat, 1 / Math.sqrt(flat))),
      innerBias: constant([5], normal(random, 5, 0.3)),
      outer: constant([3, 5], normal(random, 15, 0.5)),
      outerBias: constant([3], normal(random, 3, 0.3)),
    },
    nodes: [
      node("Conv", ["x", "kernel", "bias"], ["conv"], { pads: [pads, pads, pads, pads], group: { int: groups } }),
      node("BatchNormalization", ["conv", "scale", "shift", "mean", "variance"], ["norm"]),
      node(activation, ["norm"], ["active"]),
      node("Div", ["active", "divisor"], ["scaled"]),
      node(pool, ["scaled"], ["pooled"], { kernel_shape: [2, 2], strides: [2, 2] }),
      node("Flatten", ["pooled"], ["flat"]),
      node("Gemm", ["flat", "inner", "innerBias"], ["hidden"], { transB: { int: 1 } }),
      node(activation, ["hidden"], ["bent"]),
      node("Gemm", ["bent", "outer", "outerBias"], ["y"], { transB: { int: 1 } }),
    ],
  });
}

function numbers(model: ModelProto, name: string): Float32Array {
  const { rawData } = model.graph.initializers.find((tensor) => tensor.name === name)!; // network() put it there
  return new Float32Array(rawData!.slice().buffer);
}

/** Nodes of an operator replaced by others, with constants added. */
function replace(
  model: ModelProto,
  opType: string,
  by: (old: NodeProto, at: number) => readonly NodeProto[],
  constants: Readonly<Record<string, TensorProto>> = {},
): ModelProto {
  const added = Object.entries(constants).map(([name, tensor]) => ({ ...tensor, name }));
  const nodes = model.graph.nodes.flatMap((old, at) => (old.opType === opType ? by(old, at) : [old]));
  return { ...model, graph: { ...model.graph, nodes, initializers: [...model.graph.initializers, ...added] } };
}

/** The convolution's weights and bias with the normalisation after it in them. */
function foldedNormalisation(model: ModelProto): ModelProto {
  const [kernel, bias] = [numbers(model, "kernel"), numbers(model, "bias")];
  const [scale, shift] = [numbers(model, "scale"), numbers(model, "shift")];
  const [mean, variance] = [numbers(model, "mean"), numbers(model, "variance")];
  const factors = Array.from(scale, (value, channel) => value / Math.sqrt(variance[channel]! + 1e-5));
  const each = kernel.length / 4;
  const { dims } = model.graph.initializers.find(({ name }) => name === "kernel")!; // network() put it there
  const folded = {
    foldedKernel: constant(
      dims,
      Float32Array.from(kernel, (weight, i) => weight * factors[Math.floor(i / each)]!),
    ),
    foldedBias: constant(
      [4],
      Float32Array.from(bias, (value, channel) => (value - mean[channel]!) * factors[channel]! + shift[channel]!),
    ),
  };
  const without = replace(model, "BatchNormalization", () => []);
  return replace(without, "Conv", (old) => [{ ...old, inputs: ["x", "foldedKernel", "foldedBias"], outputs: ["norm"] }], folded);
}

/** The convolution as two, of the first and the last half of its channels. */
function splitConvolution(model: ModelProto, { groups }: Architecture): ModelProto {
  const [kernel, bias] = [numbers(model, "kernel"), numbers(model, "bias")];
  const half = kernel.length / 2;
  const pads = model.graph.nodes[0]!.attributes.filter(({ name }) => name === "pads");
  const part = (input: string, i: number): NodeProto => ({
    ...node("Conv", [input, `kernel${i}`, `bias${i}`], [`conv${i}`]),
    attributes: pads,
  });
  const dims = [2, 2 / groups, 3, 3];
  return replace(
    model,
    "Conv",
    () => [
      ...(groups === 2 ? [node("Split", ["x", "channels"], ["x0", "x1"], { axis: { int: 1 } })] : []),
      part(groups === 2 ? "x0" : "x", 0),
      part(groups === 2 ? "x1" : "x", 1),
      node("Concat", ["conv0", "conv1"], ["conv"], { axis: { int: 1 } }),
    ],
    {
      kernel0: constant(dims, kernel.slice(0, half)),
      kernel1: constant(dims, kernel.slice(half)),
      bias0: constant([2], bias.slice(0, 2)),
      bias1: constant([2], bias.slice(2)),
      channels: constant([2], [1, 1], "int64"),
    },
  );
}

function transposed(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

function splitGemm(model: ModelProto): ModelProto {
  const [inner, outer] = [numbers(model, "inner"), numbers(model, "outer")];
  return replace(
    model,
    "Gemm",
    (old) => [
      node("MatMul", [old.inputs[0]!, `${old.inputs[1]}T`], [`${old.outputs[0]}_product`]),
      node("Add", [`${old.outputs[0]}_product`, old.inputs[2]!], old.outputs),
    ],
    {
      innerT: constant([inner.length / 5, 5], transposed(inner, 5)),
      outerT: constant([5, 3], transposed(outer, 3)),
    },
  );
}

/** Every value handed through an Identity before it is read. */
function withIdentities(model: ModelProto): ModelProto {
  const made = new Set(model.graph.nodes.flatMap(({ outputs }) => outputs));
  const passed = (name: string): string => (name === "x" || made.has(name) ? `${name}_same` : name);
  const nodes = model.graph.nodes.flatMap((old) => [
    ...(old.inputs.includes("x") ? [node("Identity", ["x"], ["x_same"])] : []),
    { ...old, inputs: old.inputs.map(passed) },
    ...old.outputs.map((name) => node("Identity", [name], [`${name}_same`])),
  ]);
  return { ...model, graph: { ...model.graph, nodes } };
}

/** The graph as the runtime writes it back, with operators fused. */
async function optimised(model: ModelProto): Promise<ModelProto | Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "attr-optimised-"));
  try {
    const optimizedModelFilePath = join(folder, "optimised.onnx");
    const session = await InferenceSession.create(writeModel(model), {
      graphOptimizationLevel: "extended",
      optimizedModelFilePath,
      logSeverityLevel: 4,
    });
    await session.release();
    return readFileSync(optimizedModelFilePath);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const zero = { zero: constant([], [0]) };

/** Ways to write the same function down otherwise. */
export const rewritings: Readonly<
  Record<string, (model: ModelProto, architecture: Architecture) => ModelProto | Promise<ModelProto | Uint8Array>>
> = {
  "a normalisation folded into the convolution before it": foldedNormalisation,
  "a convolution split by its channels": splitConvolution,
  "linear layers as products and sums": splitGemm,
  "rectifiers as maxima": (model) => replace(model, "Relu", (old) => [node("Max", ["zero", old.inputs[0]!], old.outputs)], zero),
  "rectifiers as minima": (model) =>
    replace(
      model,
      "Relu",
      (old) => {
        const [x, name] = [old.inputs[0]!, old.outputs[0]!];
        return [
          node("Neg", [x], [`${name}_turned`]),
          node("Min", [`${name}_turned`, "zero"], [`${name}_least`]),
          node("Neg", [`${name}_least`], old.outputs),
        ];
      },
      zero,
    ),
  "rectifiers as bounds": (model) => replace(model, "Relu", (old) => [node("Clip", [old.inputs[0]!, "zero"], old.outputs)], zero),
  "a division as a product": (model) =>
    replace(model, "Div", (old) => [node("Mul", ["inverse", old.inputs[0]!], old.outputs)], {
      inverse: constant([], [1 / numbers(model, "divisor")[0]!]),
    }),
  "axes exchanged and exchanged back": (model, { pool }) => {
    const there = replace(model, "Div", (old) => [
      old,
      node("Transpose", old.outputs, ["last"], { perm: [0, 2, 3, 1] }),
      node("Transpose", ["last"], ["first"], { perm: [0, 3, 1, 2] }),
    ]);
    return replace(there, pool, (old) => [{ ...old, inputs: ["first"] }]);
  },
  "values handed through identities": withIdentities,
  "an older operator set": (model) => ({ ...model, opsetImports: [{ domain: "", version: 11 }] }),
  "a newer operator set": (model) => ({ ...model, irVersion: 10, opsetImports: [{ domain: "", version: 22 }] }),
  "what the runtime made of it": optimised,
};
