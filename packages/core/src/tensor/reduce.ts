import { InvalidArgumentError } from "../errors.ts";
import { allocate, bigintsOf, isFloat, type NumberData, numbersOf } from "./dtype.ts";
import { HostTensor } from "./host-tensor.ts";
import { formatShape, resolveAxis, sizeOf, stridesOf } from "./shape.ts";
import type { DType } from "./tensor.ts";
import { forEachRun, longestLast, planWalk } from "./walk.ts";

/** Adds up in float64 (int64: exactly), whatever the dtype; uint8 and bool are counted in int32. */
export function sum(x: HostTensor, axes?: readonly number[], keepDims?: boolean): HostTensor {
  const plan = planReduction("sum", x, axes, keepDims);
  const dtype: DType = x.dtype === "uint8" || x.dtype === "bool" ? "int32" : x.dtype;
  const out = allocate<DType>(dtype, plan.size);
  if (x.dtype === "int64") reduceRuns(x, plan, bigintsOf(out), bigintsOf(x.data), addBigints);
  else numbersOf(out).set(sums(x, plan));
  return new HostTensor<DType>(out, plan.shape, dtype);
}

/** The sum over the count; NaN where there is nothing to average. */
export function mean(x: HostTensor, axes?: readonly number[], keepDims?: boolean): HostTensor {
  if (!isFloat(x.dtype)) throw new InvalidArgumentError(`mean: takes floats, got ${x.dtype}; cast first`);
  const plan = planReduction("mean", x, axes, keepDims);
  const totals = sums(x, plan);
  for (let i = 0; i < totals.length; i++) totals[i] = totals[i]! / plan.count;
  const out = allocate<DType>(x.dtype, plan.size);
  numbersOf(out).set(totals);
  return new HostTensor(out, plan.shape, x.dtype);
}

/** The largest element; NaN wins, as in numpy. */
export function max(x: HostTensor, axes?: readonly number[], keepDims?: boolean): HostTensor {
  const plan = planReduction("max", x, axes, keepDims);
  if (plan.count === 0 && plan.size > 0)
    throw new InvalidArgumentError(`max: there is no largest of no elements (shape ${formatShape(x.shape)})`);
  const out = allocate<DType>(x.dtype, plan.size);
  if (x.dtype === "int64") {
    const largest = bigintsOf(out).fill(-(2n ** 63n));
    reduceRuns(x, plan, largest, bigintsOf(x.data), maxBigints);
  } else {
    const largest = numbersOf(out).fill(isFloat(x.dtype) ? Number.NEGATIVE_INFINITY : x.dtype === "int32" ? -(2 ** 31) : 0);
    reduceRuns(x, plan, largest, numbersOf(x.data), maxNumbers);
  }
  return new HostTensor(out, plan.shape, x.dtype);
}

interface Reduction {
  readonly shape: number[];
  /** Elements of the result. */
  readonly size: number;
  /** Elements that go into each. */
  readonly count: number;
  /** Where an element of `x` goes in the result: its strides, 0 along the reduced axes. */
  readonly strides: readonly number[];
}

function planReduction(name: string, x: HostTensor, axes: readonly number[] | undefined, keepDims = false): Reduction {
  const rank = x.shape.length;
  const reduced = new Set((axes ?? x.shape.map((_, axis) => axis)).map((axis) => resolveAxis(name, axis, rank)));
  if (axes !== undefined && reduced.size !== axes.length)
    throw new InvalidArgumentError(`${name}: axes ${formatShape(axes)} name one axis twice`);
  const kept = x.shape.map((length, axis) => (reduced.has(axis) ? 1 : length));
  const strides = stridesOf(kept).map((stride, axis) => (reduced.has(axis) ? 0 : stride));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !reduced.has(axis));
  const count = sizeOf(x.shape.filter((_, axis) => reduced.has(axis)));
  return { shape, size: sizeOf(shape), count, strides };
}

function sums(x: HostTensor, plan: Reduction): Float64Array {
  const totals = new Float64Array(plan.size);
  reduceRuns(x, plan, totals, numbersOf(x.data), addNumbers);
  return totals;
}

/** `length` elements of `x` from `i` in steps of `si` go into `out` from `o` in steps of `so`; a step of 0 stays at one element. */
type ReduceRun<Out, In> = (out: Out, x: In, length: number, o: number, so: number, i: number, si: number) => void;

function reduceRuns<Out, In>(x: HostTensor, reduction: Reduction, out: Out, data: In, run: ReduceRun<Out, In>): void {
  const plan = planWalk(x.shape, [reduction.strides, stridesOf(x.shape)]);
  // Reduced axes keep their order, so that the same numbers are always added in the same order.
  const walk = longestLast(plan, (axis) => plan.strides[0]![axis] !== 0);
  const inner = walk.lengths.length - 1;
  const length = walk.lengths[inner]!;
  const [so, si] = walk.strides.map((strides) => strides[inner]!);
  forEachRun(walk, ([o, i]) => {
    run(out, data, length, o!, so!, i!, si!);
  });
}

function addNumbers(out: Float64Array, x: NumberData, length: number, o: number, so: number, i: number, si: number): void {
  if (so === 0) {
    let total = out[o]!;
    for (let n = 0, p = i; n < length; n++, p += si) total += x[p]!;
    out[o] = total;
  } else for (let n = 0, q = o, p = i; n < length; n++, q += so, p += si) out[q] = out[q]! + x[p]!;
}

function addBigints(out: BigInt64Array, x: BigInt64Array, length: number, o: number, so: number, i: number, si: number): void {
  for (let n = 0, q = o, p = i; n < length; n++, q += so, p += si) out[q] = out[q]! + x[p]!;
}

function maxNumbers(out: NumberData, x: NumberData, length: number, o: number, so: number, i: number, si: number): void {
  for (let n = 0, q = o, p = i; n < length; n++, q += so, p += si) {
    const element = x[p]!;
    if (element > out[q]! || Number.isNaN(element)) out[q] = element;
  }
}

function maxBigints(out: BigInt64Array, x: BigInt64Array, length: number, o: number, so: number, i: number, si: number): void {
  for (let n = 0, q = o, p = i; n < length; n++, q += so, p += si) if (x[p]! > out[q]!) out[q] = x[p]!;
}
