import { InvalidArgumentError } from "../errors.ts";
import { allocate, wordsOf } from "./dtype.ts";
import { HostTensor } from "./host-tensor.ts";
import { broadcastShapes, broadcastStrides, sizeOf } from "./shape.ts";
import type { DType } from "./tensor.ts";
import { forEachRun, planWalk } from "./walk.ts";

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
  const plan = planWalk(
    shape,
    [condition, a, b].map((operand) => broadcastStrides(operand.shape, shape)),
  );
  const inner = plan.lengths.length - 1;
  const length = plan.lengths[inner]!;
  const [dc, di, dj] = plan.strides.map((strides) => strides[inner]!);
  const pick = out.BYTES_PER_ELEMENT === 8 ? pickPairs : pickWords;
  const outWords = wordsOf(out);
  const aWords = wordsOf(a.data);
  const bWords = wordsOf(b.data);
  // bool tensors hold bytes.
  const conditions = condition.data as Uint8Array;
  let o = 0;
  forEachRun(plan, ([c, i, j]) => {
    pick(outWords, conditions, aWords, bWords, length, o, c!, dc!, i!, di!, j!, dj!);
    o += length;
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
  c: number,
  dc: number,
  i: number,
  di: number,
  j: number,
  dj: number,
): void {
  for (let n = 0, r = c, p = i, q = j; n < length; n++, r += dc, p += di, q += dj)
    out[o + n] = conditions[r] !== 0 ? a[p]! : b[q]!;
}

function pickPairs(
  out: Words,
  conditions: Uint8Array,
  a: Words,
  b: Words,
  length: number,
  o: number,
  c: number,
  dc: number,
  i: number,
  di: number,
  j: number,
  dj: number,
): void {
  for (let n = 0, r = c, p = i, q = j; n < length; n++, r += dc, p += di, q += dj) {
    const from = conditions[r] !== 0 ? a : b;
    const at = 2 * (conditions[r] !== 0 ? p : q);
    const to = 2 * (o + n);
    out[to] = from[at]!;
    out[to + 1] = from[at + 1]!;
  }
}
