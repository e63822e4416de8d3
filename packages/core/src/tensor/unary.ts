import { InvalidArgumentError } from "../errors.ts";
import { allocate, bigintsOf, isFloat, type NumberData, numbersOf } from "./dtype.ts";
import { HostTensor } from "./host-tensor.ts";
import type { DType } from "./tensor.ts";

/** One pass over all elements, written out for every operation: a loop that takes the operation as a function is ten times slower. */
type Pass<T> = (out: T, x: T) => void;

export function neg(x: HostTensor): HostTensor {
  return x.dtype === "int64" ? bigints(x, negateBigints) : numbers("neg", x, negateNumbers);
}

export function abs(x: HostTensor): HostTensor {
  return x.dtype === "int64" ? bigints(x, absBigints) : numbers("abs", x, absNumbers);
}

export function exp(x: HostTensor): HostTensor {
  return floats("exp", x, expNumbers);
}

export function log(x: HostTensor): HostTensor {
  return floats("log", x, logNumbers);
}

export function sqrt(x: HostTensor): HostTensor {
  return floats("sqrt", x, sqrtNumbers);
}

function floats(name: string, x: HostTensor, pass: Pass<NumberData>): HostTensor {
  if (!isFloat(x.dtype)) throw new InvalidArgumentError(`${name}: takes floats, got ${x.dtype}; cast first`);
  return numbers(name, x, pass);
}

function numbers(name: string, x: HostTensor, pass: Pass<NumberData>): HostTensor {
  if (x.dtype === "bool") throw new InvalidArgumentError(`${name}: does not calculate with bool; cast to a number first`);
  const out = allocate<DType>(x.dtype, x.data.length);
  pass(numbersOf(out), numbersOf(x.data));
  return new HostTensor(out, x.shape, x.dtype);
}

function bigints(x: HostTensor, pass: Pass<BigInt64Array>): HostTensor {
  const out = allocate("int64", x.data.length);
  pass(out, bigintsOf(x.data));
  return new HostTensor(out, x.shape, "int64");
}

function negateNumbers(out: NumberData, x: NumberData): void {
  for (let i = 0; i < out.length; i++) out[i] = -x[i]!;
}

function absNumbers(out: NumberData, x: NumberData): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i]!);
}

function expNumbers(out: NumberData, x: NumberData): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.exp(x[i]!);
}

function logNumbers(out: NumberData, x: NumberData): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.log(x[i]!);
}

function sqrtNumbers(out: NumberData, x: NumberData): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i]!);
}

function negateBigints(out: BigInt64Array, x: BigInt64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = -x[i]!;
}

function absBigints(out: BigInt64Array, x: BigInt64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = x[i]! < 0n ? -x[i]! : x[i]!;
}
