import { fc, test } from "@fast-check/vitest";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { beforeAll, beforeEach, describe, expect } from "vitest";
import { normals } from "../small-models.fixture.ts";
import { apart, expectTrueGradients } from "./finite-differences.fixture.ts";

const runs = { numRuns: 25 };
const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const smooth = (shape: number[], seed: number) => ({ shape, data: normals(size(shape), seed, 0.7) });
const distinct = (shape: number[], seed: number) => ({ shape, data: apart(size(shape), seed) });

/** Lengths of an image that a window of so many elements fits in. */
const images = fc.record({
  rows: fc.integer({ min: 1, max: 2 }),
  height: fc.integer({ min: 3, max: 6 }),
  width: fc.integer({ min: 3, max: 6 }),
  channels: fc.integer({ min: 1, max: 3 }),
  window: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  pad: fc.constantFrom("same" as const, "valid" as const),
  seed: fc.nat(1000),
});

/** Holds the gradients that are repaired, on one backend of TensorFlow.js, against central differences. */
export function describeGradients(backend: string): void {
  describe(`on ${backend} the gradient is that of central differences:`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
    });
    let before = 0;
    beforeEach(() => {
      before = tf.memory().numTensors;
      return () => expect(tf.memory().numTensors).toBe(before);
    });

    test.prop([images, fc.integer({ min: 1, max: 3 }), fc.boolean()], runs)("conv2d", (image, outputs, dilated) => {
      const { rows, height, width, channels, window, stride, pad, seed } = image;
      const [high, wide] = window;
      const rate: [number, number] = dilated ? [Math.min(2, Math.floor((height - 1) / Math.max(1, high - 1))), 1] : [1, 1];
      fc.pre(pad === "same" || (high - 1) * rate[0] < height);
      const x = smooth([rows, height, width, channels], seed);
      const filter = smooth([high, wide, channels, outputs], seed + 1);
      const f = ([a, b]: tf.Tensor[]) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, dilated ? 1 : stride, pad, "NHWC", rate);
      expectTrueGradients(tf, f, [x, filter]);
    });

    test.prop([images, fc.integer({ min: 1, max: 2 }), fc.boolean()], runs)("depthwiseConv2d", (image, multiplier, dilated) => {
      const { rows, height, width, channels, window, stride, pad, seed } = image;
      const [high, wide] = window;
      const rate: [number, number] = dilated ? [1, Math.min(2, Math.floor((width - 1) / Math.max(1, wide - 1)))] : [1, 1];
      const step = Math.max(...stride);
      const f = ([a, b]: tf.Tensor[]) =>
        tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, dilated ? 1 : step, pad, "NHWC", rate);
      expectTrueGradients(tf, f, [
        smooth([rows, height, width, channels], seed),
        smooth([high, wide, channels, multiplier], seed + 1),
      ]);
    });

    test.prop([images, fc.integer({ min: 1, max: 2 })], runs)("conv2dTranspose", (image, outputs) => {
      const { rows, height, width, channels, window, stride, pad, seed } = image;
      const lengths = [height, width].map((length, i) =>
        pad === "same" ? length * stride[i]! : (length - 1) * stride[i]! + window[i]!,
      ) as [number, number];
      const f = ([a, b]: tf.Tensor[]) =>
        tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, [rows, ...lengths, outputs], stride, pad);
      expectTrueGradients(tf, f, [
        smooth([rows, height, width, channels], seed),
        smooth([...window, outputs, channels], seed + 1),
      ]);
    });

    test.prop([images, fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 2 })], { numRuns: 12 })(
      "conv3d",
      (image, depth, outputs) => {
        const { rows, height, width, channels, window, stride, pad, seed } = image;
        const x = smooth([rows, depth, height, width, channels], seed);
        const filter = smooth([Math.min(2, depth), ...window, channels, outputs], seed + 1);
        const f = ([a, b]: tf.Tensor[]) => tf.conv3d(a as tf.Tensor5D, b as tf.Tensor5D, [1, ...stride], pad);
        expectTrueGradients(tf, f, [x, filter]);
      },
    );

    test.prop([images, fc.constantFrom("max" as const, "avg" as const)], { numRuns: 60 })(
      "maxPool and avgPool",
      (image, kind) => {
        const { rows, height, width, channels, window, stride, pad, seed } = image;
        const pool = kind === "max" ? tf.maxPool : tf.avgPool;
        const x = distinct([rows, height, width, channels], seed);
        expectTrueGradients(tf, ([a]) => pool(a as tf.Tensor4D, window, stride, pad), [x]);
      },
    );

    test.prop([images, fc.integer({ min: 2, max: 4 }), fc.constantFrom("max" as const, "avg" as const)], runs)(
      "maxPool3d and avgPool3d",
      (image, depth, kind) => {
        const { rows, height, width, channels, window, stride, pad, seed } = image;
        const pool = kind === "max" ? tf.maxPool3d : tf.avgPool3d;
        const x = distinct([rows, depth, height, width, channels], seed);
        expectTrueGradients(tf, ([a]) => pool(a as tf.Tensor5D, [2, ...window], [1, ...stride], pad), [x]);
      },
    );

    const boxes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

    test.prop([boxes, fc.constantFrom("reflect" as const, "symmetric" as const), fc.nat(1000)], runs)(
      "mirrorPad",
      (shape, mode, seed) => {
        const most = (length: number): number => (mode === "reflect" ? length - 1 : length);
        const paddings = shape.map((length, axis): [number, number] => [
          (seed + axis) % (most(length) + 1),
          (seed * 7 + axis) % (most(length) + 1),
        ]);
        expectTrueGradients(tf, ([x]) => tf.mirrorPad(x!, paddings, mode), [smooth(shape, seed)]);
      },
    );

    test.prop(
      [
        boxes.chain((shape) => fc.tuple(...shape.map((length) => slices(length))).map((parts) => ({ shape, parts }))),
        fc.nat(1000),
      ],
      {
        numRuns: 60,
      },
    )("stridedSlice, forwards and backwards", ({ shape, parts }, seed) => {
      const [begin, end, strides] = [0, 1, 2].map((field) => parts.map((part) => part[field]!)) as [number[], number[], number[]];
      // Backwards to the very start has no end to name.
      const endMask = parts.reduce((mask, [, last], axis) => (last < 0 ? mask | (1 << axis) : mask), 0);
      const ends = end.map((last) => Math.max(last, 0));
      expectTrueGradients(tf, ([x]) => tf.stridedSlice(x!, begin, ends, strides, 0, endMask), [smooth(shape, seed)]);
    });

    test.prop(
      [fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.nat(1000)],
      runs,
    )("depthToSpace", (rows, block, channels, seed) => {
      const x = smooth([rows, 2, 3, block * block * channels], seed);
      fc.pre(block > 1);
      expectTrueGradients(tf, ([a]) => tf.depthToSpace(a as tf.Tensor4D, block, "NHWC"), [x]);
    });

    test.prop([fc.integer({ min: 1, max: 3 }), fc.nat(1)], runs)("unstack, also of one part", (parts, axis) => {
      const f = ([x]: tf.Tensor[]) => {
        const [first, ...rest] = tf.unstack(x!, axis);
        return rest.reduce((sum, part) => tf.add(tf.mul(sum, 2), part), first!);
      };
      expectTrueGradients(tf, f, [smooth(axis === 0 ? [parts, 4] : [4, parts], parts)]);
    });

    test.prop(
      [fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })), { minLength: 1, maxLength: 5 })],
      runs,
    )("tile, past rank 4", (axes) => {
      const shape = axes.map(([length]) => length);
      expectTrueGradients(
        tf,
        ([x]) =>
          tf.tile(
            x!,
            axes.map(([, times]) => times),
          ),
        [smooth(shape, 3)],
      );
    });

    test.prop([boxes, fc.nat(100), fc.array(fc.nat(100), { minLength: 1, maxLength: 5 })], runs)("gather", (shape, at, picks) => {
      const axis = at % shape.length;
      const indices = tf.tensor1d(
        picks.map((pick) => pick % shape[axis]!),
        "int32",
      );
      expectTrueGradients(tf, ([x]) => tf.gather(x!, indices, axis), [smooth(shape, at)]);
      indices.dispose();
    });

    test("gather within a batch", () => {
      const indices = tf.tensor2d([[0, 2, 2], [1, 1, 0]], [2, 3], "int32"); // biome-ignore format: a table
      expectTrueGradients(tf, ([x]) => tf.gather(x!, indices, 1, 1), [smooth([2, 3, 2], 4)]);
      indices.dispose();
    });

    test.prop([fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(26), { minLength: 1, maxLength: 4 })], runs)(
      "gatherND",
      (depth, picks) => {
        const shape = [3, 3, 3];
        const rows = picks.map((pick) => [pick % 3, Math.floor(pick / 3) % 3, Math.floor(pick / 9) % 3].slice(0, depth));
        const indices = tf.tensor2d(rows, [rows.length, depth], "int32");
        expectTrueGradients(tf, ([x]) => tf.gatherND(x!, indices), [smooth(shape, 5)]);
        indices.dispose();
      },
    );

    test.prop([boxes, fc.nat(100)], runs)("topk", (shape, seed) => {
      const k = 1 + (seed % shape.at(-1)!);
      expectTrueGradients(tf, ([x]) => tf.topk(x!, k).values, [distinct(shape, seed)]);
    });

    test.prop([fc.boolean(), fc.boolean(), fc.constantFrom([2, 2], [1, 2], [2, 1]), fc.nat(1000)], runs)(
      "matMul, transposed or not, leading axes broadcast",
      (transposeA, transposeB, [left, right], seed) => {
        const a = smooth([left!, ...(transposeA ? [4, 3] : [3, 4])], seed);
        const b = smooth([right!, ...(transposeB ? [2, 4] : [4, 2])], seed + 1);
        expectTrueGradients(tf, ([x, y]) => tf.matMul(x!, y!, transposeA, transposeB), [a, b]);
      },
    );

    test.prop([boxes, fc.nat(100), fc.boolean()], runs)("prod, of zeros too", (shape, at, zero) => {
      const x = smooth(shape, at);
      if (zero) x.data[at % x.data.length] = 0;
      const axes = shape.map((_, axis) => axis).filter((axis) => (at >> axis) % 2 === 0);
      fc.pre(axes.length > 0);
      expectTrueGradients(tf, ([a]) => tf.prod(a!, axes), [x], { step: 1e-2, tolerance: 5e-3 });
    });

    test.each(["ij,jk->ik", "bij,bjk->bik", "abc,cd->adb", "ij->ji", "ij->j", "ij,k->ki", "ij,ij->i", "ijb,kb->"])(
      "einsum %s",
      (equation) => {
        const lengths: Readonly<Record<string, number>> = { a: 2, b: 3, c: 4, d: 2, i: 3, j: 4, k: 2 };
        const operands = equation
          .split("->")[0]!
          .split(",")
          .map((letters, i) =>
            smooth(
              [...letters].map((letter) => lengths[letter]!),
              i,
            ),
          );
        expectTrueGradients(tf, (xs) => tf.einsum(equation, ...xs), operands);
      },
    );

    test("where the condition comes of the operand itself", () => {
      expectTrueGradients(tf, ([x]) => tf.where(tf.greater(x!, 0), tf.mul(x!, 2), tf.mul(x!, 3)), [distinct([12], 1)]);
    });
  });
}

/** Begin, end and stride of a slice that takes something. */
function slices(length: number): fc.Arbitrary<[number, number, number]> {
  return fc
    .tuple(fc.integer({ min: 0, max: length - 1 }), fc.integer({ min: 0, max: length - 1 }), fc.integer({ min: 1, max: 3 }))
    .map(([a, b, stride]) => (a <= b ? [a, b + 1, stride] : [a, b - 1, -stride]));
}
