import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { indicesOf } from "../../../testing/src/index.ts";
import { InvalidArgumentError } from "../errors.ts";
import { tensor } from "../tensor/from.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { TensorLike } from "../tensor/tensor.ts";
import { resolveTarget, type Target } from "./target.ts";

const out2 = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
];
const out3 = [
  [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ],
  [
    [9, 8, 7],
    [6, 5, 4],
    [3, 2, 1],
  ],
];

function select(target: Target, output: TensorLike, origin?: { examples: Int32Array; count: number }): number[] {
  const made = tensor(output);
  const plan = resolveTarget(target, made.shape, origin?.count ?? made.shape[0]!, "logits");
  return [...plan.select(made, origin)];
}

describe("resolveTarget", () => {
  test("C006: picks from the last axis, for every example or one entry an example", () => {
    expect(select(1, out2)).toEqual([2, 5, 8]);
    expect(select(0, out2)).toEqual([1, 4, 7]);
    expect(select([1, 2, 0], out2)).toEqual([2, 6, 7]);
    expect(() => select({ path: [1, 2] }, out2)).toThrow(
      'target [1, 2] has 2 indices, but "logits" [3, 3] has 1 axis besides the batch',
    );
  });

  test("C007: follows index paths, for every example or one an example", () => {
    expect(select({ path: [0, 1] }, out3)).toEqual([2, 8]);
    expect(
      select(
        [
          [0, 1],
          [2, 0],
        ],
        out3,
      ),
    ).toEqual([2, 3]);
    expect(() =>
      select(
        [
          [0, 1],
          [2, 0],
          [1, 1],
        ],
        out3,
      ),
    ).toThrow("target has 3 entries for 2 examples");
    expect(() => select({ path: [1, 2, 3] }, out3)).toThrow(InvalidArgumentError);
  });

  test("names the axis and its length where an index is outside", () => {
    expect(() => resolveTarget(10, [2, 10], 2, "logits")).toThrow('target 10 is outside axis 1 of "logits" (length 10)');
    expect(() => resolveTarget({ path: [0, 5] }, [2, 3, 5], 2, "y")).toThrow('target [0, 5] is outside axis 2 of "y" (length 5)');
    expect(() => resolveTarget([0, -1], [2, 3], 2, "y")).toThrow('target -1 is outside axis 1 of "y" (length 3)');
    expect(() => resolveTarget(0, [2, 0], 2, "y")).toThrow('outside axis 1 of "y" (length 0)');
  });

  test("refuses what is no target", () => {
    expect(() => resolveTarget(1.5, [2, 3], 2, "y")).toThrow('target 1.5 is no index into "y"');
    expect(() => resolveTarget(Number.NaN, [2, 3], 2, "y")).toThrow("whole numbers");
    expect(() => resolveTarget(0, [2], 2, "y")).toThrow('"y" is one number an example: leave the target out');
    expect(() => resolveTarget(undefined, [], 2, "y")).toThrow("one number for the whole batch");
    expect(() => resolveTarget([], [2, 3], 0, "y")).toThrow("empty array");
    expect(() => resolveTarget([0, [0, 0]], [2, 3, 3], 2, "y")).toThrow("mixes numbers and index paths");
    for (const bad of ["1", true, {}, { path: 1 }, 1n, () => 0]) {
      // @ts-expect-error no target
      expect(() => resolveTarget(bad, [2, 3], 2, "y")).toThrow("target must be a number");
    }
    // @ts-expect-error no index
    expect(() => resolveTarget(["1", 0], [2, 3], 2, "y")).toThrow('target 1 is no index into "y"');
  });

  test("refuses an output whose shape changes with the input", () => {
    const plan = resolveTarget(2, [2, 3], 2, "y");
    expect(() => plan.select(tensor([[1, 2]]))).toThrow('output "y" has shape [1, 2], but had [2, 3] before');
  });

  test("without a target explains one number an example, or every element", () => {
    expect(resolveTarget(undefined, [4], 4, "y")).toMatchObject({ shape: [], outputs: 1 });
    expect(resolveTarget(undefined, [4, 1], 4, "y")).toMatchObject({ shape: [], outputs: 1 });
    expect(resolveTarget(undefined, [4, 2, 3], 4, "y")).toMatchObject({ shape: [2, 3], outputs: 6 });
    expect(select(undefined, out3)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test("a number leaves the axes between the batch and the last one", () => {
    expect(resolveTarget(2, [4, 5, 3], 4, "y")).toMatchObject({ shape: [5], outputs: 5 });
    expect(select(2, out3)).toEqual([3, 6, 9, 7, 4, 1]);
    expect(select([0, 2], out3)).toEqual([1, 4, 7, 7, 4, 1]);
  });

  test("reads outputs of every dtype", () => {
    expect(select(1, [[1n, 2n ** 40n]])).toEqual([2 ** 40]);
    expect(select(1, [[false, true]])).toEqual([1]);
    expect(select(undefined, Float64Array.of(0.1, 1e300))).toEqual([0.1, 1e300]);
  });

  const cases = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }).chain((rest) =>
    fc.integer({ min: 1, max: 4 }).chain((count) =>
      fc.record({
        rest: fc.constant(rest),
        count: fc.constant(count),
        examples: fc.array(fc.integer({ min: 0, max: count - 1 }), { minLength: 1, maxLength: 6 }),
        paths: fc.array(fc.tuple(...rest.map((length) => fc.integer({ min: 0, max: length - 1 }))), {
          minLength: count,
          maxLength: count,
        }),
      }),
    ),
  );

  test.prop([cases])("a row is read by the target of its example", ({ rest, count, examples, paths }) => {
    const shape = [examples.length, ...rest];
    const output = { data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => i), shape, dtype: "float64" as const };
    const origin = { examples: Int32Array.from(examples), count };
    const all = indicesOf(rest);
    const at = (row: number, path: readonly number[]): number =>
      row * all.length + all.findIndex((indices) => indices.every((index, axis) => index === path[axis]));
    const list = resolveTarget(paths, shape, count, "y").select(output, origin);
    expect([...list]).toEqual(examples.map((example, row) => at(row, paths[example]!)));
    const one = resolveTarget({ path: paths[0]! }, shape, count, "y").select(output, origin);
    expect([...one]).toEqual(examples.map((_, row) => at(row, paths[0]!)));
    expect([...resolveTarget(undefined, shape, count, "y").select(output, origin)]).toEqual([...output.data]);
  });
});
