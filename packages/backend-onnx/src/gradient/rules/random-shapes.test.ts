import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { constant } from "../../onnx-builder.fixture.ts";
import { differentiateOperator, type OperatorSpec, tolerance } from "../finite-differences.fixture.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const int64 = (values: readonly number[]): ReturnType<typeof constant> => constant([values.length], values, "int64");

async function holds(spec: OperatorSpec, seed: number): Promise<void> {
  const difference = await differentiateOperator(spec, seed);
  expect(Math.abs(difference.analytic - difference.numeric)).toBeLessThan(tolerance(difference, spec.type));
}

/** Two shapes that broadcast: axes dropped at the front of one, sizes of 1 here and there. */
const broadcastPair = fc
  .array(fc.record({ size: fc.integer({ min: 1, max: 3 }), left: fc.boolean(), right: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((axes) =>
    fc.record({ drop: fc.integer({ min: 0, max: axes.length }), first: fc.boolean() }).map(({ drop, first }) => {
      const whole = axes.map(({ size, left }) => (left ? 1 : size));
      const other = axes.map(({ size, right }) => (right ? 1 : size)).slice(drop);
      return first ? [whole, other] : [other, whole];
    }),
  );

const seeds = fc.integer({ min: 1, max: 10_000 });
const runs = { numRuns: 12 };

describe("gradients equal central differences", () => {
  test.prop([fc.constantFrom("Add", "Sub", "Mul", "Div"), broadcastPair, fc.boolean(), seeds], runs)(
    "of broadcast operands",
    (op, inputs, free, seed) => holds({ op, inputs, free, range: (x) => 1.6 + x }, seed),
  );

  test.prop(
    [
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      fc.tuple(fc.boolean(), fc.boolean()),
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      fc.boolean(),
      seeds,
    ],
    runs,
  )("of matrix products over broadcast batches", (batch, [left, right], [m, k, n], free, seed) => {
    const of = (alone: boolean, matrix: readonly number[]): number[] => [...(alone ? batch.map(() => 1) : batch), ...matrix];
    return holds({ op: "MatMul", inputs: [of(left, [m, k]), right ? [k, n] : of(false, [k, n])], free }, seed);
  });

  test.prop(
    [
      fc.constantFrom("ReduceSum", "ReduceMean", "ReduceLogSumExp", "ReduceL2"),
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      seeds,
    ],
    runs,
  )("of reductions over any axes", (op, shape, chosen, keep, free, seed) => {
    const axes = shape.flatMap((_, axis) => (chosen[axis] ? [axis % 2 === 0 ? axis : axis - shape.length] : []));
    const constants = [int64(axes)];
    return holds(
      {
        op,
        inputs: [shape],
        constants,
        attributes: { keepdims: int(keep ? 1 : 0) },
        free,
        type: "float32",
        range: (x) => 1.5 + x,
      },
      seed,
    );
  });

  test.prop(
    [
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: -8, max: 8 }),
      fc.integer({ min: -8, max: 8 }),
      fc.constantFrom(-3, -2, -1, 1, 2, 3),
      fc.boolean(),
      seeds,
    ],
    { numRuns: 25 },
  )("of slices", (size, start, end, step, free, seed) =>
    holds(
      { op: "Slice", inputs: [[2, size]], constants: [int64([start]), int64([end]), int64([-1]), int64([step])], free },
      seed,
    ),
  );

  const geometry = fc.record({
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    pads: fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 2 }))),
    size: fc.tuple(fc.integer({ min: 5, max: 7 }), fc.integer({ min: 5, max: 7 })),
    group: fc.integer({ min: 1, max: 2 }),
    automatic: fc.constantFrom("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"),
  });

  test.prop([geometry, fc.boolean(), seeds], { numRuns: 25 })(
    "of convolutions, by input, weights and bias",
    ({ kernel, strides, dilations, pads, size, group, automatic }, free, seed) => {
      const input = [2, 2 * group, ...size];
      const weights = [3 * group, 2, ...kernel];
      const padding = automatic === "NOTSET" ? { pads } : { auto_pad: automatic };
      // The runtime itself takes no automatic padding with dilations.
      const spread = automatic.startsWith("SAME") ? {} : { dilations };
      const attributes = { kernel_shape: kernel, strides, group: int(group), ...spread, ...padding };
      // The gradient by weights needs the padding in the file.
      const open = free && !automatic.startsWith("SAME");
      return holds({ op: "Conv", inputs: [input, weights, [3 * group]], attributes, free: open, type: "float32" }, seed);
    },
  );

  test.prop([geometry, fc.boolean(), seeds], runs)(
    "of transposed convolutions",
    ({ kernel, strides, dilations, size, group }, free, seed) => {
      const inputs = [
        [2, 2 * group, ...size],
        [2 * group, 3, ...kernel],
      ];
      const extra = strides.map((stride) => Math.max(0, stride - 1));
      const attributes = { kernel_shape: kernel, strides, dilations, group: int(group), output_padding: extra };
      return holds({ op: "ConvTranspose", inputs, attributes, free, type: "float32" }, seed);
    },
  );

  test.prop([geometry, fc.boolean(), fc.boolean(), fc.boolean(), seeds], { numRuns: 25 })(
    "of average pooling",
    ({ kernel, strides, pads, size, automatic }, ceil, include, free, seed) => {
      const within = pads.map((pad, i) => Math.min(pad, kernel[i % 2]! - 1)); // the runtime refuses more
      const padding = automatic === "NOTSET" ? { pads: within, ceil_mode: int(ceil ? 1 : 0) } : { auto_pad: automatic };
      // The runtime refuses automatic padding where windows leave gaps.
      const steps = automatic === "NOTSET" ? strides : strides.map((stride, axis) => Math.min(stride, kernel[axis]!));
      const attributes = { kernel_shape: kernel, strides: steps, count_include_pad: int(include ? 1 : 0), ...padding };
      return holds({ op: "AveragePool", inputs: [[2, 2, ...size]], attributes, free, type: "float32" }, seed);
    },
  );
});
