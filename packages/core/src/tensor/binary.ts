import { InvalidArgumentError } from "../errors.ts";
import * as runs from "./binary-runs.ts";
import { allocate, bigintsOf, isFloat, type NumberData, numbersOf } from "./dtype.ts";
import { HostTensor } from "./host-tensor.ts";
import { broadcastShapes, broadcastStrides, sizeOf, stridesOf } from "./shape.ts";
import type { DType } from "./tensor.ts";
import { forEachRun, longestLast, planWalk } from "./walk.ts";

/** The loops of an operation: one for JavaScript numbers, one for bigints. */
interface Loops<OutNumbers, OutBigints> {
  readonly numbers: runs.BinaryRun<OutNumbers, NumberData>;
  readonly bigints?: runs.BinaryRun<OutBigints, BigInt64Array>;
}

export function add(a: HostTensor, b: HostTensor): HostTensor {
  refuseBool("add", a);
  return arithmetic("add", a, b, { numbers: runs.addNumbers, bigints: runs.addBigints });
}

export function sub(a: HostTensor, b: HostTensor): HostTensor {
  refuseBool("sub", a);
  return arithmetic("sub", a, b, { numbers: runs.subtractNumbers, bigints: runs.subtractBigints });
}

export function mul(a: HostTensor, b: HostTensor): HostTensor {
  refuseBool("mul", a);
  const numbers = isFloat(a.dtype) ? runs.multiplyNumbers : runs.multiplyIntegers;
  return arithmetic("mul", a, b, { numbers, bigints: runs.multiplyBigints });
}

export function div(a: HostTensor, b: HostTensor): HostTensor {
  if (!isFloat(a.dtype)) throw new InvalidArgumentError(`div: divides floats, got ${a.dtype}; cast first`);
  return arithmetic("div", a, b, { numbers: runs.divideNumbers });
}

export function maximum(a: HostTensor, b: HostTensor): HostTensor {
  return arithmetic("maximum", a, b, { numbers: runs.maximumNumbers, bigints: runs.maximumBigints });
}

export function minimum(a: HostTensor, b: HostTensor): HostTensor {
  return arithmetic("minimum", a, b, { numbers: runs.minimumNumbers, bigints: runs.minimumBigints });
}

export function equal(a: HostTensor, b: HostTensor): HostTensor {
  return comparison("equal", a, b, { numbers: runs.equalNumbers, bigints: runs.equalBigints });
}

export function less(a: HostTensor, b: HostTensor): HostTensor {
  return comparison("less", a, b, { numbers: runs.lessNumbers, bigints: runs.lessBigints });
}

function arithmetic(name: string, a: HostTensor, b: HostTensor, loops: Loops<NumberData, BigInt64Array>): HostTensor {
  const shape = resultShape(name, a, b);
  const out = allocate<DType>(a.dtype, sizeOf(shape));
  if (a.dtype === "int64") {
    if (loops.bigints === undefined) throw new InvalidArgumentError(`${name}: int64 is not supported`);
    walk(loops.bigints, bigintsOf(out), bigintsOf(a.data), bigintsOf(b.data), shape, a, b);
  } else walk(loops.numbers, numbersOf(out), numbersOf(a.data), numbersOf(b.data), shape, a, b);
  return new HostTensor(out, shape, a.dtype);
}

function comparison(name: string, a: HostTensor, b: HostTensor, loops: Required<Loops<Uint8Array, Uint8Array>>): HostTensor {
  const shape = resultShape(name, a, b);
  const out = allocate("bool", sizeOf(shape));
  if (a.dtype === "int64") walk(loops.bigints, out, bigintsOf(a.data), bigintsOf(b.data), shape, a, b);
  else walk(loops.numbers, out, numbersOf(a.data), numbersOf(b.data), shape, a, b);
  return new HostTensor(out, shape, "bool");
}

function resultShape(name: string, a: HostTensor, b: HostTensor): number[] {
  if (a.dtype !== b.dtype)
    throw new InvalidArgumentError(
      `${name}: takes two tensors of one dtype, got ${a.dtype} and ${b.dtype}; cast one of them first`,
    );
  return broadcastShapes(name, [a.shape, b.shape]);
}

function refuseBool(name: string, a: HostTensor): void {
  if (a.dtype === "bool") throw new InvalidArgumentError(`${name}: does not calculate with bool; cast to a number first`);
}

function walk<Out, In>(
  run: runs.BinaryRun<Out, In>,
  out: Out,
  aData: In,
  bData: In,
  shape: readonly number[],
  a: HostTensor,
  b: HostTensor,
): void {
  const plan = longestLast(
    planWalk(shape, [stridesOf(shape), broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)]),
  );
  const inner = plan.lengths.length - 1;
  const length = plan.lengths[inner]!;
  const [so, si, sj] = plan.strides.map((strides) => strides[inner]!);
  forEachRun(plan, ([o, i, j]) => {
    run(out, aData, bData, length, o!, so!, i!, si!, j!, sj!);
  });
}
