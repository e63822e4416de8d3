import type { SmallTransformer } from "../../../../core/src/model/small-transformer.fixture.ts";
import type { NodeProto } from "../../onnx/proto.ts";
import { writeModel } from "../../onnx/write-model.ts";
import { constant, node, onnxModel } from "../../onnx-builder.fixture.ts";

/* One transformer in the ways that files have it. */

const own = "com.microsoft";

/** Ways to write a normalisation of `x` as `to`; the second kind takes the mean off. */
export const scalings: Readonly<Record<string, (x: string, to: string) => readonly NodeProto[]>> = {
  "a quotient": (x, to) => [
    ...meanSquare(x, to),
    node("Sqrt", [`${to}_safe`], [`${to}_root`]),
    node("Div", [x, `${to}_root`], [to]),
  ],
  "a reciprocal root": (x, to) => [
    ...meanSquare(x, to),
    node("Sqrt", [`${to}_safe`], [`${to}_root`]),
    node("Reciprocal", [`${to}_root`], [`${to}_scale`]),
    node("Mul", [`${to}_scale`, x], [to]),
  ],
  "one over a root": (x, to) => [
    ...meanSquare(x, to),
    node("Sqrt", [`${to}_safe`], [`${to}_root`]),
    node("Div", ["one", `${to}_root`], [`${to}_scale`]),
    node("Mul", [x, `${to}_scale`], [to]),
  ],
  "a power": (x, to) => [...meanSquare(x, to), node("Pow", [`${to}_safe`, "minusHalf"], [`${to}_scale`]), node("Mul", [x, `${to}_scale`], [to])], // biome-ignore format: one line
  "one operator": (x, to) => [node("SimplifiedLayerNormalization", [x, "ones"], [to], { axis: { int: -1 }, epsilon: 1e-5 })],
};
export const centrings: typeof scalings = {
  "a quotient": (x, to) => centred(x, to, "a quotient"),
  "a reciprocal root": (x, to) => centred(x, to, "a reciprocal root"),
  "one operator": (x, to) => [node("LayerNormalization", [x, "ones"], [to], { epsilon: 1e-5 })],
};

function meanSquare(x: string, to: string): readonly NodeProto[] {
  return [
    node("Mul", [x, x], [`${to}_square`]),
    node("ReduceMean", [`${to}_square`], [`${to}_mean`], { axes: [-1] }),
    node("Add", [`${to}_mean`, "little"], [`${to}_safe`]),
  ];
}

function centred(x: string, to: string, way: string): readonly NodeProto[] {
  return [
    node("ReduceMean", [x], [`${to}_middle`], { axes: [-1] }),
    node("Sub", [x, `${to}_middle`], [`${to}_centred`]),
    ...scalings[way]!(`${to}_centred`, to),
  ];
}

/** Ways to write attention of `query`, `key` and `value` as `mixed`. */
export const attentions: Readonly<Record<string, readonly NodeProto[]>> = {
  "matrix products": [
    node("Transpose", ["key"], ["turned"], { perm: [0, 2, 1] }),
    node("MatMul", ["query", "turned"], ["products"]),
    node("Mul", ["products", "half"], ["scores"]),
    node("Softmax", ["scores"], ["attention"]),
    node("MatMul", ["attention", "value"], ["mixed"]),
  ],
  "sums over letters": [
    node("Einsum", ["query", "key"], ["products"], { equation: "bqd,bkd->bqk" }),
    node("Mul", ["products", "half"], ["scores"]),
    node("Softmax", ["scores"], ["attention"]),
    node("Einsum", ["attention", "value"], ["mixed"], { equation: "bqk,bkd->bqd" }),
  ],
  "a fused product": [
    node("FusedMatMul", ["query", "key"], ["scores"], { transB: { int: 1 }, alpha: 0.5 }, own),
    node("Softmax", ["scores"], ["attention"]),
    node("Dropout", ["attention"], ["kept"]),
    node("MatMul", ["kept", "value"], ["mixed"]),
  ],
  "one operator": [node("MultiHeadAttention", ["query", "key", "value"], ["mixed"], { num_heads: { int: 1 } }, own)],
};

/** Ways to write `gate · σ(gate)` as `open`. */
export const activations: Readonly<Record<string, readonly NodeProto[]>> = {
  "a product": [node("Sigmoid", ["gate"], ["sigma"]), node("Mul", ["gate", "sigma"], ["open"])],
  "a product the other way round": [node("Sigmoid", ["gate"], ["sigma"]), node("Mul", ["sigma", "gate"], ["open"])],
  "a quotient": [
    node("Neg", ["gate"], ["less"]),
    node("Exp", ["less"], ["power"]),
    node("Add", ["power", "one"], ["below"]),
    node("Div", ["gate", "below"], ["open"]),
  ],
  "one operator": [node("QuickGelu", ["gate"], ["open"], { alpha: 1 }, own)],
};

export interface Spelling {
  readonly scaling: string;
  readonly attention: string;
  readonly activation: string;
}

/** The file of a transformer, in float32. */
export function transformerFile(
  { width, length, weights, bias, centred: isCentred }: SmallTransformer,
  spelling: Spelling,
): Uint8Array {
  const normal = (isCentred ? centrings : scalings)[spelling.scaling]!;
  const product = (x: string, name: string): NodeProto => node("MatMul", [x, `w_${name}`], [name]);
  const model = onnxModel({
    inputs: { x: ["float32", ["n", length, width]] },
    outputs: { out: ["float32", ["n", 2]] },
    constants: {
      ...Object.fromEntries(
        Object.entries(weights).map(([name, rows]) => [`w_${name}`, constant([rows.length, rows[0]!.length], rows.flat())]),
      ),
      bias: constant([2], bias),
      ones: constant([width], new Array(width).fill(1)),
      one: constant([], [1]),
      half: constant([], [0.5]),
      minusHalf: constant([], [-0.5]),
      little: constant([], [1e-5]),
      row: constant([2], [0, width * length], "int64"),
    },
    nodes: [
      ...normal("x", "before"),
      product("before", "query"),
      product("before", "key"),
      product("before", "value"),
      ...attentions[spelling.attention]!,
      product("mixed", "merge"),
      node("Add", ["x", "merge"], ["middle"]),
      ...normal("middle", "again"),
      product("again", "gate"),
      ...activations[spelling.activation]!,
      product("again", "up"),
      node("Mul", ["open", "up"], ["gated"]),
      product("gated", "down"),
      node("Add", ["middle", "down"], ["last"]),
      node("Reshape", ["last", "row"], ["flat"]),
      node("Gemm", ["flat", "w_head", "bias"], ["out"]),
    ],
  });
  return writeModel({ ...model, opsetImports: [...model.opsetImports, { domain: own, version: 1 }] });
}
