import { fc, test } from "@fast-check/vitest";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect } from "vitest";
import { normals } from "../small-models.fixture.ts";
import { forwardRepairs } from "./registry.ts";
import { withGradients } from "./with-gradients.ts";

const random = (shape: number[], seed = 1): tf.Tensor =>
  tf.tensor(
    normals(
      shape.reduce((size, length) => size * length, 1),
      seed,
    ),
    shape,
  );

/** What a computation gives on a backend, with all that is repaired. */
async function on(backend: string, compute: () => tf.Tensor): Promise<{ readonly shape: number[]; readonly data: number[] }> {
  await tf.setBackend(backend);
  return withGradients(tf, forwardRepairs(tf), () =>
    tf.tidy(() => {
      const y = compute();
      return { shape: y.shape, data: Array.from(y.dataSync()) };
    }),
  );
}

const windows = fc.record({
  height: fc.integer({ min: 3, max: 8 }),
  width: fc.integer({ min: 3, max: 8 }),
  window: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  pad: fc.constantFrom("same" as const, "valid" as const),
});

/** Holds what is computed otherwise than by the backend's own kernels, and what is near it, against the cpu backend. */
export function describeKernels(backend: string): void {
  const expectAlike = async (compute: () => tf.Tensor): Promise<void> => {
    const [expected, got] = [await on("cpu", compute), await on(backend, compute)];
    expect(got.shape).toEqual(expected.shape);
    for (const [i, value] of got.data.entries()) expect(Math.abs(value - expected.data[i]!)).toBeLessThanOrEqual(1e-4);
  };

  describe(`cpu and ${backend} agree on`, () => {
    test.prop([windows], { numRuns: 60 })("convolutions and pools", async ({ height, width, window, stride, pad }) => {
      const image = (): tf.Tensor4D => random([2, height, width, 2]) as tf.Tensor4D;
      const filter = (outputs: number): tf.Tensor4D => random([...window, 2, outputs], 2) as tf.Tensor4D;
      await expectAlike(() => tf.conv2d(image(), filter(3), stride, pad));
      await expectAlike(() => tf.depthwiseConv2d(image(), filter(2), Math.max(...stride), pad));
      await expectAlike(() =>
        tf.fused.conv2d({ x: image(), filter: filter(3), strides: stride, pad, bias: random([3]), activation: "relu" }),
      );
      await expectAlike(() => tf.maxPool(image(), window, stride, pad));
      await expectAlike(() => tf.avgPool(image(), window, stride, pad));
      const volume = (): tf.Tensor5D => random([1, 3, height, width, 2]) as tf.Tensor5D;
      await expectAlike(() => tf.maxPool3d(volume(), [2, ...window], [1, ...stride], pad));
      await expectAlike(() => tf.avgPool3d(volume(), [2, ...window], [1, ...stride], pad));
      await expectAlike(() => tf.conv3d(volume(), random([2, ...window, 2, 2]) as tf.Tensor5D, [1, ...stride], pad));
    });

    test("normalisations along an axis that is not the last, which are those of the turned image", async () => {
      const turned = await on("cpu", () => {
        const [mean, variance] = [random([3], 2), tf.abs(random([3], 3))] as tf.Tensor1D[];
        const last = tf.batchNorm(
          tf.transpose(random([2, 3, 4, 3]), [0, 2, 3, 1]) as tf.Tensor4D,
          mean!,
          variance!,
          random([3], 4) as tf.Tensor1D,
        );
        return tf.transpose(last, [0, 3, 1, 2]);
      });
      const first = (x: tf.Tensor): tf.Tensor4D => tf.reshape(x, [1, 3, 1, 1]);
      for (const name of ["cpu", backend]) {
        const got = await on(name, () =>
          tf.batchNorm(
            random([2, 3, 4, 3]) as tf.Tensor4D,
            first(random([3], 2)),
            first(tf.abs(random([3], 3))),
            first(random([3], 4)),
          ),
        );
        expect(got.shape).toEqual(turned.shape);
        for (const [i, value] of got.data.entries()) expect(value).toBeCloseTo(turned.data[i]!, 4);
      }
    });

    test("lookups in batches", async () => {
      await expectAlike(() => tf.gather(random([2, 3, 2]), tf.tensor([0, 2, 2, 1, 1, 0], [2, 3], "int32"), 1, 1));
      await expectAlike(() => tf.gather(random([2, 4, 3, 2]), tf.tensor([0, 2, 1, 1], [2, 2], "int32"), 2, 1));
    });

    test("products with a bias that is no vector, and of transposed operands", async () => {
      await expectAlike(() =>
        tf.fused.matMul({ a: random([3, 4]), b: random([4, 2]), bias: random([1, 2]), activation: "relu" }),
      );
      for (const [transposeA, transposeB] of [
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const operands = () => ({ a: random([4, 4]), b: random([4, 4], 2), transposeA, transposeB });
        await expectAlike(() => tf.fused.matMul(operands()));
        await expectAlike(() => tf.fused.matMul({ ...operands(), bias: random([4]), activation: "relu6" }));
      }
      await expectAlike(() => tf.matMul(random([2, 4, 3]), random([2, 2, 4]), true, true));
    });
  });

  test.each([
    ["ij,k->ki", [3, 4], [2], [2, 3]],
    ["ijb,kb->", [3, 4, 2], [5, 2], []],
    ["abc,cd->adb", [2, 3, 4], [4, 2], [2, 2, 3]],
  ])(`einsum %s on ${backend} is the sum that it names`, async (equation, left, right, shape) => {
    const naive = (): { readonly shape: number[]; readonly data: number[] } => {
      const [names, output] = equation.split("->") as [string, string];
      const [a, b] = names.split(",") as [string, string];
      const lengths = new Map([...a].map((letter, i) => [letter, left[i]!]));
      for (const [i, letter] of [...b].entries()) lengths.set(letter, right[i]!);
      const [x, y] = [random(left).dataSync(), random(right, 2).dataSync()];
      const sums = new Map<string, number>();
      const visit = (letters: string[], at: Record<string, number>): void => {
        const [letter, ...rest] = letters;
        if (letter !== undefined) {
          for (let i = 0; i < lengths.get(letter)!; i++) visit(rest, { ...at, [letter]: i });
          return;
        }
        const place = (name: string): number => [...name].reduce((sum, one) => sum * lengths.get(one)! + at[one]!, 0);
        const key = [...output].map((one) => at[one]).join();
        sums.set(key, (sums.get(key) ?? 0) + x[place(a)]! * y[place(b)]!);
      };
      visit([...output, ...[...lengths.keys()].filter((letter) => !output.includes(letter))], {});
      return { shape, data: [...sums.values()] };
    };
    const got = await on(backend, () => tf.einsum(equation, random(left), random(right, 2)));
    const expected = tf.tidy(naive);
    expect(got.shape).toEqual(expected.shape);
    for (const [i, value] of got.data.entries()) expect(value).toBeCloseTo(expected.data[i]!, 4);
  });
}
