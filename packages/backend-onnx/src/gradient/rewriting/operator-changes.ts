import { UnsupportedError } from "@attr/core";
import { describeNode } from "../../graph/node-name.ts";
import type { AttributeProto, NodeProto } from "../../onnx/proto.ts";
import { attributeType } from "../../onnx/proto.ts";
import { writeAttributes } from "../attributes.ts";
import { floatTensor } from "../small-constants.ts";
import type { NodeRewriting } from "./node-rewriting.ts";
import { stepsFirst } from "./upgrade-recurrent.ts";

/** Later than any operator set. */
const always = Number.POSITIVE_INFINITY;

/** How an operator took an older form, and what stands for it now. */
export interface Change {
  /** The operator set that has the new form. */
  readonly since: number;
  rewrite(rewriting: NodeRewriting): readonly NodeProto[];
}

/** An attribute of whole numbers that became the input after the first. */
const listToInput = (since: number, attribute: string): Change => ({
  since,
  rewrite: (rewriting) => {
    const { node, attributes } = rewriting;
    const list = attributes.ints(attribute);
    if (list === undefined) return [node];
    return rewriting.done([node.inputs[0]!, rewriting.int64(attribute, list)], [attribute]);
  },
});

/** Up to set 12 the axes from the given one on were one axis together, and the given one was 1 by default. */
const softmax: Change = {
  since: 13,
  rewrite: (rewriting) => {
    const { node, attributes } = rewriting;
    const axis = attributes.int("axis", 1);
    const x = node.inputs[0]!;
    if (axis === -1) return [node];
    const shape = rewriting.write("Shape", [x], {}, "shape");
    const flat = rewriting.write("Flatten", [x], { axis }, "flat");
    const result = rewriting.write(node.opType, [flat], { axis: -1 }, "rows");
    const whole = rewriting.done([result, shape], ["axis"], "Reshape");
    return whole;
  },
};

const clip: Change = {
  since: 11,
  rewrite: (rewriting) => {
    const { node, attributes } = rewriting;
    const bound = (name: string): string =>
      attributes.has(name) ? rewriting.constant(name, floatTensor("", [], [attributes.float(name, 0)])) : "";
    return rewriting.done([node.inputs[0]!, bound("min"), bound("max")], ["min", "max"]);
  },
};

const pad: Change = {
  since: 11,
  rewrite: (rewriting) => {
    const { node, attributes } = rewriting;
    const pads = rewriting.int64("pads", attributes.ints("pads") ?? []);
    const value = attributes.has("value") ? rewriting.constant("value", floatTensor("", [], [attributes.float("value", 0)])) : "";
    return rewriting.done([node.inputs[0]!, pads, value], ["pads", "value"]);
  },
};

const slice: Change = {
  since: 10,
  rewrite: (rewriting) => {
    const { node, attributes } = rewriting;
    const lists = ["starts", "ends", "axes"].map((name) => {
      const list = attributes.ints(name);
      return list === undefined ? "" : rewriting.int64(name, list);
    });
    return rewriting.done([node.inputs[0]!, ...lists], ["starts", "ends", "axes"]);
  },
};

const topK: Change = {
  since: 10,
  rewrite: (rewriting) => {
    const { node, attributes } = rewriting;
    return rewriting.done([node.inputs[0]!, rewriting.int64("k", [attributes.int("k", 1)])], ["k"]);
  },
};

const dropout: Change = {
  since: 12,
  rewrite: (rewriting) => rewriting.done([rewriting.node.inputs[0]!], ["ratio"]),
};

const split: Change = {
  since: 18,
  rewrite: (rewriting) => {
    const { node, attributes, version } = rewriting;
    const sizes = attributes.ints("split");
    if (version < 13 && sizes !== undefined) return rewriting.done([node.inputs[0]!, rewriting.int64("split", sizes)], ["split"]);
    if (version >= 13 && node.inputs[1] !== undefined && node.inputs[1] !== "") return [node];
    const count: AttributeProto = { name: "num_outputs", type: attributeType.int, i: BigInt(node.outputs.length) };
    return [{ ...node, attributes: [...node.attributes, count] }];
  },
};

const batchNormalisation: Change = {
  since: 14,
  rewrite: (rewriting) => {
    const [done] = rewriting.done(rewriting.node.inputs, ["spatial"]);
    // What else it used to hand out only meant something in training.
    return [{ ...done!, outputs: done!.outputs.slice(0, 1) }];
  },
};

/** Up to set 10: nearest neighbours round towards the first element when enlarging, and corners do not count as centres. */
const resizing = (from: "Upsample" | "Resize"): Change => ({
  since: 11,
  rewrite: (rewriting) => {
    const { node, attributes } = rewriting;
    const list = attributes.floats("scales");
    const scales = list === undefined ? node.inputs[1]! : rewriting.constant("scales", floatTensor("", [list.length], list));
    const mode = attributes.text("mode", "nearest");
    const settings = writeAttributes({
      mode: mode === "bilinear" ? "linear" : mode,
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    });
    const done = rewriting.done([node.inputs[0]!, "", scales], ["scales", "mode"], "Resize");
    return done.map((one) => (one.outputs === node.outputs ? { ...one, attributes: settings } : one));
  },
  ...(from === "Upsample" && { since: always }), // gone from the set since 10
});

const regionAlign: Change = {
  since: 16,
  rewrite: (rewriting) => {
    const { node } = rewriting;
    const mode = writeAttributes({ coordinate_transformation_mode: "output_half_pixel" });
    return [{ ...node, attributes: [...node.attributes, ...mode] }];
  },
};

/** Convolutions and products that the runtime has put an activation into, with a sum before it. */
const withActivation = (opType: "Conv" | "Gemm"): Change => ({
  since: always,
  rewrite: (rewriting) => {
    const { node, attributes } = rewriting;
    const own = node.attributes.filter(({ name }) => !name.startsWith("activation"));
    const sum = opType === "Conv" ? node.inputs[3] : undefined;
    let result = rewriting.copy(opType, node.inputs.slice(0, 3), own, "linear");
    if (sum !== undefined && sum !== "") result = rewriting.write("Add", [result, sum], {}, "sum");
    const activation = attributes.text("activation", "");
    if (activation === "") return rewriting.replace("Identity", [result], []);
    const given = attributes.floats("activation_params") ?? [];
    const settings = (activationSettings[activation] ?? []).map((name, i) => {
      const value = given[i] ?? (attributes.has(`activation_${name}`) ? attributes.float(`activation_${name}`, 0) : undefined);
      return [name, value] as const;
    });
    if (activation === "Clip") {
      const bounds = settings.map(([name, value]) =>
        value === undefined ? "" : rewriting.constant(name, floatTensor("", [], [value])),
      );
      return rewriting.replace("Clip", [result, ...bounds], []);
    }
    const list = settings.flatMap(([name, value]) => (value === undefined ? [] : [[name, { float: value }] as const]));
    return rewriting.replace(activation, [result], writeAttributes(Object.fromEntries(list)));
  },
});

/** What the numbers of a fused activation are, in their order. */
const activationSettings: Readonly<Record<string, readonly string[]>> = {
  Clip: ["min", "max"],
  Elu: ["alpha"],
  HardSigmoid: ["alpha", "beta"],
  LeakyRelu: ["alpha"],
  Selu: ["alpha", "gamma"],
  ThresholdedRelu: ["alpha"],
};

/** Up to set 19 the axis is an attribute, and not the last but one by default. */
const fourier: Change = {
  since: 20,
  rewrite: ({ node, attributes }) => {
    if (attributes.has("axis")) return [node];
    return [{ ...node, attributes: [...node.attributes, { name: "axis", type: attributeType.int, i: 1n }] }];
  },
};

const recurrent: Change = {
  since: always,
  rewrite: (rewriting) => {
    const { node, attributes } = rewriting;
    return attributes.int("layout", 0) === 0 ? [node] : stepsFirst(node, (what) => rewriting.name(what));
  },
};

/** In set 8 it had a batch, with sequences of their own lengths. */
const scan: Change = {
  since: 9,
  rewrite: ({ node }) => {
    throw new UnsupportedError(
      `${describeNode(node)} has the form of operator set 8, which has no gradient: export it for 9 or newer`,
    );
  },
};

export const changes: Readonly<Record<string, Change>> = {
  ...Object.fromEntries(
    [
      "ReduceL1",
      "ReduceL2",
      "ReduceLogSum",
      "ReduceLogSumExp",
      "ReduceMax",
      "ReduceMean",
      "ReduceMin",
      "ReduceProd",
      "ReduceSumSquare",
    ].map((name) => [name, listToInput(18, "axes")]),
  ),
  "com.microsoft:FusedConv": withActivation("Conv"),
  "com.microsoft:FusedGemm": withActivation("Gemm"),
  BatchNormalization: batchNormalisation,
  Clip: clip,
  DFT: fourier,
  Dropout: dropout,
  GRU: recurrent,
  Hardmax: softmax,
  LSTM: recurrent,
  LogSoftmax: softmax,
  Pad: pad,
  RNN: recurrent,
  ReduceSum: listToInput(13, "axes"),
  Resize: resizing("Resize"),
  RoiAlign: regionAlign,
  Scan: scan,
  Scatter: { since: always, rewrite: (rewriting) => rewriting.done(rewriting.node.inputs, [], "ScatterElements") },
  Slice: slice,
  Softmax: softmax,
  Split: split,
  Squeeze: listToInput(13, "axes"),
  TopK: topK,
  Unsqueeze: listToInput(13, "axes"),
  Upsample: resizing("Upsample"),
};
