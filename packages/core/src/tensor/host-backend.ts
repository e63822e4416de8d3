import { InvalidArgumentError } from "../errors.ts";
import { broadcastTo, concat, gather, reshape, slice, transpose } from "./arrange.ts";
import { add, div, equal, less, maximum, minimum, mul, sub } from "./binary.ts";
import { cast } from "./convert.ts";
import { tensor } from "./from.ts";
import { HostTensor } from "./host-tensor.ts";
import { matMul } from "./mat-mul.ts";
import { max, mean, sum } from "./reduce.ts";
import { hostScope } from "./scope.ts";
import type { DType, Scope, Shape, Tensor, TensorBackend, TensorData, TensorLike } from "./tensor.ts";
import { abs, exp, log, neg, sqrt } from "./unary.ts";
import { where } from "./where.ts";

/** A {@link TensorBackend} whose tensors are {@link HostTensor}s. */
export interface HostBackend extends TensorBackend {
  from(value: TensorLike, dtype?: DType): HostTensor;
  fromData(data: TensorData, shape: Shape, dtype: DType): HostTensor;
  read(tensor: Tensor): Promise<HostTensor>;
  scope(): Scope;
  cast(x: Tensor, dtype: DType): HostTensor;
  add(a: Tensor, b: Tensor): HostTensor;
  sub(a: Tensor, b: Tensor): HostTensor;
  mul(a: Tensor, b: Tensor): HostTensor;
  div(a: Tensor, b: Tensor): HostTensor;
  maximum(a: Tensor, b: Tensor): HostTensor;
  minimum(a: Tensor, b: Tensor): HostTensor;
  equal(a: Tensor, b: Tensor): HostTensor;
  less(a: Tensor, b: Tensor): HostTensor;
  neg(x: Tensor): HostTensor;
  abs(x: Tensor): HostTensor;
  exp(x: Tensor): HostTensor;
  log(x: Tensor): HostTensor;
  sqrt(x: Tensor): HostTensor;
  where(condition: Tensor, a: Tensor, b: Tensor): HostTensor;
  sum(x: Tensor, axes?: readonly number[], keepDims?: boolean): HostTensor;
  mean(x: Tensor, axes?: readonly number[], keepDims?: boolean): HostTensor;
  max(x: Tensor, axes?: readonly number[], keepDims?: boolean): HostTensor;
  reshape(x: Tensor, shape: Shape): HostTensor;
  transpose(x: Tensor, permutation: readonly number[]): HostTensor;
  broadcastTo(x: Tensor, shape: Shape): HostTensor;
  slice(x: Tensor, begin: readonly number[], end: readonly number[]): HostTensor;
  concat(tensors: readonly Tensor[], axis: number): HostTensor;
  gather(x: Tensor, indices: Tensor, axis: number): HostTensor;
  matMul(a: Tensor, b: Tensor): HostTensor;
}

/**
 * The tensor backend in plain TypeScript, over typed arrays: exact (integers wrap, sums add up in float64), without dependencies, the
 * default of black-box functions and the oracle other backends are tested against.
 */
export const hostBackend: HostBackend = {
  name: "host",
  from: (value, dtype) => tensor(value, dtype),
  fromData: (data, shape, dtype) => new HostTensor(data, [...shape], dtype),
  read: async (x) => host("read", x),
  scope: hostScope,
  cast: (x, dtype) => cast(host("cast", x), dtype),
  add: (a, b) => add(host("add", a), host("add", b)),
  sub: (a, b) => sub(host("sub", a), host("sub", b)),
  mul: (a, b) => mul(host("mul", a), host("mul", b)),
  div: (a, b) => div(host("div", a), host("div", b)),
  maximum: (a, b) => maximum(host("maximum", a), host("maximum", b)),
  minimum: (a, b) => minimum(host("minimum", a), host("minimum", b)),
  equal: (a, b) => equal(host("equal", a), host("equal", b)),
  less: (a, b) => less(host("less", a), host("less", b)),
  neg: (x) => neg(host("neg", x)),
  abs: (x) => abs(host("abs", x)),
  exp: (x) => exp(host("exp", x)),
  log: (x) => log(host("log", x)),
  sqrt: (x) => sqrt(host("sqrt", x)),
  where: (condition, a, b) => where(host("where", condition), host("where", a), host("where", b)),
  sum: (x, axes, keepDims) => sum(host("sum", x), axes, keepDims),
  mean: (x, axes, keepDims) => mean(host("mean", x), axes, keepDims),
  max: (x, axes, keepDims) => max(host("max", x), axes, keepDims),
  reshape: (x, shape) => reshape(host("reshape", x), shape),
  transpose: (x, permutation) => transpose(host("transpose", x), permutation),
  broadcastTo: (x, shape) => broadcastTo(host("broadcastTo", x), shape),
  slice: (x, begin, end) => slice(host("slice", x), begin, end),
  concat: (tensors, axis) =>
    concat(
      tensors.map((x) => host("concat", x)),
      axis,
    ),
  gather: (x, indices, axis) => gather(host("gather", x), host("gather", indices), axis),
  matMul: (a, b) => matMul(host("matMul", a), host("matMul", b)),
};

/** What the host can look inside: its own tensors, and what lies on the host under the same names (another copy of this package). */
function host(operation: string, x: Tensor | null | undefined): HostTensor {
  if (x instanceof HostTensor) return x;
  if (typeof x === "object" && x !== null && "data" in x && ArrayBuffer.isView(x.data)) return tensor(x);
  throw new InvalidArgumentError(
    `${operation}: takes tensors of the host backend; make one with hostBackend.from(…) or read it there first`,
  );
}
