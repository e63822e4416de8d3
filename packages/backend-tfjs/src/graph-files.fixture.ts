import { normals } from "./small-models.fixture.ts";

/** A node of a graph model as its file has it. */
export interface FileNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

/** Attributes as files write them. */
export const attribute = {
  text: (text: string) => ({ s: Buffer.from(text).toString("base64") }),
  texts: (...texts: string[]) => ({ list: { s: texts.map((text) => Buffer.from(text).toString("base64")) } }),
  ints: (...numbers: number[]) => ({ list: { i: numbers.map(String) } }),
  int: (number: number) => ({ i: String(number) }),
  flag: (on: boolean) => ({ b: on }),
  type: (name: string) => ({ type: name }),
  shape: (...sizes: number[]) => ({ shape: { dim: sizes.map((size) => ({ size: String(size) })) } }),
};

/** A weight that is drawn for a seed, or these whole numbers. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly integers?: readonly number[];
}

export function input(name: string, ...sizes: number[]): FileNode {
  return { name, op: "Placeholder", attr: { dtype: attribute.type("DT_FLOAT"), shape: attribute.shape(...sizes) } };
}

/** The files of a graph model. */
export function graphFiles(
  nodes: readonly FileNode[],
  weights: readonly Weight[],
  signature?: object,
): Record<string, Uint8Array> {
  const parts = weights.map(({ shape, integers }, i) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return integers === undefined ? normals(size, 40 + i) : Int32Array.from(integers);
  });
  const constants = weights.map(({ name, integers }) => ({
    name,
    op: "Const",
    attr: { dtype: attribute.type(integers === undefined ? "DT_FLOAT" : "DT_INT32") },
  }));
  const json = {
    format: "graph-model",
    modelTopology: { node: [...constants, ...nodes], versions: { producer: 1 } },
    ...(signature && { signature }),
    weightsManifest: [
      {
        paths: ["weights.bin"],
        weights: weights.map(({ name, shape, integers }) => ({
          name,
          shape,
          dtype: integers === undefined ? "float32" : "int32",
        })),
      },
    ],
  };
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
  return { "model.json": new TextEncoder().encode(JSON.stringify(json)), "weights.bin": new Uint8Array(bytes) };
}

const float = { T: attribute.type("DT_FLOAT") };

/** Fused products, a node of several outputs, a sum of both halves. */
/** @param batch rows that the file takes; −1 for any number. */
export function perceptronFiles(batch = -1): Record<string, Uint8Array> {
  return graphFiles(
    [
      input("x", batch, 4),
      {
        name: "hidden",
        op: "_FusedMatMul",
        input: ["x", "w1", "b1"],
        attr: {
          ...float,
          fused_ops: attribute.texts("BiasAdd", "Elu"),
          num_args: attribute.int(1),
          transpose_a: attribute.flag(false),
          transpose_b: attribute.flag(false),
        },
      },
      { name: "halves", op: "Split", input: ["axis", "hidden"], attr: { ...float, num_split: attribute.int(2) } },
      { name: "gate", op: "Sigmoid", input: ["halves"], attr: float },
      { name: "gated", op: "Mul", input: ["gate", "halves:1"], attr: float },
      {
        name: "logits",
        op: "MatMul",
        input: ["gated", "w2"],
        attr: { ...float, transpose_a: attribute.flag(false), transpose_b: attribute.flag(true) },
      },
    ],
    [
      { name: "w1", shape: [4, 6] },
      { name: "b1", shape: [6] },
      { name: "axis", shape: [], integers: [1] },
      { name: "w2", shape: [2, 3] },
    ],
  );
}

/** Fused convolutions with strides, a strided slice, a mean. */
export function convolutionalFiles(): Record<string, Uint8Array> {
  const fused = (activation: string, strides: number, padding: string) => ({
    ...float,
    strides: attribute.ints(1, strides, strides, 1),
    dilations: attribute.ints(1, 1, 1, 1),
    padding: attribute.text(padding),
    data_format: attribute.text("NHWC"),
    fused_ops: attribute.texts("BiasAdd", ...(activation === "" ? [] : [activation])),
    num_args: attribute.int(1),
    explicit_paddings: attribute.ints(),
  });
  return graphFiles(
    [
      input("image", -1, 6, 5, 2),
      { name: "conv", op: "_FusedConv2D", input: ["image", "w1", "b1"], attr: fused("Elu", 1, "SAME") },
      { name: "depthwise", op: "FusedDepthwiseConv2dNative", input: ["conv", "w2", "b2"], attr: fused("", 2, "SAME") },
      { name: "smooth", op: "Tanh", input: ["depthwise"], attr: float },
      {
        name: "cut",
        op: "StridedSlice",
        input: ["smooth", "begin", "end", "strides"],
        attr: {
          ...float,
          begin_mask: attribute.int(0b1001),
          end_mask: attribute.int(0b1001),
          ellipsis_mask: attribute.int(0),
          new_axis_mask: attribute.int(0),
          shrink_axis_mask: attribute.int(0),
        },
      },
      { name: "logits", op: "Mean", input: ["cut", "axes"], attr: { ...float, keep_dims: attribute.flag(false) } },
    ],
    [
      { name: "w1", shape: [3, 3, 2, 3] },
      { name: "b1", shape: [3] },
      { name: "w2", shape: [2, 2, 3, 1] },
      { name: "b2", shape: [3] },
      { name: "begin", shape: [4], integers: [0, 0, 0, 0] },
      { name: "end", shape: [4], integers: [0, 3, 3, 0] },
      { name: "strides", shape: [4], integers: [1, 2, 1, 1] },
      { name: "axes", shape: [2], integers: [1, 2] },
    ],
  );
}

/** A branch that is taken by the sum of the inputs. */
export function branchingFiles(): Record<string, Uint8Array> {
  return graphFiles(
    [
      input("x", -1, 3),
      { name: "total", op: "Sum", input: ["x", "axes"], attr: { ...float, keep_dims: attribute.flag(false) } },
      { name: "positive", op: "Greater", input: ["total", "zero"], attr: float },
      { name: "switch", op: "Switch", input: ["x", "positive"], attr: float },
      { name: "less", op: "Neg", input: ["switch"], attr: float },
      { name: "more", op: "Square", input: ["switch:1"], attr: float },
      { name: "y", op: "Merge", input: ["less", "more"], attr: { ...float, N: attribute.int(2) } },
    ],
    [
      { name: "axes", shape: [2], integers: [0, 1] },
      { name: "zero", shape: [] },
    ],
  );
}
