import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import { elementTypeOf } from "../onnx/element-type.ts";
import type { NodeProto } from "../onnx/proto.ts";
import type { OnnxModel } from "../onnx-model.ts";

/**
 * Name of the value that holds the embeddings of token ids: what the first lookup of the ids in a table gives, as floats. Layer methods
 * attribute to it, `fromLayer(model, tokenEmbedding(model))`.
 *
 * @param input the input that holds the ids
 * @throws InvalidArgumentError where the model has no such input.
 * @throws UnsupportedError where no such value can be fed, naming what stands in its place.
 */
export function tokenEmbedding(model: OnnxModel, input: string = "input_ids"): string {
  if (!model.inputs.some(({ name }) => name === input))
    throw new InvalidArgumentError(
      `the model has no input "${input}" for token ids; it has ${model.inputs.map(({ name }) => `"${name}"`).join(", ")}`,
    );
  const { nodes } = model.proto.graph;
  const ids = new Set([input]);
  for (const node of nodes) {
    if (moves.has(operatorOf(node)) && ids.has(node.inputs[0]!)) ids.add(node.outputs[0]!);
    if (lookups.has(operatorOf(node)) && ids.has(node.inputs[1]!)) {
      const found = asFloats(model, node.outputs[0]!);
      if (found !== undefined) return found;
    }
  }
  throw new UnsupportedError(`${whyNone(nodes, ids, input)}: name a value that has a row for every token with { layer }`);
}

/** Operators that leave ids what they are. */
const moves: ReadonlySet<string> = new Set([
  "Cast",
  "Clip",
  "Flatten",
  "Identity",
  "Reshape",
  "Squeeze",
  "Transpose",
  "Unsqueeze",
]);
/** Operators that look ids (the second input) up in a table (the first). */
const lookups: ReadonlySet<string> = new Set(["Gather", "com.microsoft:GatherBlockQuantized"]);
/** Operators that turn rows of a quantised table into floats. */
const widenings: ReadonlySet<string> = new Set(["Cast", "DequantizeLinear", "com.microsoft:DequantizeLinear", "Mul", "Sub"]);

function operatorOf({ opType, domain }: NodeProto): string {
  return domain === "" || domain === "ai.onnx" ? opType : `${domain}:${opType}`;
}

/** The value itself where it holds floats; what a quantised one is made into. */
function asFloats(model: OnnxModel, name: string): string | undefined {
  let value = name;
  for (;;) {
    if (isFloat(model, value)) return value;
    const next = model.proto.graph.nodes.find((node) => widenings.has(operatorOf(node)) && node.inputs[0] === value);
    if (next === undefined) return undefined;
    value = next.outputs[0]!;
  }
}

function isFloat(model: OnnxModel, name: string): boolean {
  const stated = model.value(name)?.dtype;
  if (stated !== undefined) return stated === "float32" || stated === "float64";
  const { nodes, initializers } = model.proto.graph;
  const maker = nodes.find(({ outputs }) => outputs.includes(name));
  const table = initializers.find((tensor) => tensor.name === maker?.inputs[0]);
  // A table that is computed (tied weights, turned round) holds what is multiplied elsewhere: floats.
  const dtype = table === undefined ? "float32" : elementTypeOf(table.dataType)?.dtype;
  return dtype === "float32" || dtype === "float64";
}

function whyNone(nodes: readonly NodeProto[], ids: ReadonlySet<string>, input: string): string {
  const reader = nodes.find((node) => node.inputs.some((name) => ids.has(name)) && /Embed/.test(node.opType));
  if (reader !== undefined)
    return `the token embedding is computed inside ${reader.opType} "${reader.name}" (whose result is "${reader.outputs[0]}") and cannot be fed`;
  const branch = nodes.find(({ attributes }) => attributes.some(({ g, graphs }) => g !== undefined || graphs !== undefined));
  if (branch !== undefined)
    return `the token embedding is inside the branches of ${branch.opType} "${branch.name}" and cannot be fed`;
  return `no operator looks "${input}" up in a table, so there is no token embedding`;
}
