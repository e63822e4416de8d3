import type { DType, Shape } from "@attr/core";
import fc from "fast-check";
import type { Element, NaiveTensor } from "../naive/naive-tensor.ts";
import { dataOf, naiveOf, sizeOf } from "../naive/naive-tensor.ts";

/** Shapes of rank 0 to 4 with axes of length 0 to 4, empty ones seldom. */
export function shapes(options: { minRank?: number; maxRank?: number; minLength?: number } = {}): fc.Arbitrary<number[]> {
  const { minRank = 0, maxRank = 4, minLength = 0 } = options;
  const length = fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 1, max: 4 }) },
    { weight: 1, arbitrary: fc.constant(minLength) },
  );
  return fc.array(length, { minLength: minRank, maxLength: maxRank });
}

/** `count` shapes that broadcast together. */
export function broadcastingShapes(count: number): fc.Arbitrary<number[][]> {
  return shapes().chain((shape) =>
    fc.tuple(
      ...Array.from({ length: count }, () =>
        fc
          .record({
            drop: fc.integer({ min: 0, max: shape.length }),
            ones: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
          })
          .map(({ drop, ones }) => shape.map((length, axis) => (ones[axis] === true ? 1 : length)).slice(drop)),
      ),
    ),
  );
}

/** Elements of a dtype: ordinary ones, the ends of its range, and for floats NaN, infinities and fractions. */
export function elements(dtype: DType): fc.Arbitrary<Element> {
  switch (dtype) {
    case "float32":
      return fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: -8, max: 8 }).map((n) => n / 2) },
        { weight: 1, arbitrary: fc.float() },
      );
    case "float64":
      return fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: -8, max: 8 }).map((n) => n / 2) },
        { weight: 1, arbitrary: fc.double() },
      );
    case "int32":
      return fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -4, max: 4 }) }, { weight: 1, arbitrary: fc.integer() });
    case "int64":
      return fc.oneof(
        { weight: 4, arbitrary: fc.bigInt({ min: -4n, max: 4n }) },
        { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
      );
    case "uint8":
      return fc.integer({ min: 0, max: 255 });
    case "bool":
      return fc.integer({ min: 0, max: 1 });
  }
}

/** Tensors of a shape and dtype. */
export function tensorOf(shape: Shape, dtype: DType): fc.Arbitrary<NaiveTensor> {
  const length = sizeOf(shape);
  return fc
    .array(elements(dtype), { minLength: length, maxLength: length })
    .map((list) => naiveOf({ data: dataOf({ elements: list, shape, dtype }), shape, dtype }));
}

/** A tensor of any shape. */
export function tensors(
  dtype: DType,
  options: { minRank?: number; maxRank?: number; minLength?: number } = {},
): fc.Arbitrary<NaiveTensor> {
  return shapes(options).chain((shape) => tensorOf(shape, dtype));
}

/** Tensors whose shapes broadcast together, one of each dtype given. */
export function broadcastingTensors(...dtypes: readonly DType[]): fc.Arbitrary<NaiveTensor[]> {
  return broadcastingShapes(dtypes.length).chain((all) => fc.tuple(...all.map((shape, i) => tensorOf(shape, dtypes[i]!))));
}
