import type { GraphIndex } from "../graph/graph-index.ts";
import type { ValueType } from "../graph/value-type.ts";
import type { NodeProto } from "../onnx/proto.ts";

/**
 * Takes back sizes that the runtime tells wrongly: those of a pooling whose last window would begin beyond its padded input (`ceil_mode`),
 * which the runtime leaves out when it runs but counts when it tells shapes, and the width 0 that it gives the result of a fused attention
 * of weights whose width is open. All that is computed from them keeps its rank and its first axis only.
 */
export function distrustSizes(index: GraphIndex, types: Map<string, ValueType | undefined>): void {
  const doubtful = new Set<string>();
  index.nodes.forEach((node, i) => {
    let reads = (roundsUp(node) && countsTooMany(node, types)) || hasNoWidth(node, types);
    for (const name of index.reads[i]!) if (doubtful.has(name)) reads = true;
    if (reads) for (const output of node.outputs) if (output !== "") doubtful.add(output);
  });
  for (const name of doubtful) {
    const type = types.get(name);
    if (type?.shape === undefined) continue;
    types.set(name, { element: type.element, shape: type.shape.map((size, axis) => (axis === 0 ? size : null)) });
  }
}

function hasNoWidth(node: NodeProto, types: ReadonlyMap<string, ValueType | undefined>): boolean {
  if (node.domain !== "com.microsoft" || (node.opType !== "Attention" && node.opType !== "QAttention")) return false;
  return types.get(node.outputs[0] ?? "")?.shape?.at(-1) === 0;
}

function roundsUp(node: NodeProto): boolean {
  return node.attributes.some(({ name, i }) => name === "ceil_mode" && i !== undefined && i !== 0n);
}

function countsTooMany(node: NodeProto, types: ReadonlyMap<string, ValueType | undefined>): boolean {
  const list = (wanted: string): readonly number[] | undefined => {
    const ints = node.attributes.find(({ name }) => name === wanted)?.ints;
    return ints === undefined ? undefined : Array.from(ints, Number);
  };
  const spatial = (name: string | undefined): readonly unknown[] => types.get(name ?? "")?.shape?.slice(2) ?? [];
  const sizes = spatial(node.inputs[0]);
  return spatial(node.outputs[0]).some((count, axis) => {
    const size = sizes[axis];
    if (typeof count !== "number") return false;
    if (typeof size !== "number") return true;
    const stride = list("strides")?.[axis] ?? 1;
    return (count - 1) * stride >= size + (list("pads")?.[axis] ?? 0);
  });
}
