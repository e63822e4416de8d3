import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { linear } from "../../../testing/src/host/host-graph.ts";
import { DeepLift } from "../methods/deep-lift.ts";
import { FeatureAblation } from "../methods/feature-ablation.ts";
import { FeaturePermutation } from "../methods/feature-permutation.ts";
import { graph, smoothNetwork } from "../methods/gradient-models.fixture.ts";
import { InputXGradient } from "../methods/input-x-gradient.ts";
import { NoiseTunnel } from "../methods/noise-tunnel.ts";
import { Occlusion } from "../methods/occlusion.ts";
import { arbitraryInputs, randomNetwork } from "../methods/random-models.fixture.ts";
import { Saliency } from "../methods/saliency.ts";
import { ShapleyValueSampling } from "../methods/shapley-value-sampling.ts";
import { fromLayer } from "../model/from-layer.ts";
import { functionModel } from "../model/function-model.ts";
import { limitBatch } from "../model/limit-batch.ts";
import { seededRandom } from "../tensor/random.ts";
import { sensitivityMax } from "./sensitivity-max.ts";

describe("sensitivityMax", () => {
  test.prop([fc.integer(), arbitraryInputs, fc.integer({ min: 1, max: 30 }), fc.constantFrom(1, 2, Number.POSITIVE_INFINITY)])(
    "is what naive loops find, one perturbed input at a time, masks and baselines of every example included",
    async (seed, inputs, maxBatchSize, norm) => {
      const { model } = randomNetwork(seed, { maxBatchSize });
      const method = new FeatureAblation(model);
      const examples = inputs.a.length;
      const featureMask = { a: inputs.a.map((_, at) => [0, at % 2, 1]), b: [[2, 3]] };
      const options = {
        target: inputs.a.map((_, at) => at % 2),
        baselines: { a: inputs.b.map(([one]) => [one!, 1, 2]), b: 0.5 },
        featureMask,
      };
      const samples = 3;
      const { score, values } = await sensitivityMax(method, inputs, options, { samples, radius: 0.4, norm, seed });
      const attribute = async (at: number, a: number[], b: number[]): Promise<number[]> => {
        const { attributions } = await method.attribute(
          { a: [a], b: [b] },
          {
            target: [at % 2],
            baselines: { a: [options.baselines.a[at]!], b: 0.5 },
            featureMask: { a: [featureMask.a[at]!], b: [[2, 3]] },
          },
        );
        return [...attributions["a"]!.data, ...attributions["b"]!.data].map(Number);
      };
      const sizeOf = (of: readonly number[]): number =>
        norm === Number.POSITIVE_INFINITY
          ? Math.max(...of.map(Math.abs))
          : of.reduce((sum, value) => sum + Math.abs(value) ** norm, 0) ** (1 / norm);
      for (let at = 0; at < examples; at++) {
        const [a, b] = [inputs.a[at]!, inputs.b[at]!];
        const own = await attribute(at, a, b);
        const changes: number[] = [];
        for (let sample = 0; sample < samples; sample++) {
          const random = seededRandom(seed).fork(`perturbation ${sample}`);
          const move = (name: string, row: number[]): number[] => {
            const stream = random.fork(name);
            return row.map((value) => value + 0.4 * (2 * stream.next() - 1));
          };
          const other = await attribute(at, move("a", a), move("b", b));
          changes.push(sizeOf(other.map((value, i) => value - own[i]!)) / (sizeOf(own) || 1));
        }
        changes.forEach((change, sample) => {
          expect(values[at]![sample]).toBeCloseTo(change, 9);
        });
        expect(score[at]).toBeCloseTo(Math.max(...changes), 9);
      }
    },
  );

  test("of a linear model the gradient has none, and what inputs contribute changes as they move", async () => {
    const weights = [2, -3, 0.5];
    const model = graph(
      ["x"],
      [
        linear(
          "out",
          "x",
          weights.map((weight) => [weight]),
        ),
      ],
      "out",
    );
    const x = [[1, 4, -2]];
    expect((await sensitivityMax(new Saliency(model), { x }, {})).score).toEqual([0]);
    const perturb = () => ({ perturbed: { x: [[1.5, 4, -2]] } });
    const { score, method } = await sensitivityMax(new InputXGradient(model), { x }, {}, { perturb });
    expect(score[0]).toBeCloseTo(1 / Math.hypot(2, 12, 1), 12);
    expect(method).toBe("InputXGradient");
  });

  test("where attributions are 0 it is how large they get", async () => {
    const model = functionModel<"x">(({ x }) => [...x.data].map((value) => Math.max(0, Number(value))), {
      inputs: [{ name: "x", dtype: "float64" }],
    });
    const perturb = () => ({ perturbed: { x: [[3]] } });
    expect((await sensitivityMax(new FeatureAblation(model), { x: [[-1]] }, {}, { perturb })).score).toEqual([3]);
  });

  test("calls hold as many copies as fit, and their number changes nothing", async () => {
    const model = smoothNetwork(2);
    const inputs = { a: [[0.4, -0.3, 0.8], [1, 0, 0.5]], b: [[0.2, 0.5], [1, -1]] }; // biome-ignore format: matrices
    const ask = (rows: number, samplesPerBatch?: number) =>
      sensitivityMax(new DeepLift(limitBatch(model, rows)), inputs, { target: [0, 1] }, { samples: 7, samplesPerBatch });
    const all = await ask(64);
    for (const [rows, perBatch] of [
      [64, 1],
      [64, 3],
      [5, undefined],
      [1, undefined],
    ] as const) {
      // biome-ignore format: cases
      const { score, evaluations } = await ask(rows, perBatch);
      expect(evaluations.calls).toBeGreaterThan(all.evaluations.calls);
      score.forEach((value, at) => {
        expect(value).toBeCloseTo(all.score[at]!, 9);
      });
    }
  });

  test("takes any method: sampled, wrapped, with required options, mixing examples, at a layer", async () => {
    const model = smoothNetwork(3);
    const inputs = { a: [[0.4, -0.3, 0.8], [1, 0, 0.5]], b: [[0.2, 0.5], [1, -1]] }; // biome-ignore format: matrices
    const target = [0, 1];
    const settings = { samples: 2, radius: 0.1 };
    const results = [
      await sensitivityMax(new ShapleyValueSampling(model), inputs, { target, samples: 4 }, settings),
      await sensitivityMax(new NoiseTunnel(new Saliency(model)), inputs, { target, samples: 2 }, settings),
      await sensitivityMax(new Occlusion(model), inputs, { target, window: 1 }, settings),
      await sensitivityMax(new FeaturePermutation(model), inputs, { target }, settings),
      await sensitivityMax(new FeatureAblation(fromLayer(model, "hidden")), inputs, { target }, settings),
      // Every output: one number for all of them.
      await sensitivityMax(new Saliency(model), inputs, {}, settings),
    ];
    for (const { score, values } of results) {
      expect(score).toHaveLength(2);
      expect(values.map((row) => row.length)).toEqual([2, 2]);
      for (const value of score) expect(value).toBeGreaterThan(0);
      for (const value of score) expect(value).toBeLessThan(2);
    }
  });

  test("says what is wrong", async () => {
    const model = functionModel<"x">(({ x }) => [...x.data].map(Number), { inputs: [{ name: "x", dtype: "int64" }] });
    const method = new FeatureAblation(model);
    const x = [[1n]];
    await expect(sensitivityMax(method, { x }, {})).rejects.toThrow(
      'input "x" is int64, and whole numbers cannot move by a fraction',
    );
    await expect(sensitivityMax(undefined as never, { x })).rejects.toThrow("method must be an attribution method");
    await expect(sensitivityMax(method, { x }, {}, { norm: 0.5 })).rejects.toThrow("norm must be a number from 1 up, got 0.5");
    await expect(sensitivityMax(method, { x }, {}, { radius: -1 })).rejects.toThrow("radius must be a number from 0 up, got -1");
    const perturb = () => ({ perturbed: { x: [[0.5]] } });
    await expect(sensitivityMax(method, { x }, {}, { perturb })).rejects.toThrow('perturbed "x" of perturb');
    const whole = await sensitivityMax(method, { x }, {}, { perturb: () => ({ perturbed: { x: [[3n]] } }), samples: 1 });
    expect(whole.score).toEqual([2]);
  });
});
