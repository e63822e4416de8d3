import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { FeatureAblation } from "../methods/feature-ablation.ts";
import { FeaturePermutation } from "../methods/feature-permutation.ts";
import { Occlusion } from "../methods/occlusion.ts";
import { ShapleyValueSampling } from "../methods/shapley-value-sampling.ts";
import { functionModel } from "../model/function-model.ts";
import type { Model } from "../model/model.ts";
import { RowBuffers } from "./row-buffers.ts";

/** A model of rows of four numbers; `seen` collects the memory it was fed from. */
function model(releasesFeeds: boolean, maxBatchSize: number, seen = new Set<ArrayBufferLike>()): Model {
  const made = functionModel<"x">(
    ({ x }) => {
      seen.add(x.data.buffer);
      return Array.from({ length: x.shape[0]! }, (_, row) => {
        const [a, b, c, d] = Array.from(x.data.subarray(4 * row, 4 * row + 4), Number);
        return a! * b! + Math.tanh(c!) - a! * d! * d!;
      });
    },
    { inputs: ["x"], maxBatchSize },
  );
  return { ...made, releasesFeeds };
}

const numbers = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 4, maxLength: 4 });
const mask = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 });

test.prop([fc.array(numbers, { minLength: 1, maxLength: 4 }), mask, fc.integer({ min: 1, max: 9 }), numbers])(
  "composing in the same memory changes no attribution, of any method",
  async (x, ids, batch, baseline) => {
    const own = model(false, batch);
    const same = model(true, batch);
    const options = { featureMask: { x: [ids] }, baselines: { x: [baseline] } };
    for (const run of [
      (over: Model) => new FeatureAblation(over).attribute({ x }, options),
      (over: Model) => new ShapleyValueSampling(over).attribute({ x }, { ...options, samples: 6, seed: 2 }),
      (over: Model) => new Occlusion(over).attribute({ x }, { window: { x: [2] }, baselines: options.baselines }),
      (over: Model) => new FeaturePermutation(over).attribute({ x }, { seed: 5, samples: 2 }),
    ]) {
      const [expected, got] = [await run(own), await run(same)];
      expect(got.attributions["x"]).toEqual(expected.attributions["x"]);
      expect(got.evaluations).toEqual(expected.evaluations);
    }
  },
);

test("only a model that has done with its feeds gets the same memory again", async () => {
  for (const [releases, count] of [
    [true, 1],
    [false, 5],
  ] as const) {
    const seen = new Set<ArrayBufferLike>();
    await new FeatureAblation(model(releases, 1, seen)).attribute({ x: [[1, 2, 3, 4]] });
    expect(seen.size).toBe(count);
  }
});

test("memory that one call has is not lent to another", () => {
  const buffers = new RowBuffers();
  expect(buffers.borrow()).toBe(buffers);
  expect(buffers.borrow()).toBeUndefined();
  buffers.giveBack();
  expect(buffers.borrow()).toBe(buffers);
});
