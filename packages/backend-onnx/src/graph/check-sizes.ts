import { InvalidArgumentError } from "@attr/core";
import type { GraphProto, NodeProto, TensorProto } from "../onnx/proto.ts";
import { int64Elements } from "../onnx/tensor-elements.ts";
import { describeNode } from "./node-name.ts";

/** Operators that make as large a value as a constant tells them to: which input tells, and how. */
const sizing: ReadonlyMap<string, { readonly input: number; readonly by: "product" | "each" }> = new Map([
  ["ConstantOfShape", { input: 0, by: "product" }],
  ["Expand", { input: 1, by: "product" }],
  ["Tile", { input: 1, by: "product" }],
  ["Resize", { input: 3, by: "product" }],
  ["OneHot", { input: 1, by: "product" }],
  ["Col2Im", { input: 1, by: "product" }],
  ["Pad", { input: 1, by: "each" }],
  ["CenterCropPad", { input: 1, by: "each" }],
  ["DFT", { input: 1, by: "each" }],
  ["STFT", { input: 1, by: "each" }],
  ["MelWeightMatrix", { input: 1, by: "each" }],
  ["BlackmanWindow", { input: 0, by: "each" }],
  ["HammingWindow", { input: 0, by: "each" }],
  ["HannWindow", { input: 0, by: "each" }],
]);

/** Elements: four gigabytes of floats. */
const largestProduct = 2 ** 30;

/** Whole numbers: two gigabytes of them. */
const longestRange = 2 ** 28;

/** A hundred seconds of sound. */
const largestEach = 2 ** 22;

/** A list of sizes has an entry or two an axis. */
const longestList = 128;

/** Constants of a graph that can be sizes: short lists, in the file itself. */
export function sizeConstants(graph: GraphProto): Map<string, TensorProto> {
  const constants = new Map<string, TensorProto>();
  const isShort = (tensor: TensorProto): boolean => tensor.dims.length <= 1 && (tensor.dims[0] ?? 1) <= longestList;
  for (const tensor of graph.initializers) if (isShort(tensor)) constants.set(tensor.name, tensor);
  for (const node of graph.nodes) {
    const tensor = node.opType === "Constant" ? node.attributes.find(({ name }) => name === "value")?.t : undefined;
    if (tensor !== undefined && isShort(tensor)) constants.set(node.outputs[0]!, tensor);
  }
  return constants;
}

/** @throws InvalidArgumentError where a constant tells a node to make a value that fills the machine. */
export function checkSizes(node: NodeProto, constants: ReadonlyMap<string, TensorProto>): void {
  if (node.domain === "" && node.opType === "Range") checkRange(node, constants);
  const rule = node.domain === "" ? sizing.get(node.opType) : undefined;
  const tensor = rule === undefined ? undefined : constants.get(node.inputs[rule.input] ?? "");
  const numbers = tensor === undefined ? undefined : int64Elements(tensor);
  if (rule === undefined || numbers === undefined) return;
  let product = 1;
  for (const number of numbers) {
    const size = Math.abs(Number(number));
    product *= Math.max(1, size);
    if (rule.by === "product" ? product > largestProduct : size > largestEach)
      throw new InvalidArgumentError(
        `the ONNX file is malformed: ${describeNode(node)} is to make a value of the size [${numbers.join(", ")}]`,
      );
  }
}

/** A range that constants bound; where it begins may be computed. */
function checkRange(node: NodeProto, constants: ReadonlyMap<string, TensorProto>): void {
  const [start, limit, step] = node.inputs.map((name) => {
    const tensor = constants.get(name);
    return tensor === undefined ? undefined : int64Elements(tensor)?.[0];
  });
  if (limit === undefined || step === undefined) return;
  const count = Math.abs(Number(limit) - Number(start ?? 0n)) / Math.abs(Number(step));
  if (step !== 0n && count > longestRange)
    throw new InvalidArgumentError(`the ONNX file is malformed: ${describeNode(node)} is to make ${count} numbers`);
}
