import type { ModelProto, TensorProto } from "@attr/backend-onnx";
import { NotConverted } from "./not-converted.ts";

/** A constant of an ONNX file. */
export interface Constant {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** All constants by value name: the initializers, and what nodes of the kind Constant hold. Those of other types are left out. */
export function constantsOf({ graph }: ModelProto): ReadonlyMap<string, Constant> {
  const constants = new Map<string, Constant>();
  const add = (name: string, tensor: TensorProto | undefined): void => {
    const data = tensor && elementsOf(tensor);
    if (data !== undefined) constants.set(name, { shape: tensor!.dims, data });
  };
  for (const tensor of graph.initializers) add(tensor.name, tensor);
  for (const node of graph.nodes)
    if (node.opType === "Constant") add(node.outputs[0]!, node.attributes.find(({ name }) => name === "value")?.t);
  return constants;
}

function elementsOf(tensor: TensorProto): ArrayLike<number> | undefined {
  if (tensor.dataLocation === 1) throw new NotConverted(`the elements of "${tensor.name}" lie in another file`);
  const { rawData } = tensor;
  const buffer = rawData?.slice().buffer; // aligned for elements of any size
  switch (tensor.dataType) {
    case 1:
      return buffer ? new Float32Array(buffer) : tensor.floatData;
    case 6:
      return buffer ? new Int32Array(buffer) : tensor.int32Data;
    case 7:
      return Array.from(buffer ? new BigInt64Array(buffer) : (tensor.int64Data ?? []), Number);
    case 11:
      return buffer ? new Float64Array(buffer) : tensor.doubleData;
    default:
      return undefined;
  }
}
