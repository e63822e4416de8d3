import { elementTypeOf } from "../onnx/element-type.ts";
import { isExternalTensor } from "../onnx/external-data.ts";
import type { NodeProto, TensorProto } from "../onnx/proto.ts";
import { Attributes } from "./attributes.ts";

/** Constants of more elements are weights: nobody needs to know their numbers. */
const most = 4096;

/** The elements of a small constant that lies in the file, as numbers; undefined for a large one, texts, or rare types. */
export function numbersOf(tensor: TensorProto): readonly number[] | undefined {
  const count = tensor.dims.reduce((product, size) => product * size, 1);
  if (count > most || isExternalTensor(tensor)) return undefined;
  const { rawData } = tensor;
  if (rawData !== undefined) return fromBytes(rawData.slice(), elementTypeOf(tensor.dataType)?.name);
  const typed = tensor.floatData ?? tensor.doubleData ?? tensor.int64Data ?? tensor.uint64Data ?? tensor.int32Data;
  if (count === 0) return [];
  const name = elementTypeOf(tensor.dataType)?.name;
  // Half-precision elements lie in int32Data as bits.
  if (typed === undefined || name === undefined || !(name in arrays)) return undefined;
  return Array.from(typed as ArrayLike<number | bigint>, Number);
}

const arrays: Readonly<Record<string, new (buffer: ArrayBuffer) => ArrayLike<number | bigint>>> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

function fromBytes(bytes: Uint8Array<ArrayBuffer>, name: string | undefined): readonly number[] | undefined {
  const array = name === undefined ? undefined : arrays[name];
  return array === undefined ? undefined : Array.from(new array(bytes.buffer), Number);
}

/** The constant that a Constant node makes; undefined for other nodes and constants that are no dense tensor. */
export function constantOfNode(node: NodeProto): TensorProto | undefined {
  if (node.opType !== "Constant" || node.domain !== "") return undefined;
  const [name] = node.outputs;
  if (name === undefined) return undefined;
  const attributes = new Attributes(node);
  const tensor = attributes.tensor("value");
  if (tensor !== undefined) return { ...tensor, name };
  if (attributes.has("value_float")) return floatTensor(name, [], [attributes.float("value_float", 0)]);
  if (attributes.has("value_int")) return int64Tensor(name, [], [attributes.int("value_int", 0)]);
  const ints = attributes.ints("value_ints");
  if (ints !== undefined) return int64Tensor(name, [ints.length], ints);
  const floats = attributes.floats("value_floats");
  return floats === undefined ? undefined : floatTensor(name, [floats.length], floats);
}

export function int64Tensor(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return { name, dims, dataType: 7, rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

export function floatTensor(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return { name, dims, dataType: 1, rawData: new Uint8Array(Float32Array.from(values).buffer) };
}

export function doubleTensor(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return { name, dims, dataType: 11, rawData: new Uint8Array(Float64Array.from(values).buffer) };
}
