import { InvalidArgumentError } from "../errors.ts";
import { allocate, wordsOf } from "./dtype.ts";
import { HostTensor } from "./host-tensor.ts";
import { broadcastShapes, broadcastStrides, sizeOf, stridesOf } from "./shape.ts";
import type { DType } from "./tensor.ts";
import { forEachRun, longestLast, planWalk } from "./walk.ts";

type Words = Uint8Array | Int32Array;

/** `condition ? a : b`, element by element. Elements are only moved, so the loops know their size and not their dtype. */
export function where(condition: HostTensor, a: HostTensor, b: HostTensor): HostTensor {
  if (condition.dtype !== "bool") throw new InvalidArgumentError(`where: condition must be bool, got ${condition.dtype}`);
  if (a.dtype !== b.dtype)
    throw new InvalidArgumentError(
      `where: picks from two tensors of one dtype, got ${a.dtype} and ${b.dtype}; cast one of them first`,
    );
  const shape = broadcastShapes("where", [condition.shape, a.shape, b.shape]);
  const out = allocate<DType>(a.dtype, sizeOf(shape));
  const views = [condition, a, b].map((operand) => broadcastStrides(operand.shape, shape));
  const plan = longestLast(planWalk(shape, [stridesOf(shape), ...views]));
  const inner = plan.lengths.length - 1;
  const length = plan.lengths[inner]!;
  const [so, sc, si, sj] = plan.strides.map((strides) => strides[inner]!);
  const pick = out.BYTES_PER_ELEMENT === 8 ? pickPairs : pickWords;
  const outWords = wordsOf(out);
  const aWords = wordsOf(a.data);
  const bWords = wordsOf(b.data);
  // bool tensors hold bytes.
  const conditions = condition.data as Uint8Array;
  forEachRun(plan, ([o, c, i, j]) => {
    pick(outWords, conditions, aWords, bWords, length, o!, so!, c!, sc!, i!, si!, j!, sj!);
  });
  return new HostTensor(out, shape, a.dtype);
}

function pickWords(
  out: Words,
  conditions: Uint8Array,
  a: Words,
  b: Words,
  length: number,
  o: number,
  so: number,
  c: number,
  sc: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, t = o, r = c, p = i, q = j; n < length; n++, t += so, r += sc, p += si, q += sj)
    out[t] = conditions[r] !== 0 ? a[p]! : b[q]!;
}

function pickPairs(
  out: Words,
  conditions: Uint8Array,
  a: Words,
  b: Words,
  length: number,
  o: number,
  so: number,
  c: number,
  sc: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, t = o, r = c, p = i, q = j; n < length; n++, t += so, r += sc, p += si, q += sj) {
    const from = conditions[r] !== 0 ? a : b;
    const at = 2 * (conditions[r] !== 0 ? p : q);
    const to = 2 * t;
    out[to] = from[at]!;
    out[to + 1] = from[at + 1]!;
  }
}
