import { InvalidArgumentError } from "../errors.ts";
import { allocate, bigintsOf, isFloat, type NumberData, numbersOf } from "./dtype.ts";
import { HostTensor } from "./host-tensor.ts";
import { broadcastShapes, broadcastStrides, checkShape, formatShape } from "./shape.ts";
import type { DType } from "./tensor.ts";
import { forEachRun, planWalk } from "./walk.ts";

/** Product of the last two axes, `[..., m, k]` by `[..., k, n]`; floats add up in float64, integers wrap as their dtype does. */
export function matMul(a: HostTensor, b: HostTensor): HostTensor {
  if (a.dtype !== b.dtype)
    throw new InvalidArgumentError(
      `matMul: takes two tensors of one dtype, got ${a.dtype} and ${b.dtype}; cast one of them first`,
    );
  if (a.dtype === "bool") throw new InvalidArgumentError("matMul: does not calculate with bool; cast to a number first");
  const [m, k] = a.shape.slice(-2);
  const [k2, n] = b.shape.slice(-2);
  if (m === undefined || k === undefined || k2 === undefined || n === undefined || k !== k2)
    throw new InvalidArgumentError(
      `matMul: ${formatShape(a.shape)} and ${formatShape(b.shape)} are no product [..., m, k] by [..., k, n]`,
    );
  const leads = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const lead = broadcastShapes("matMul", leads);
  const shape = [...lead, m, n];
  const out = allocate<DType>(a.dtype, checkShape(shape, "matMul: the result's shape"));
  const product = productOf(a, b, out, m, k, n);
  // The strides of whole matrices, so every run is a run of matrices.
  const plan = planWalk(
    lead,
    leads.map((shape) => broadcastStrides(shape, lead)),
  );
  const inner = plan.lengths.length - 1;
  let matrix = 0;
  forEachRun(plan, ([i, j]) => {
    for (let r = 0; r < plan.lengths[inner]!; r++) {
      product(matrix * m * n, (i! + r * plan.strides[0]![inner]!) * m * k, (j! + r * plan.strides[1]![inner]!) * k * n);
      matrix++;
    }
  });
  return new HostTensor(out, shape, a.dtype);
}

type Product = (o: number, i: number, j: number) => void;

function productOf(a: HostTensor, b: HostTensor, out: HostTensor["data"], m: number, k: number, n: number): Product {
  if (a.dtype === "int64") {
    const [x, y, z] = [bigintsOf(a.data), bigintsOf(b.data), bigintsOf(out)];
    return (o, i, j) => multiplyBigints(z, x, y, m, k, n, o, i, j);
  }
  const [x, y, z] = [numbersOf(a.data), numbersOf(b.data), numbersOf(out)];
  if (!isFloat(a.dtype)) {
    const row = new Int32Array(n);
    return (o, i, j) => multiplyIntegers(z, row, x, y, m, k, n, o, i, j);
  }
  const row = new Float64Array(n);
  return (o, i, j) => multiplyFloats(z, row, x, y, m, k, n, o, i, j);
}

function multiplyFloats(
  out: NumberData,
  row: Float64Array,
  a: NumberData,
  b: NumberData,
  m: number,
  k: number,
  n: number,
  o: number,
  i: number,
  j: number,
): void {
  for (let r = 0; r < m; r++) {
    row.fill(0);
    for (let s = 0; s < k; s++) {
      const factor = a[i + r * k + s]!;
      const start = j + s * n;
      for (let c = 0; c < n; c++) row[c] = row[c]! + factor * b[start + c]!;
    }
    out.set(row, o + r * n);
  }
}

function multiplyIntegers(
  out: NumberData,
  row: Int32Array,
  a: NumberData,
  b: NumberData,
  m: number,
  k: number,
  n: number,
  o: number,
  i: number,
  j: number,
): void {
  for (let r = 0; r < m; r++) {
    row.fill(0);
    for (let s = 0; s < k; s++) {
      const factor = a[i + r * k + s]!;
      const start = j + s * n;
      for (let c = 0; c < n; c++) row[c] = row[c]! + Math.imul(factor, b[start + c]!);
    }
    out.set(row, o + r * n);
  }
}

function multiplyBigints(
  out: BigInt64Array,
  a: BigInt64Array,
  b: BigInt64Array,
  m: number,
  k: number,
  n: number,
  o: number,
  i: number,
  j: number,
): void {
  for (let r = 0; r < m; r++)
    for (let c = 0; c < n; c++) {
      let total = 0n;
      for (let s = 0; s < k; s++) total += a[i + r * k + s]! * b[j + s * n + c]!;
      out[o + r * n + c] = total;
    }
}
