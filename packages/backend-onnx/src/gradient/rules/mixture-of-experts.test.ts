import { describe, test } from "vitest";
import type { TensorProto } from "../../onnx/proto.ts";
import { constant, weights } from "../../onnx-builder.fixture.ts";
import { expectGradient, type OperatorSpec } from "../finite-differences.fixture.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const microsoft = { domain: "com.microsoft", type: "float32" } as const;

type Named = readonly [name: string, spec: OperatorSpec];

/** Three experts of 4 to 6 to 4 for 5 tokens. */
const floats = (name: string, attributes: OperatorSpec["attributes"], fused = 1, range = 1): Named => [
  `MoE, ${name}`,
  {
    op: "MoE",
    ...microsoft,
    inputs: [
      [5, 4],
      [5, 3],
      [3, 6 * fused, 4],
      [3, 6 * fused],
      [3, 4, 6],
      [3, 4],
    ],
    attributes: { k: int(2), ...attributes },
    range: (x) => range * x,
  },
];

const gates = { activation_type: "swiglu", swiglu_fusion: int(1) };

const plain: readonly Named[] = [
  floats("one of three", { k: int(1), activation_type: "silu" }),
  floats("two of three", { activation_type: "silu" }),
  floats("shares that add up to 1", { activation_type: "gelu", normalize_routing_weights: int(1) }),
  floats("no activation", { activation_type: "identity" }),
  floats("gates", { ...gates, activation_alpha: 1.702, activation_beta: 1 }, 2),
  floats("gates with a limit", { ...gates, swiglu_limit: 2.5, activation_beta: 0.5 }, 2, 3),
];

const bytes = (dims: readonly number[], phase: number): TensorProto => ({
  name: "",
  dims,
  dataType: 2,
  rawData: Uint8Array.from(
    { length: dims.reduce((a, b) => a * b, 1) },
    (_, i) => 256 * Math.abs(Math.sin(12.9898 * (i + phase))),
  ),
});
const scales = (dims: readonly number[], bits: number): TensorProto =>
  constant(
    dims,
    weights(dims.reduce((a, b) => a * b, 1)).map((value) => (0.05 + Math.abs(value) / 5) / 2 ** (bits - 4)),
  );

interface Settings {
  readonly bits: 4 | 8;
  readonly block?: number;
  readonly zeros?: boolean;
  /** The shares are handed in apart from what chooses the experts. */
  readonly shares?: boolean;
}

/** Three experts of 32 to 32 to 32 for 5 tokens, by token and router. */
function quantised({ bits, block, zeros = false, shares = false }: Settings): OperatorSpec {
  const layer = (rows: number, columns: number, phase: number): readonly (TensorProto | undefined)[] => [
    bytes([3, rows, (columns * bits) / 8], phase),
    scales(block === undefined ? [3, rows] : [3, rows, columns / block], bits),
  ];
  const middles = (rows: number, columns: number, phase: number): TensorProto | undefined => {
    if (!zeros) return undefined;
    return bytes(block === undefined ? [3, (rows * bits) / 8] : [3, rows, Math.ceil(((columns / block) * bits) / 8)], phase);
  };
  const constants = [
    ...layer(32, 32, 1),
    constant([3, 32], weights(96)),
    ...layer(32, 32, 5),
    undefined,
    undefined,
    undefined,
    undefined,
    middles(32, 32, 7),
    middles(32, 32, 9),
    undefined,
  ];
  return {
    op: "QMoE",
    ...microsoft,
    inputs: [[5, 32], [5, 3], ...(shares ? [[5, 3]] : [])],
    constants,
    order: ["input", "input", ...constants.map(() => "constant" as const), ...(shares ? ["input" as const] : [])],
    // A share below 0 is none.
    range: (x) => (shares ? 1.5 + x : x),
    attributes: {
      k: int(2),
      activation_type: "silu",
      expert_weight_bits: int(bits),
      ...(block === undefined ? {} : { block_size: int(block) }),
    },
  };
}

const few: readonly Settings[] = [
  { bits: 8 },
  { bits: 4 },
  { bits: 4, block: 16 },
  { bits: 8, zeros: true },
  { bits: 4, zeros: true },
  { bits: 4, block: 16, zeros: true },
  { bits: 4, shares: true },
];

describe.each([
  ["sizes that the file fixes", false],
  ["sizes known at run time only", true],
])("gradients equal central differences, with %s", (_, free) => {
  test.each([...plain, ...few.map((settings): Named => [`QMoE ${JSON.stringify(settings)}`, quantised(settings)])])(
    "%s",
    async (_name, spec) => {
      await expectGradient({ ...spec, free });
    },
  );
});
