import type { ModelProto } from "../onnx/proto.ts";

/** Codes of the element types that weights come in: floats, and integers of at most 8 bits. */
const weightTypes: ReadonlySet<number> = new Set([1, 2, 3, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23]);

/** How many parameters a model has: elements of constant floats, and of weights in 8 bits or fewer. */
export function parameterCount({ graph }: ModelProto): number {
  const inNodes = graph.nodes.flatMap(({ opType, attributes }) =>
    opType === "Constant" ? attributes.flatMap(({ t }) => t ?? []) : [],
  );
  const sparse = graph.sparseInitializers.map(({ values }) => values);
  return [...graph.initializers, ...inNodes, ...sparse]
    .filter(({ dataType }) => weightTypes.has(dataType))
    .reduce((sum, { dims }) => sum + dims.reduce((product, size) => product * size, 1), 0);
}
