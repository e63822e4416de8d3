import { describe, expect, test } from "vitest";
import { describeTensorBackend } from "../../../testing/src/index.ts";
import { InvalidArgumentError } from "../errors.ts";
import { tensor } from "./from.ts";
import { hostBackend } from "./host-backend.ts";
import { HostTensor } from "./host-tensor.ts";

describeTensorBackend("host", hostBackend, { describe, test });

describe("the host backend", () => {
  test("reshapes and cuts rows without a copy", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(hostBackend.reshape(x, [6]).data.buffer).toBe(x.data.buffer);
    const rows = hostBackend.slice(x, [1, 0], [3, 2]);
    expect(rows.data.buffer).toBe(x.data.buffer);
    expect(rows.toArray()).toEqual([
      [3, 4],
      [5, 6],
    ]);
  });

  test("integers wrap as their dtype does", () => {
    const big = tensor([2 ** 31 - 1], "int32");
    expect(hostBackend.add(big, tensor([1], "int32")).item()).toBe(-(2 ** 31));
    expect(hostBackend.mul(big, big).item()).toBe(1);
    expect(hostBackend.add(tensor(2n ** 63n - 1n), tensor(1n)).item()).toBe(-(2n ** 63n));
    expect(hostBackend.add(tensor([255], "uint8"), tensor([2], "uint8")).item()).toBe(1);
  });

  test("float32 sums add up in float64", () => {
    const x = hostBackend.fromData(new Float32Array(4_000_001).fill(0.1), [4_000_001], "float32");
    expect(hostBackend.sum(x).item()).toBe(Math.fround(Math.fround(0.1) * 4_000_001));
    expect(hostBackend.mean(x).item()).toBe(Math.fround(0.1));
  });

  test("cast wraps what is outside the new range, and makes NaN and infinities 0", () => {
    const x = tensor([2 ** 32 + 5, -1, 300.9, Number.NaN, Number.POSITIVE_INFINITY], "float64");
    expect(hostBackend.cast(x, "int32").toArray()).toEqual([5, -1, 300, 0, 0]);
    expect(hostBackend.cast(x, "uint8").toArray()).toEqual([5, 255, 44, 0, 0]);
    expect(hostBackend.cast(x, "int64").toArray()).toEqual([2n ** 32n + 5n, -1n, 300n, 0n, 0n]);
    expect(hostBackend.cast(tensor([2n ** 40n + 7n, -(2n ** 63n)]), "int32").toArray()).toEqual([7, 0]);
    expect(hostBackend.cast(tensor([2n ** 40n + 7n, -1n]), "uint8").toArray()).toEqual([7, 255]);
  });

  test("the mean and the sum of nothing are NaN and 0, the largest of nothing is refused", () => {
    const none = hostBackend.fromData(new Float32Array(0), [2, 0], "float32");
    expect(hostBackend.mean(none, [1]).toArray()).toEqual([Number.NaN, Number.NaN]);
    expect(hostBackend.sum(none, [1]).toArray()).toEqual([0, 0]);
    expect(() => hostBackend.max(none, [1])).toThrow("no largest of no elements");
  });

  test("negative axes count from the back", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(hostBackend.sum(x, [-1]).toArray()).toEqual([6, 15]);
    expect(hostBackend.concat([x, x], -1).shape).toEqual([2, 6]);
  });

  test("arithmetic of bool is refused with the way out", () => {
    const x = tensor([true, false]);
    for (const operation of [() => hostBackend.add(x, x), () => hostBackend.mul(x, x), () => hostBackend.neg(x)])
      expect(operation).toThrow("cast to a number first");
  });

  test("tensors of another copy of the package are read, those of another backend refused", () => {
    const alike = { data: Float32Array.of(1, 2), shape: [2], dtype: "float32" as const };
    expect(hostBackend.neg(alike).toArray()).toEqual([-1, -2]);
    expect(() => hostBackend.neg({ shape: [2], dtype: "float32" })).toThrow("neg: takes tensors of the host backend");
    // @ts-expect-error nothing is no tensor
    expect(() => hostBackend.neg(undefined)).toThrow(InvalidArgumentError);
  });

  test("reading gives the tensor itself", async () => {
    const x = tensor([1, 2]);
    expect(await hostBackend.read(x)).toBe(x);
    expect(x).toBeInstanceOf(HostTensor);
  });
});
