import { describe, expect, test } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { tensor } from "./from.ts";
import { HostTensor } from "./host-tensor.ts";

describe("HostTensor", () => {
  test("toArray nests the elements as the shape says", () => {
    const x = new HostTensor(Float64Array.of(1, 2, 3, 4, 5, 6), [3, 1, 2], "float64");
    expect(x.toArray()).toEqual([[[1, 2]], [[3, 4]], [[5, 6]]]);
    expect(tensor(7).toArray()).toBe(7);
    expect(new HostTensor(new Float32Array(0), [2, 0], "float32").toArray()).toEqual([[], []]);
    expect(new HostTensor(new Float32Array(0), [0, 2], "float32").toArray()).toEqual([]);
  });

  test("item reads the only element as its dtype reads", () => {
    expect(tensor([[2.5]]).item()).toBe(2.5);
    expect(tensor(3n).item()).toBe(3n);
    expect(tensor([true]).item()).toBe(true);
    expect(() => tensor([1, 2]).item()).toThrow("one element, got shape [2]");
  });

  test("data of another length or array than its shape and dtype is refused", () => {
    expect(() => new HostTensor(new Float32Array(3), [2], "float32")).toThrow("data holds 3 elements, but shape [2] has 2");
    // @ts-expect-error float32 lies in Float32Array
    expect(() => new HostTensor(new Int32Array(2), [2], "float32")).toThrow("dtype float32 cannot lie in Int32Array");
    expect(() => new HostTensor(new Float32Array(0), [-1], "float32")).toThrow(InvalidArgumentError);
  });
});
