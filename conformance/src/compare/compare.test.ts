import { tensor } from "@attr/core";
import { describe, expect, test } from "vitest";
import { compareDeltas, compareElements, compareLabels, compareTensors } from "./compare.ts";

describe("tensors", () => {
  const expected = tensor([3, 4]); // norm 5
  test("hold when the norm of the difference is within rtol of the norm expected", () => {
    expect(compareTensors(tensor([3, 4.04]), expected, 0.01).holds).toBe(true);
    expect(compareTensors(tensor([3, 4.06]), expected, 0.01).holds).toBe(false);
  });
  test("that should be zero hold up to a norm of a millionth, whatever rtol", () => {
    expect(compareTensors(tensor([0, 9e-7]), tensor([0, 0]), 0).holds).toBe(true);
    expect(compareTensors(tensor([0, 2e-6]), tensor([0, 0]), 1).holds).toBe(false);
  });
  test("of another shape, or with a NaN, do not hold", () => {
    expect(compareTensors(tensor([[3, 4]]), expected, 1).holds).toBe(false);
    expect(compareTensors(tensor([3, Number.NaN]), expected, 1).holds).toBe(false);
  });
});

describe("deltas", () => {
  const ends = { value: tensor([2, 0]), baseValue: tensor([-1, 0]) };
  test("hold as tensors do, or up to the last places of the float32 outputs they are the difference of", () => {
    expect(compareDeltas(tensor([3, 4.04]), tensor([3, 4]), 0.01, ends).holds).toBe(true);
    const zero = tensor([0, 0]);
    const near = tensor([1.4e-6, 0]); // 3 · 4 · 2⁻²³ is 1.43e-6
    const far = tensor([1.45e-6, 0]);
    expect(compareDeltas(near, tensor([1e-9, 0]), 0, ends).holds).toBe(true);
    expect(compareDeltas(far, tensor([1e-9, 0]), 0, ends).holds).toBe(false);
    expect(compareDeltas(near, tensor([1e-9, 0]), 0, undefined).holds).toBe(false);
    expect(compareDeltas(tensor([9e-7, 0]), zero, 0, undefined).holds).toBe(true);
    expect(compareDeltas(tensor([Number.NaN, 0]), zero, 1, ends).holds).toBe(false);
  });
});

describe("flat lists", () => {
  test("hold within 2e-5 of the largest expected", () => {
    expect(compareElements([100.0019], Float64Array.of(100)).holds).toBe(true);
    expect(compareElements([100.0021], Float64Array.of(100)).holds).toBe(false);
  });
  test("hold within 2e-8 where all is smaller than a thousandth", () => {
    expect(compareElements([1.9e-8], Float64Array.of(0)).holds).toBe(true);
    expect(compareElements([2.1e-8], Float64Array.of(0)).holds).toBe(false);
  });
  test("with a NaN anywhere do not hold", () => {
    expect(compareElements([Number.NaN, 1], Float64Array.of(1, 1)).holds).toBe(false);
    expect(compareElements([1], Float64Array.of(1, 1)).holds).toBe(false);
  });
});

test("labels hold when they are the same", () => {
  expect(compareLabels(["a", "b"], ["a", "b"]).holds).toBe(true);
  expect(compareLabels(["a"], ["a", "b"]).holds).toBe(false);
  expect(compareLabels(["b", "a"], ["a", "b"]).text).toContain('["b","a"]');
});
