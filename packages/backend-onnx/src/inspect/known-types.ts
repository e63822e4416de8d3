import type { DType } from "@attr/core";
import type { ModelProto, ValueInfoProto } from "../onnx/proto.ts";
import type { OnnxModel } from "../onnx-model.ts";

/** What the runtime calls types, as files do. */
const codes: Readonly<Record<DType, number>> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 };

/** Codes of float16 and bfloat16, whose values are handed over as float32. */
const halves: ReadonlySet<number> = new Set([10, 16]);

/**
 * The file of a model with the types of its inner values as the runtime found them, so that a gradient can be written for files that do
 * not state them. Files with half-precision values stay as they are: which values are of half precision is not told.
 */
export function withKnownTypes(model: Pick<OnnxModel, "proto" | "values" | "value">): ModelProto {
  const { proto } = model;
  if (hasHalves(proto)) return proto;
  const { graph } = proto;
  const stated = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
  const found = model.values.flatMap((name): ValueInfoProto[] => {
    const { dtype, shape } = model.value(name) ?? {};
    // Narrow integers are handed over in wider types.
    if (stated.has(name) || dtype === undefined || dtype === "int32" || dtype === "int64") return [];
    const dims = shape?.map((size) => (size === null ? {} : typeof size === "number" ? { value: size } : { param: size }));
    stated.add(name);
    return [{ name, type: { tensorType: { elemType: codes[dtype], ...(dims && { shape: { dims } }) } } }];
  });
  const rest = graph.valueInfos.filter(({ name }) => !stated.has(name));
  return { ...proto, graph: { ...graph, valueInfos: [...rest, ...found] } };
}

function hasHalves({ graph }: ModelProto): boolean {
  const values = [...graph.inputs, ...graph.outputs, ...graph.valueInfos];
  return (
    values.some(({ type }) => halves.has(type?.tensorType?.elemType ?? 0)) ||
    graph.initializers.some(({ dataType }) => halves.has(dataType)) ||
    graph.nodes.some(({ opType, attributes }) =>
      attributes.some(
        ({ name, i, t }) => halves.has(t?.dataType ?? 0) || (opType === "Cast" && name === "to" && halves.has(Number(i))),
      ),
    )
  );
}
