import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { FeatureAblation } from "../methods/feature-ablation.ts";
import { smoothNetwork } from "../methods/gradient-models.fixture.ts";
import { IntegratedGradients } from "../methods/integrated-gradients.ts";
import { arbitraryInputs, example, randomNetwork, type TwoInputs } from "../methods/random-models.fixture.ts";
import { fromLayer } from "../model/from-layer.ts";
import type { Model } from "../model/model.ts";
import { tensor } from "../tensor/from.ts";
import { comprehensiveness } from "./comprehensiveness.ts";
import { rankFeatures } from "./rank-features.ts";
import { deletionCurve, insertionCurve } from "./removal-curves.ts";

const first = { target: 0 };

/** One example's output with the `count` strongest elements at their baseline, found by looking for the strongest again and again. */
async function without(
  model: Model,
  inputs: TwoInputs,
  scores: readonly number[],
  count: number,
  baseline: number,
): Promise<number> {
  const x = [...inputs.a[0]!, ...inputs.b[0]!];
  const left = scores.map((_, i) => i);
  for (let k = 0; k < count; k++) {
    const best = left.reduce((p, q) => (scores[q]! > scores[p]! ? q : p));
    left.splice(left.indexOf(best), 1);
    x[best] = baseline;
  }
  const feeds = { a: tensor([x.slice(0, 3)], "float64"), b: tensor([x.slice(3)], "float64") };
  const { output } = await model.run({ feeds, fetches: ["output"] });
  return Number((await model.backend.read(output!)).data[0]);
}

describe("rankFeatures", () => {
  test.prop([fc.integer(), arbitraryInputs, fc.integer({ min: 1, max: 7 })])(
    "curves of many examples are those of each by itself, and of naive loops, whatever the batch limit",
    async (seed, inputs, maxBatchSize) => {
      const { model, calls, seen } = randomNetwork(seed, { maxBatchSize });
      const result = await new FeatureAblation(model).attribute(inputs, { ...first, baselines: 0.25 });
      calls.length = 0;
      seen.length = 0;
      using ranked = await rankFeatures(model, inputs, result, { baselines: 0.25 });
      const deletion = await deletionCurve(ranked);
      // Five features, so six coalitions of every example.
      const rows = 6 * inputs.a.length;
      expect(deletion.evaluations).toEqual({ coalitions: 6, calls: Math.ceil(rows / maxBatchSize), rows });
      expect(calls.reduce((sum, count) => sum + count, 0)).toBe(rows);
      const insertion = await insertionCurve(ranked);
      expect(insertion.evaluations.coalitions).toBe(4);
      expect(deletion.method).toBe("FeatureAblation");
      for (let at = 0; at < inputs.a.length; at++) {
        const own = example(inputs, at);
        const alone = await new FeatureAblation(model).attribute(own, { ...first, baselines: 0.25 });
        using single = await rankFeatures(model, own, alone, { baselines: 0.25 });
        expect((await deletionCurve(single)).values[0]).toEqual(deletion.values[at]);
        expect((await insertionCurve(single)).score[0]).toBeCloseTo(insertion.score[at]!, 12);
        const scores = ["a", "b"].flatMap((name) => [...alone.attributions[name]!.data].map(Number));
        for (let count = 0; count <= 5; count++)
          expect(deletion.values[at]![count]).toBeCloseTo(await without(model, own, scores, count, 0.25), 12);
      }
    },
  );

  test("features of a mask go together, by the mean of their elements, and examples may have numbers of their own", async () => {
    const { model } = randomNetwork(3);
    const inputs = { a: [[1, 2, 3], [4, 5, 6]], b: [[7, 8], [9, 10]] }; // biome-ignore format: matrices
    const featureMask = { a: [[0, 0, 1], [0, 1, 2]], b: [[2, 2], [3, 4]] }; // biome-ignore format: matrices
    // Of the first example "a" 2 (mean 5), then b (mean 2), then the first two of a (mean 1): its sum is the largest but one.
    const attributions = { a: [[0, 2, 5], [5, 4, 3]], b: [[2, 2], [2, 1]] }; // biome-ignore format: matrices
    using ranked = await rankFeatures(model, inputs, { attributions }, { featureMask, ...first });
    const { values, features } = await deletionCurve(ranked);
    expect(features).toBe(5);
    const output = async (a: number[], b: number[]): Promise<number> => {
      const given = await model.run({ feeds: { a: tensor([a], "float64"), b: tensor([b], "float64") }, fetches: ["output"] });
      return Number((await model.backend.read(given["output"]!)).data[0]);
    };
    const steps = [[[1, 2, 3], [7, 8]], [[1, 2, 0], [7, 8]], [[1, 2, 0], [0, 0]], [[0, 0, 0], [0, 0]]]; // biome-ignore format: steps
    const worths = await Promise.all(steps.map(([a, b]) => output(a!, b!)));
    // Three features at places 0, 1 and 3 of five.
    expect(values[0]).toEqual([0, 1, 2, 2, 3, 3].map((step) => worths[step]));
    expect(values[1]![1]).toBeCloseTo(await output([0, 5, 6], [9, 10]), 12);
    expect(values[1]![4]).toBeCloseTo(await output([0, 0, 0], [0, 10]), 12);
  });

  test("features of a layer are ranked and taken away there, and the layer is computed once", async () => {
    const model = smoothNetwork(4);
    const layer = fromLayer(model, "hidden");
    const inputs = { a: [[0.4, -0.3, 0.8]], b: [[0.2, 0.5]] };
    const result = await new IntegratedGradients(layer).attribute(inputs, { target: 1 });
    using ranked = await rankFeatures(layer, inputs, result);
    const { values, features, evaluations } = await deletionCurve(ranked, { randomOrders: 3 });
    expect(features).toBe(result.attributions["hidden"]!.data.length);
    const whole = await model.run({
      feeds: { a: tensor(inputs.a, "float64"), b: tensor(inputs.b, "float64") },
      fetches: [model.outputs[0]!.name],
    });
    expect(values[0]![0]).toBeCloseTo(Number((await model.backend.read(whole[model.outputs[0]!.name]!)).data[1]), 9);
    expect(ranked.cost!().rows).toBe(1 + evaluations.rows!);
  });

  test("another kind of baseline is another curve; comprehensiveness needs few rows", async () => {
    const { model } = randomNetwork(8);
    const inputs = { a: [[1, 2, 3]], b: [[4, 5]] };
    const result = await new FeatureAblation(model).attribute(inputs, first);
    using zero = await rankFeatures(model, inputs, result);
    using one = await rankFeatures(model, inputs, result, { baselines: 1 });
    expect((await deletionCurve(zero)).score).not.toEqual((await deletionCurve(one)).score);
    using fresh = await rankFeatures(model, inputs, result);
    // 1, 5, 10, 20 % of five features are one of them, 50 % three.
    expect((await comprehensiveness(fresh)).evaluations).toEqual({ coalitions: 3, calls: 1, rows: 3 });
  });

  test("says what is wrong", async () => {
    const { model } = randomNetwork(1);
    const inputs = { a: [[1, 2, 3]], b: [[4, 5]] };
    const attributions = { a: [[1, 2, 3]], b: [[1, 2]] };
    const ask = async (given: Parameters<typeof rankFeatures>[2], options = {}): Promise<unknown> =>
      await deletionCurve(await rankFeatures(model, inputs, given, options));
    await expect(ask({ attributions })).rejects.toThrow("the output has 2 numbers an example: target must pick one of them");
    await expect(ask({ attributions: { a: [[1, 2, 3]] } }, first)).rejects.toThrow('attributions of "b" are missing; given: "a"');
    await expect(ask({ attributions: { ...attributions, b: [[1]] } }, first)).rejects.toThrow(
      'attributions of "b" have shape [1, 1], where the input has [1, 2]',
    );
    await expect(ask(await new FeatureAblation(model).attribute(inputs))).rejects.toThrow("a target picks one");
  });
});
