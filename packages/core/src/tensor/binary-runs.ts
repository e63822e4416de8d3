import type { NumberData } from "./dtype.ts";

/**
 * One run of an operation of two operands: `length` elements of `out` from position `o` in steps of `so`, of `a` from `i` in steps of
 * `si`, of `b` from `j` in steps of `sj` (a step of 0 repeats an element). Every loop is written out: a shared loop that takes the
 * operation as a function is ten times slower.
 */
export type BinaryRun<Out, In> = (
  out: Out,
  a: In,
  b: In,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
) => void;

export function addNumbers(
  out: NumberData,
  a: NumberData,
  b: NumberData,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! + b[q]!;
}

export function subtractNumbers(
  out: NumberData,
  a: NumberData,
  b: NumberData,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! - b[q]!;
}

export function multiplyNumbers(
  out: NumberData,
  a: NumberData,
  b: NumberData,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! * b[q]!;
}

export function multiplyIntegers(
  out: NumberData,
  a: NumberData,
  b: NumberData,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = Math.imul(a[p]!, b[q]!);
}

export function divideNumbers(
  out: NumberData,
  a: NumberData,
  b: NumberData,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! / b[q]!;
}

export function maximumNumbers(
  out: NumberData,
  a: NumberData,
  b: NumberData,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) {
    const x = a[p]!;
    const y = b[q]!;
    // NaN wins, as in numpy.
    out[r] = x > y || Number.isNaN(x) ? x : y;
  }
}

export function minimumNumbers(
  out: NumberData,
  a: NumberData,
  b: NumberData,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) {
    const x = a[p]!;
    const y = b[q]!;
    // NaN wins, as in numpy.
    out[r] = x < y || Number.isNaN(x) ? x : y;
  }
}

export function equalNumbers(
  out: Uint8Array,
  a: NumberData,
  b: NumberData,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! === b[q]! ? 1 : 0;
}

export function lessNumbers(
  out: Uint8Array,
  a: NumberData,
  b: NumberData,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! < b[q]! ? 1 : 0;
}

export function addBigints(
  out: BigInt64Array,
  a: BigInt64Array,
  b: BigInt64Array,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! + b[q]!;
}

export function subtractBigints(
  out: BigInt64Array,
  a: BigInt64Array,
  b: BigInt64Array,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! - b[q]!;
}

export function multiplyBigints(
  out: BigInt64Array,
  a: BigInt64Array,
  b: BigInt64Array,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! * b[q]!;
}

export function maximumBigints(
  out: BigInt64Array,
  a: BigInt64Array,
  b: BigInt64Array,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) {
    const x = a[p]!;
    const y = b[q]!;
    if (x > y) out[r] = x;
    else out[r] = y;
  }
}

export function minimumBigints(
  out: BigInt64Array,
  a: BigInt64Array,
  b: BigInt64Array,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) {
    const x = a[p]!;
    const y = b[q]!;
    if (x < y) out[r] = x;
    else out[r] = y;
  }
}

export function equalBigints(
  out: Uint8Array,
  a: BigInt64Array,
  b: BigInt64Array,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! === b[q]! ? 1 : 0;
}

export function lessBigints(
  out: Uint8Array,
  a: BigInt64Array,
  b: BigInt64Array,
  length: number,
  o: number,
  so: number,
  i: number,
  si: number,
  j: number,
  sj: number,
): void {
  for (let n = 0, r = o, p = i, q = j; n < length; n++, r += so, p += si, q += sj) out[r] = a[p]! < b[q]! ? 1 : 0;
}
