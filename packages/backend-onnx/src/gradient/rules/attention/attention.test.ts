import { describe, expect, test } from "vitest";
import type { TensorProto } from "../../../onnx/proto.ts";
import { constant, weights } from "../../../onnx-builder.fixture.ts";
import { differentiateOperator, type OperatorSpec, tolerance } from "../../finite-differences.fixture.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const int64 = (dims: readonly number[], values: readonly number[]): TensorProto => constant(dims, values, "int64");
const int32 = (dims: readonly number[], values: readonly number[]): TensorProto => ({
  name: "",
  dims,
  dataType: 6,
  rawData: new Uint8Array(Int32Array.from(values).buffer),
});
const bool = (dims: readonly number[], values: readonly number[]): TensorProto => ({
  name: "",
  dims,
  dataType: 9,
  rawData: Uint8Array.from(values),
});
const random = (dims: readonly number[], phase = 1): TensorProto =>
  constant(
    dims,
    weights(
      dims.reduce((a, b) => a * b, 1),
      phase,
    ),
  );

type Named = readonly [name: string, spec: OperatorSpec];
const microsoft = { domain: "com.microsoft", type: "float32" } as const;

const heads = { num_heads: int(2) };
const x = [2, 3, 4];

/** Attention that projects its input: `[2, 3, 4]` in, two heads. */
const projected = (name: string, more: Partial<OperatorSpec>): Named => [
  `Attention, ${name}`,
  { op: "Attention", ...microsoft, inputs: [x, [4, 12], [12]], attributes: heads, ...more },
];
const mask = (given: TensorProto): Partial<OperatorSpec> => ({ constants: [given] });

const projecting: readonly Named[] = [
  projected("by input, weights and bias", {}),
  projected("only earlier positions", { attributes: { ...heads, unidirectional: int(1) } }),
  projected("a scale of its own", { attributes: { ...heads, scale: 0.7 } }),
  projected("a mask of keys", mask(int32([2, 3], [1, 1, 0, 0, 1, 1]))),
  projected("a mask of queries and keys", mask(int32([2, 3, 3], [1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 0]))),
  projected("lengths", mask(int32([2], [3, 2]))),
  projected("ends and beginnings", mask(int32([4], [3, 2, 1, 0]))),
  projected("a mask of keys and only earlier positions", {
    ...mask(int32([2, 3], [1, 1, 0, 1, 1, 1])),
    attributes: { ...heads, unidirectional: int(1) },
  }),
  projected("values of another width", {
    inputs: [x, [4, 14], [14]],
    attributes: { ...heads, qkv_hidden_sizes: [4, 4, 6] },
  }),
  projected("kept keys and values", {
    inputs: [x, [4, 12], [12], [2, 2, 2, 2, 2]],
    constants: [undefined],
    order: ["input", "input", "input", "constant", "input"],
    outputs: ["y", "present"],
  }),
  projected("an added bias", {
    inputs: [x, [4, 12], [12], [1, 2, 3, 3]],
    constants: [undefined, undefined],
    order: ["input", "input", "input", "constant", "constant", "input"],
  }),
  projected("the keys and values it hands on", {
    inputs: [x, [4, 12], [12], [2, 2, 2, 2, 2]],
    constants: [undefined],
    order: ["input", "input", "input", "constant", "input"],
    attributes: { ...heads, unidirectional: int(1) },
    outputs: ["other", "y"],
  }),
];

/** Attention with queries, keys and values apart. */
const apart = (name: string, more: Partial<OperatorSpec>): Named => [
  `MultiHeadAttention, ${name}`,
  { op: "MultiHeadAttention", ...microsoft, inputs: [x, [2, 5, 4], [2, 5, 4]], attributes: heads, ...more },
];
const after = ["input", "input", "input", "constant", "constant"] as const;

const multiHead: readonly Named[] = [
  apart("a mask of keys", { constants: [undefined, int32([2, 5], [1, 1, 0, 1, 1, 0, 1, 1, 1, 0])], order: after }),
  apart("lengths", { constants: [undefined, int32([2], [5, 2])], order: after }),
  apart("values of another width, with a bias", { inputs: [x, [2, 5, 4], [2, 5, 6], [14]] }),
  apart("an added bias", {
    inputs: [x, [2, 5, 4], [2, 5, 4], [1, 2, 3, 5]],
    constants: [undefined, undefined],
    order: [...after, "input"],
  }),
  apart("keys and values in heads already", { inputs: [x, [2, 2, 5, 2], [2, 2, 5, 2]] }),
  apart("kept keys and values", {
    inputs: [x, [2, 3, 4], [2, 3, 4], [2, 2, 2, 2], [2, 2, 2, 2]],
    constants: [undefined, undefined, undefined],
    order: ["input", "input", "input", "constant", "constant", "constant", "input", "input"],
    attributes: { ...heads, unidirectional: int(1) },
    outputs: ["y", "key", "value"],
  }),
];

/** Grouped attention of a prompt: four heads of queries, two of keys, 8 wide. */
const group = { num_heads: int(4), kv_num_heads: int(2) };
const lengths = [int32([2], [2, 2]), int32([], [3])];
const grouped = (name: string, more: Partial<OperatorSpec>): Named => [
  `GroupQueryAttention, ${name}`,
  {
    op: "GroupQueryAttention",
    ...microsoft,
    fixed: true,
    inputs: [
      [2, 3, 32],
      [2, 3, 16],
      [2, 3, 16],
    ],
    constants: [undefined, undefined, ...lengths],
    attributes: group,
    ...more,
  },
];
const kept = [
  [2, 1, 32],
  [2, 1, 16],
  [2, 1, 16],
  [2, 2, 4, 8],
  [2, 2, 4, 8],
];
const gap = "constant" as const;

const groups: readonly Named[] = [
  grouped("scores held below a cap", { attributes: { ...group, softcap: 0.8 } }),
  grouped("a window", { attributes: { ...group, local_window_size: int(2) } }),
  grouped("a smooth softmax", { attributes: { ...group, smooth_softmax: int(1) } }),
  grouped("sinks", {
    inputs: [[2, 3, 32], [2, 3, 16], [2, 3, 16], [4]],
    constants: [undefined, undefined, ...lengths, undefined, undefined, undefined, undefined],
    order: ["input", "input", "input", gap, gap, gap, gap, gap, gap, gap, gap, "input"],
  }),
  grouped("an added bias", {
    inputs: [
      [2, 3, 32],
      [2, 3, 16],
      [2, 3, 16],
      [1, 4, 3, 3],
    ],
    constants: [undefined, undefined, ...lengths, undefined, undefined, undefined],
    order: ["input", "input", "input", gap, gap, gap, gap, gap, gap, gap, "input"],
  }),
  grouped("queries, keys and values in one", {
    inputs: [[2, 3, 64]],
    constants: [undefined, undefined, undefined, undefined, ...lengths],
  }),
  grouped("kept keys and values", {
    inputs: kept,
    constants: [int32([2], [4, 4]), int32([], [5])],
    outputs: ["y", "key", "value"],
  }),
  grouped("a scale of its own", { attributes: { ...group, scale: 0.2 } }),
];

/** The standard operator. */
const standard = (name: string, more: Partial<OperatorSpec>): Named => [
  `standard Attention, ${name}`,
  {
    op: "Attention",
    type: "float32",
    opset: 23,
    fixed: true,
    inputs: [
      [2, 2, 3, 4],
      [2, 2, 5, 4],
      [2, 2, 5, 6],
    ],
    ...more,
  },
];

const standards: readonly Named[] = [
  standard("a mask of truth values", { constants: [bool([3, 5], [1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1])] }),
  standard("an added mask", {
    inputs: [
      [2, 2, 3, 4],
      [2, 2, 5, 4],
      [2, 2, 5, 6],
      [1, 2, 3, 5],
    ],
  }),
  standard("scores held below a cap", { attributes: { softcap: 0.8 } }),
  standard("a cap and an added mask", {
    constants: [random([2, 1, 3, 5], 4)],
    attributes: { softcap: 0.8 },
  }),
  standard("kept keys and values, only earlier positions", {
    inputs: [
      [2, 2, 3, 4],
      [2, 2, 3, 4],
      [2, 2, 3, 6],
      [2, 2, 2, 4],
      [2, 2, 2, 6],
    ],
    constants: [undefined],
    order: ["input", "input", "input", gap, "input", "input"],
    attributes: { is_causal: int(1) },
    outputs: ["y", "key", "value"],
  }),
  standard("its products", { outputs: ["other", "", "", "y"], attributes: { qk_matmul_output_mode: int(0) } }),
  standard("its weights", { outputs: ["other", "", "", "y"], attributes: { qk_matmul_output_mode: int(3) } }),
  standard("lengths", { opset: 24, constants: [undefined, undefined, undefined, int64([2], [5, 3])] }),
];

/** Embeddings of 3 words of 5, by their tables. */
const embeddings: readonly Named[] = [false, true].map(
  (segments): Named => [
    `EmbedLayerNormalization ${segments ? "with" : "without"} segments`,
    {
      op: "EmbedLayerNormalization",
      ...microsoft,
      // The runtime wants to know the widths of the tables.
      fixed: true,
      inputs: [[5, 4], [3, 4], ...(segments ? [[2, 4]] : []), [4], [4]],
      constants: [
        int32([2, 3], [0, 4, 2, 2, 1, 2]),
        segments ? int32([2, 3], [0, 0, 1, 0, 1, 1]) : undefined,
        ...(segments ? [] : [undefined]),
      ],
      order: [gap, gap, "input", "input", segments ? "input" : gap, "input", "input"],
      outputs: ["y", "mask"],
    },
  ],
);

describe.each([
  ["sizes that the file fixes", false],
  ["sizes known at run time only", true],
])("gradients equal central differences, with %s", (_, free) => {
  const all = [...projecting, ...multiHead, ...groups, ...standards, ...embeddings];
  test.each(all)("%s", async (_name, spec) => {
    const difference = await differentiateOperator({ ...spec, free });
    expect(difference.scale).toBeGreaterThan(0);
    expect(Math.abs(difference.analytic - difference.numeric)).toBeLessThan(tolerance(difference, spec.type));
  });
});
