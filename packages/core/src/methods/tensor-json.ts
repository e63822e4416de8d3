import { InvalidArgumentError } from "../errors.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import type { DType } from "../tensor/tensor.ts";

/**
 * A tensor as plain data: row-major elements. What JSON numbers cannot hold is written as a string, so that every element comes back
 * bit for bit (any NaN as NaN): `"NaN"`, `"Infinity"`, `"-Infinity"`, `"-0"`, and int64 elements beyond ±2⁵³ in digits.
 */
export interface TensorJson {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** A tensor as plain data; numbers that JSON does not know become strings. */
export function tensorToJson(tensor: HostTensor): TensorJson {
  const data: (number | string)[] = new Array(tensor.data.length);
  for (let i = 0; i < data.length; i++) data[i] = elementToJson(tensor.data[i]!);
  return { dtype: tensor.dtype, shape: [...tensor.shape], data };
}

function elementToJson(element: number | bigint): number | string {
  if (typeof element === "bigint") {
    const number = Number(element);
    return Number.isSafeInteger(number) ? number : element.toString();
  }
  if (Number.isFinite(element)) return Object.is(element, -0) ? "-0" : element;
  return String(element);
}

/** @throws InvalidArgumentError where it is no tensor of {@link TensorJson}; `name` says which in the sentence. */
export function tensorFromJson(json: unknown, name: string): HostTensor {
  const { dtype, shape, data } = (typeof json === "object" && json !== null ? json : {}) as Partial<
    Record<keyof TensorJson, unknown>
  >;
  if (!Array.isArray(shape) || !Array.isArray(data))
    throw new InvalidArgumentError(`${name} must have a dtype, a shape and data`);
  const elements: unknown[] = data;
  const at = (i: number): number => numberOf(elements[i], name);
  const fill = <A extends { [index: number]: number }>(array: A): A => {
    for (let i = 0; i < elements.length; i++) array[i] = at(i);
    return array;
  };
  const { length } = elements;
  // HostTensor checks that the shape is one and holds as many elements.
  switch (dtype) {
    case "float32":
      return new HostTensor(fill(new Float32Array(length)), shape, dtype);
    case "float64":
      return new HostTensor(fill(new Float64Array(length)), shape, dtype);
    case "int32":
      return new HostTensor(fill(new Int32Array(length)), shape, dtype);
    case "uint8":
    case "bool":
      return new HostTensor(fill(new Uint8Array(length)), shape, dtype);
    case "int64": {
      const array = new BigInt64Array(length);
      for (let i = 0; i < length; i++) array[i] = integerOf(elements[i], name);
      return new HostTensor(array, shape, dtype);
    }
    default:
      throw new InvalidArgumentError(`${name} has dtype ${JSON.stringify(dtype)}, which is none of ours`);
  }
}

function numberOf(element: unknown, name: string): number {
  if (typeof element === "number") return element;
  if (element === "NaN" || element === "Infinity" || element === "-Infinity" || element === "-0") return Number(element);
  throw new InvalidArgumentError(`${name} holds ${JSON.stringify(element)}, not a number`);
}

function integerOf(element: unknown, name: string): bigint {
  if (typeof element === "number" && Number.isSafeInteger(element)) return BigInt(element);
  if (typeof element === "string" && /^-?\d+$/.test(element)) return BigInt(element);
  throw new InvalidArgumentError(`${name} holds ${JSON.stringify(element)}, not a whole number`);
}
