import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { linear } from "../../../testing/src/host/host-graph.ts";
import { FeatureAblation } from "../methods/feature-ablation.ts";
import { graph, smoothNetwork } from "../methods/gradient-models.fixture.ts";
import { InputXGradient } from "../methods/input-x-gradient.ts";
import { IntegratedGradients } from "../methods/integrated-gradients.ts";
import { arbitraryInputs, randomNetwork, type TwoInputs } from "../methods/random-models.fixture.ts";
import { Saliency } from "../methods/saliency.ts";
import { fromLayer } from "../model/from-layer.ts";
import type { Model } from "../model/model.ts";
import { tensor } from "../tensor/from.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { seededRandom } from "../tensor/random.ts";
import { infidelity } from "./infidelity.ts";
import type { Perturb } from "./perturb.ts";

/** Noise of a size, on every input. */
const noise =
  (size: number): Perturb =>
  (inputs, random) => ({
    perturbed: Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, tensorOf(input, (value) => value + size * random.normal())]),
    ),
  });

function tensorOf({ data, shape }: HostTensor, change: (value: number) => number): HostTensor {
  return new HostTensor(Float64Array.from([...data].map((value) => change(Number(value)))), shape, "float64");
}

async function output(model: Model, { a, b }: TwoInputs): Promise<number> {
  const { output } = await model.run({ feeds: { a: tensor(a, "float64"), b: tensor(b, "float64") }, fetches: ["output"] });
  return Number((await model.backend.read(output!)).data[0]);
}

describe("infidelity", () => {
  test.prop([fc.integer(), arbitraryInputs, fc.integer({ min: 1, max: 9 }), fc.boolean(), fc.boolean()])(
    "is what naive loops find, one row at a time, whatever the batch limit",
    async (seed, inputs, maxBatchSize, normalize, multiplyByInputs) => {
      const { model, calls } = randomNetwork(seed, { maxBatchSize });
      const result = await new FeatureAblation(model).attribute(inputs, { target: 0 });
      calls.length = 0;
      const samples = 3;
      const options = { perturb: noise(0.5), samples, seed, normalize, multiplyByInputs };
      const { score, values, evaluations } = await infidelity(model, inputs, result, options);
      const examples = inputs.a.length;
      // The inputs as they are, once, and every sample.
      const rows = (1 + samples) * examples;
      expect(evaluations).toEqual({ calls: Math.ceil(rows / maxBatchSize), rows });
      expect(calls).toHaveLength(Math.ceil(rows / maxBatchSize));

      const moved = Array.from({ length: samples }, (_, sample) => {
        const random = seededRandom(seed).fork(`perturbation ${sample}`);
        const change = (rows: number[][]): number[][] => rows.map((row) => row.map((value) => value + 0.5 * random.normal()));
        return { a: change(inputs.a), b: change(inputs.b) };
      });
      for (let at = 0; at < examples; at++) {
        const pairs: [number, number][] = [];
        for (const sample of moved) {
          let said = 0;
          for (const name of ["a", "b"] as const)
            inputs[name][at]!.forEach((value, i) => {
              const own = Number(result.attributions[name]!.data[at * inputs[name][at]!.length + i]);
              const far = value - sample[name][at]![i]!;
              said += own * (multiplyByInputs && value !== 0 ? far / value : far);
            });
          const fell =
            (await output(model, { a: [inputs.a[at]!], b: [inputs.b[at]!] })) -
            (await output(model, { a: [sample.a[at]!], b: [sample.b[at]!] }));
          pairs.push([said, fell]);
        }
        const scale = normalize
          ? pairs.reduce((sum, [said, fell]) => sum + said * fell, 0) / pairs.reduce((sum, [said]) => sum + said * said, 0)
          : 1;
        const errors = pairs.map(([said, fell]) => (scale * said - fell) ** 2);
        errors.forEach((error, i) => {
          expect(values[at]![i]).toBeCloseTo(error, 8);
        });
        expect(score[at]).toBeCloseTo(errors.reduce((sum, error) => sum + error, 0) / samples, 8);
      }
    },
  );

  test("is 0 for what tells all of a linear model: its gradient, and what it contributes", async () => {
    const model = graph(["x"], [linear("out", "x", [[2], [-3], [0.5]])], "out");
    const x = [[1, 4, -2], [0, 1, 3]]; // biome-ignore format: a matrix
    const gradient = await new Saliency(model, { abs: false }).attribute({ x });
    const rates = await infidelity(model, { x }, gradient, { perturb: noise(2), multiplyByInputs: false });
    const contributions = await infidelity(model, { x }, await new InputXGradient(model).attribute({ x }), { perturb: () => ({ perturbed: { x: [[0, 4, 7], [0, 2, 2]] } }) }); // biome-ignore format: one call
    for (const { score } of [rates, contributions]) for (const value of score) expect(value).toBeCloseTo(0, 20);
  });

  test("without normalize it grows with the square of the attributions; with it their unit does not matter", async () => {
    const { model } = randomNetwork(5);
    const inputs = { a: [[1, 2, 3]], b: [[4, 5]] };
    const { attributions } = await new FeatureAblation(model).attribute(inputs, { target: 0 });
    const scaled = Object.fromEntries(
      Object.entries(attributions).map(([name, own]) => [name, tensorOf(own, (value) => 1000 * value)]),
    );
    const ask = async (given: typeof attributions, normalize: boolean): Promise<number> =>
      (await infidelity(model, inputs, { attributions: given }, { target: 0, perturb: noise(0.3), normalize })).score[0]!;
    expect(await ask(scaled, true)).toBeCloseTo(await ask(attributions, true), 9);
    expect(await ask(scaled, false)).toBeGreaterThan(1000 * (await ask(attributions, false)));
    const nothing = Object.fromEntries(Object.entries(attributions).map(([name, own]) => [name, tensorOf(own, () => 0)]));
    expect(await ask(nothing, true)).toBeCloseTo(await ask(nothing, false), 12);
  });

  test("with the method's mask a feature counts once, whatever share of it is taken away", async () => {
    const model = graph(["x"], [linear("out", "x", [[2], [-3], [0.5], [1]])], "out");
    const x = [[1, 4, -2, 3], [0, 1, 3, 2]]; // biome-ignore format: a matrix
    const featureMask = { x: [[0, 0, 1, 2], [0, 1, 1, 1]] }; // biome-ignore format: a matrix
    const result = await new FeatureAblation(model).attribute({ x }, { featureMask });
    const perturb: Perturb = () => ({ perturbed: { x: [[0, 0, -2, 3], [0, 0, 0, 0]] } }); // biome-ignore format: a matrix
    expect((await infidelity(model, { x }, result, { perturb, featureMask, samples: 1 })).score).toEqual([0, 0]);
    // Without it a feature of two elements counts twice.
    const [first] = (await infidelity(model, { x }, result, { perturb, samples: 1 })).score;
    expect(first).toBe(100);
  });

  test("is of a layer's value over a layer view; what a perturbation leaves out stays", async () => {
    const layer = fromLayer(smoothNetwork(4), "hidden");
    const inputs = { a: [[0.4, -0.3, 0.8]], b: [[0.2, 0.5]] };
    const result = await new IntegratedGradients(layer).attribute(inputs, { target: 1 });
    const seen: string[] = [];
    const perturb: Perturb = (values) => {
      seen.push(Object.keys(values).join());
      return { perturbed: {} };
    };
    const { score, evaluations } = await infidelity(layer, inputs, result, { perturb, samples: 4 });
    expect(score).toEqual([0]);
    expect(seen).toEqual(["hidden", "hidden", "hidden", "hidden"]);
    expect(evaluations.rows).toBe(1 + 5);
  });

  test("says what is wrong, and stops when aborted", async () => {
    const { model } = randomNetwork(1);
    const inputs = { a: [[1, 2, 3]], b: [[4, 5]] };
    const explanation = { attributions: inputs, target: 0 };
    const ask = (perturb: Perturb, more = {}): Promise<unknown> => infidelity(model, inputs, explanation, { perturb, ...more });
    await expect(infidelity(model, inputs, explanation, {} as never)).rejects.toThrow("infidelity needs perturb");
    await expect(infidelity(model, inputs, 3 as never, { perturb: noise(1) })).rejects.toThrow(
      "explanation must be a method's result",
    );
    await expect(ask(noise(1), { samples: 0 })).rejects.toThrow("samples must be a whole number from 1 up, got 0");
    await expect(ask(() => ({ perturbed: { c: [[1]] } }))).rejects.toThrow(
      'perturbed "c" of perturb is none of the inputs "a", "b"',
    );
    await expect(ask(() => ({ perturbed: { a: [[1]] } }))).rejects.toThrow(
      'perturbed "a" of perturb has shape [1, 1], and the input [1, 3]',
    );
    await expect(ask((() => 3) as unknown as Perturb)).rejects.toThrow("perturb must return { perturbed }");
    await expect(infidelity(model, inputs, { attributions: inputs }, { perturb: noise(1) })).rejects.toThrow(
      "target must pick one",
    );
    const controller = new AbortController();
    const perturb: Perturb = () => {
      controller.abort(new Error("enough"));
      return { perturbed: {} };
    };
    const { model: slow, calls } = randomNetwork(1, { maxBatchSize: 1 });
    await expect(infidelity(slow, inputs, explanation, { perturb, signal: controller.signal })).rejects.toThrow("enough");
    expect(calls.length).toBeLessThanOrEqual(2);
  });
});
