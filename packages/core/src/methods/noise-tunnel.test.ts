import { describe, expect, test } from "vitest";
import { fromLayer } from "../model/from-layer.ts";
import type { Model } from "../model/model.ts";
import { onCall } from "../model/on-call.ts";
import type { AttributionResult } from "./attribution-result.ts";
import { FeatureAblation } from "./feature-ablation.ts";
import { FeaturePermutation } from "./feature-permutation.ts";
import { smoothNetwork } from "./gradient-models.fixture.ts";
import { KernelShap } from "./kernel-shap.ts";
import { Lime } from "./lime.ts";
import type { TensorMethod } from "./method.ts";
import { NoiseTunnel } from "./noise-tunnel.ts";
import { Occlusion, type OcclusionOptions } from "./occlusion.ts";
import { ShapleyValueSampling } from "./shapley-value-sampling.ts";
import { ShapleyValues } from "./shapley-values.ts";

const numbers = (result: AttributionResult): number[] =>
  Object.values(result.attributions).flatMap(({ data }) => [...data].map(Number));

function expectSame(got: AttributionResult, expected: AttributionResult): void {
  const [a, b] = [numbers(got), numbers(expected)];
  expect(a).toHaveLength(b.length);
  for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i]!, 9);
}

interface Options extends OcclusionOptions {
  readonly samples?: number;
}

/** Methods that run the model only, with options that go with every copy of an example. */
const perturbations: Readonly<Record<string, (model: Model) => TensorMethod<Model, Options>>> = {
  FeatureAblation: (model) => new FeatureAblation(model),
  Occlusion: (model) => new Occlusion(model),
  ShapleyValues: (model) => new ShapleyValues(model),
  ShapleyValueSampling: (model) => new ShapleyValueSampling(model),
  KernelShap: (model) => new KernelShap(model),
  Lime: (model) => new Lime(model),
};

describe("NoiseTunnel over methods that only run the model", () => {
  test.each(Object.keys(perturbations))("the tunnel gives its copies to %s together, at layers too", async (name) => {
    const model = smoothNetwork(4);
    const inputs = { a: [[0.4, -0.3, 0.8], [1, 0, 0.5]], b: [[0.2, 0.5], [1, -1]] }; // biome-ignore format: matrices
    for (const at of [model, fromLayer(model, "hidden")]) {
      const baselines = { a: [[0.1, 0, 0], [0, 0.2, 0.3]], b: 0.5 }; // biome-ignore format: a matrix
      const options = { target: [0, 1], baselines, samples: 4, stdev: 0.3, methodOptions: { samples: 6 }, window: 1 };
      const calls = { apart: 0, together: 0 };
      const shake = (how: keyof typeof calls, samplesPerBatch?: number): Promise<AttributionResult> => {
        const counted = onCall(at, () => {
          calls[how]++;
        });
        const tunnel = new NoiseTunnel(perturbations[name]!(counted));
        return tunnel.attribute(inputs, { ...options, samplesPerBatch });
      };
      const [apart, together] = [await shake("apart", 1), await shake("together")];
      expectSame(together, apart);
      // Exact Shapley values fill the calls by themselves.
      expect(calls.together).toBeLessThanOrEqual(calls.apart - (name === "ShapleyValues" ? 0 : 1));
      expect(numbers(together).some((value) => value !== 0)).toBe(true);
    }
  });

  test("the tunnel keeps copies apart for a method that exchanges values between examples", async () => {
    const model = smoothNetwork(4);
    const inputs = { a: [[0.4, -0.3, 0.8], [1, 0, 0.5]], b: [[0.2, 0.5], [1, -1]] }; // biome-ignore format: matrices
    for (const at of [model, fromLayer(model, "hidden")]) {
      const plain = await new FeaturePermutation(at).attribute(inputs, { target: 0 });
      const quiet = await new NoiseTunnel(new FeaturePermutation(at)).attribute(inputs, { target: 0, stdev: 0, samples: 3 });
      expectSame(quiet, plain);
    }
    const tunnel = new NoiseTunnel(new FeatureAblation(model));
    await expect(tunnel.attribute(inputs, { target: 0, samplesPerBatch: 0 })).rejects.toThrow(
      "samplesPerBatch must be a whole number from 1 up, got 0",
    );
  });

  test("the tunnel takes what the method needs beside its own options, or in methodOptions", async () => {
    const model = smoothNetwork(2);
    const inputs = { a: [[0.4, -0.3, 0.8]], b: [[0.2, 0.5]] };
    const tunnel = new NoiseTunnel(new Occlusion(model));
    const beside = await tunnel.attribute(inputs, { target: 0, stdev: 0, window: 2, strides: 1 });
    const inside = await tunnel.attribute(inputs, { target: 0, stdev: 0, methodOptions: { window: 2 } });
    expectSame(inside, beside);
    expectSame(beside, await new Occlusion(model).attribute(inputs, { target: 0, window: 2 }));
    // @ts-expect-error Occlusion has no option of that name.
    await tunnel.attribute(inputs, { target: 0, window: 2, methodOptions: { windows: 2 } });
    // @ts-expect-error The window is given in neither place.
    await expect(tunnel.attribute(inputs, { target: 0 })).rejects.toThrow("Occlusion needs window");
  });
});
