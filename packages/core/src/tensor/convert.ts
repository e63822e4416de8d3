import { InvalidArgumentError } from "../errors.ts";
import { allocate, type NumberData, numbersOf } from "./dtype.ts";
import { HostTensor } from "./host-tensor.ts";
import { formatShape, unravel } from "./shape.ts";
import type { DataOf, DType, Shape, TensorData } from "./tensor.ts";

/** Elements of any kind a caller may hand over, flat. */
export type Elements = ArrayLike<number | bigint | boolean>;

/** The integers a dtype can hold, both ends included. */
const ranges: { readonly [D in "int32" | "int64" | "uint8" | "bool"]: readonly [number, number] } = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  // Larger numbers are not exact any more; bigints are checked against the whole range.
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 255],
  bool: [0, 1],
};

/**
 * Elements as a dtype, nothing lost that was meant: floats round, but a fraction or a number outside the range never becomes an
 * integer silently.
 *
 * @param what names the tensor in messages.
 */
export function convertChecked<D extends DType>(elements: Elements, shape: Shape, dtype: D, what: string): DataOf[D] {
  const out: TensorData = allocate<DType>(dtype, elements.length);
  if (dtype === "float32" || dtype === "float64") fillFloats(numbersOf(out), elements);
  else if (dtype === "int64") fillBigints(out as BigInt64Array, elements, shape, what);
  else fillIntegers(numbersOf(out), elements, shape, dtype as "int32" | "uint8" | "bool", what);
  // The branches above are the dtypes of the three kinds of array.
  return out as DataOf[D];
}

function fillFloats(out: NumberData, elements: Elements): void {
  for (let i = 0; i < out.length; i++) out[i] = Number(elements[i]);
}

function fillIntegers(out: NumberData, elements: Elements, shape: Shape, dtype: "int32" | "uint8" | "bool", what: string): void {
  const [least, most] = ranges[dtype];
  for (let i = 0; i < out.length; i++) {
    const value = Number(elements[i]);
    if (!Number.isInteger(value) || value < least || value > most) refuse(elements, i, shape, dtype, what);
    out[i] = value;
  }
}

function fillBigints(out: BigInt64Array, elements: Elements, shape: Shape, what: string): void {
  const [least, most] = ranges.int64;
  for (let i = 0; i < out.length; i++) {
    const element = elements[i]!;
    if (typeof element === "bigint") {
      if (BigInt.asIntN(64, element) !== element) refuse(elements, i, shape, "int64", what);
      out[i] = element;
    } else {
      const value = Number(element);
      if (!Number.isInteger(value) || value < least || value > most) refuse(elements, i, shape, "int64", what);
      out[i] = BigInt(value);
    }
  }
}

function refuse(elements: Elements, position: number, shape: Shape, dtype: DType, what: string): never {
  const place = shape.length === 0 ? "" : `element ${formatShape(unravel(position, shape))} of `;
  const holds = dtype === "bool" ? "bool holds 0 and 1" : `${dtype} cannot hold it`;
  throw new InvalidArgumentError(`${place}${what} is ${String(elements[position])}: ${holds}`);
}

/**
 * Another dtype, as numpy casts: floats are cut off towards zero, integers wrap round the range of the new dtype, NaN and infinities
 * become integer 0, and everything but 0 is true.
 */
export function cast(x: HostTensor, dtype: DType): HostTensor {
  if (x.dtype === dtype) return x;
  const out = allocate<DType>(dtype, x.data.length);
  if (out instanceof BigInt64Array) castToBigints(out, numbersOf(x.data));
  else if (x.data instanceof BigInt64Array) castFromBigints(out, x.data, dtype);
  else if (dtype === "bool") castToBool(out, x.data);
  // Typed arrays cut off and wrap by themselves (ToInt32, ToUint8).
  else out.set(x.data);
  return new HostTensor(out, x.shape, dtype);
}

function castToBool(out: NumberData, x: NumberData): void {
  for (let i = 0; i < out.length; i++) out[i] = x[i] === 0 ? 0 : 1;
}

function castToBigints(out: BigInt64Array, x: NumberData): void {
  for (let i = 0; i < out.length; i++) {
    const whole = Math.trunc(x[i]!);
    out[i] = Number.isFinite(whole) ? BigInt(whole) : 0n;
  }
}

function castFromBigints(out: NumberData, x: BigInt64Array, dtype: DType): void {
  if (dtype === "bool") for (let i = 0; i < out.length; i++) out[i] = x[i] === 0n ? 0 : 1;
  else if (dtype === "float32" || dtype === "float64") for (let i = 0; i < out.length; i++) out[i] = Number(x[i]!);
  else for (let i = 0; i < out.length; i++) out[i] = Number(BigInt.asIntN(32, x[i]!));
}
