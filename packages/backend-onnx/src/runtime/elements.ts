import { type DType, InvalidArgumentError, type TensorData, UnsupportedError } from "@attr/core";
import { type ElementType, elementTypeNamed } from "../onnx/element-type.ts";

/** Whole numbers that each integer type holds. */
const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int8: [-128n, 127n],
  uint8: [0n, 255n],
  int16: [-32768n, 32767n],
  uint16: [0n, 65535n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  bool: [0n, 1n],
};

const arrays: Readonly<Record<string, new (length: number) => NumberArray>> = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Uint8Array,
};

type NumberArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/**
 * Elements as the file's type, or its carrier, wants them; the array itself where it already is. Floats are rounded to narrower floats;
 * integers must fit.
 *
 * @throws InvalidArgumentError where an element is no value of the type: 0.5 for int64, 300 for uint8.
 */
export function toFileElements(data: TensorData, dtype: DType, type: ElementType, subject: string): ArrayBufferView {
  const name = type.carrier === undefined ? type.name : type.dtype!;
  if (dtype === name) return data;
  switch (name) {
    case "float32":
      return Float32Array.from(data as ArrayLike<number | bigint>, Number);
    case "float64":
      return Float64Array.from(data as ArrayLike<number | bigint>, Number);
    default:
      return toIntegers(data, name, subject);
  }
}

function toIntegers(data: TensorData, name: string, subject: string): ArrayBufferView {
  const range = ranges[name];
  if (range === undefined)
    throw new UnsupportedError(`${subject} has elements of ${name}, which the runtime's JavaScript interface does not carry`);
  const [low, high] = [Number(range[0]), Number(range[1])];
  if (data instanceof BigInt64Array) {
    const refused = data.findIndex((element) => element < range[0] || element > range[1]);
    if (refused >= 0) throw notOfType(subject, name, refused, data[refused]!);
  } else {
    // 2⁶³ and 2⁶⁴ round up to themselves as numbers, just outside their types.
    const open = name === "int64" || name === "uint64";
    for (let i = 0; i < data.length; i++) {
      const element = data[i]!;
      if (!Number.isInteger(element) || element < low || (open ? element >= high : element > high))
        throw notOfType(subject, name, i, element);
    }
  }
  if (name === "int64") return BigInt64Array.from(data as ArrayLike<number | bigint>, BigInt);
  if (name === "uint64") return BigUint64Array.from(data as ArrayLike<number | bigint>, BigInt);
  const array = new arrays[name]!(data.length);
  for (let i = 0; i < array.length; i++) array[i] = Number(data[i]);
  return array;
}

function notOfType(subject: string, name: string, position: number, element: number | bigint): InvalidArgumentError {
  return new InvalidArgumentError(`${subject} takes ${name}, but element ${position} is ${element}`);
}

/** Elements the runtime gave, as core's nearest dtype; the runtime's own array where it already is one. */
export function fromFileElements(
  data: unknown,
  typeName: string,
  subject: string,
): { readonly data: TensorData; readonly dtype: DType } {
  const { dtype, carrier } = elementTypeNamed(typeName) ?? {};
  if (dtype === undefined || carrier !== undefined)
    throw new UnsupportedError(
      `${subject} has elements of ${typeName}, which cannot be handed over as numbers: fetch another value`,
    );
  if (data instanceof Uint32Array || data instanceof BigUint64Array) {
    if (data instanceof BigUint64Array) return { data: signed(data, subject), dtype };
    return { data: BigInt64Array.from(data, BigInt), dtype };
  }
  if (data instanceof Int8Array || data instanceof Int16Array || data instanceof Uint16Array)
    return { data: Int32Array.from(data), dtype };
  // What is left are the dtypes that core has too: their arrays are the same.
  return { data: data as TensorData, dtype };
}

function signed(data: BigUint64Array, subject: string): BigInt64Array {
  const refused = data.findIndex((element) => element > 2n ** 63n - 1n);
  if (refused >= 0)
    throw new UnsupportedError(`${subject} is uint64 and its element ${refused}, ${data[refused]}, is beyond int64`);
  return new BigInt64Array(data.buffer as ArrayBuffer, data.byteOffset, data.length);
}
