import {
  deletionCurve,
  fromLayer,
  type GradientRules,
  IntegratedGradients,
  infidelity,
  insertionCurve,
  type NamedTensors,
  Occlusion,
  type Perturb,
  rankFeatures,
  sensitivityMax,
  tensor,
} from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { repairsFor } from "./repair/registry.ts";
import { normals, rowsFor, smallModels } from "./small-models.fixture.ts";
import { TfjsModel } from "./tfjs-model.ts";

const image = tensor({ data: normals(2 * 7 * 6 * 2, 3), dims: [2, 7, 6, 2], type: "float32" });

const everyRule = (reference: NamedTensors): readonly GradientRules[] => [
  { kind: "guided" },
  { kind: "deconvolution" },
  { kind: "deepLift", reference },
  { kind: "lrp", linear: { rule: "gamma" } },
];

/** Holds everything that is computed on one backend of TensorFlow.js to leaving no tensor behind. */
export function describeMemory(backend: string): void {
  describe(`memory on ${backend}`, () => {
    let network: ReturnType<typeof smallModels.convolutional>;
    let model: TfjsModel;
    beforeAll(async () => {
      await tf.setBackend(backend);
      network = smallModels.convolutional();
      model = await TfjsModel.from(network.model, { tf });
    });
    afterAll(() => {
      network.model.dispose();
    });

    let before = 0;
    beforeEach(() => {
      before = tf.memory().numTensors;
    });
    afterEach(() => {
      expect(tf.memory().numTensors).toBe(before);
    });

    test("a method leaves no tensor behind", async () => {
      await new IntegratedGradients(model).attribute({ conv_input: image }, { target: 1, steps: 8 });
      await new Occlusion(model).attribute({ conv_input: image }, { target: 1, window: [3, 3, 2] });
    });

    test("metrics leave no tensor behind once their ranking is disposed of, at layers too", async () => {
      const target = 1;
      for (const at of [model, fromLayer(model, "conv")]) {
        const method = new IntegratedGradients(at);
        const inputs = { conv_input: image };
        const result = await method.attribute(inputs, { target, steps: 4 });
        {
          using ranked = await rankFeatures(at, inputs, result);
          const options = { steps: 3, randomOrders: 2 };
          const deletion = await deletionCurve(ranked, options);
          await insertionCurve(ranked, options);
          // Another method, while the ranking lives.
          await method.attribute(inputs, { target, steps: 2 });
          const again = await deletionCurve(ranked, options);
          expect(again.values).toEqual(deletion.values);
          expect(again.evaluations.coalitions).toBe(0);
        }
        const perturb: Perturb = (values) => ({ perturbed: values });
        const { score } = await infidelity(at, inputs, result, { perturb, samples: 2 });
        // The same rows twice differ by no more than how they lie in a batch.
        for (const value of score) expect(value).toBeLessThan(1e-9);
        await sensitivityMax(method, inputs, { target, steps: 2 }, { samples: 2 });
      }
    });

    test("a run leaves what it gives, a gradient too", async () => {
      using _scope = model.backend.scope();
      const feeds = rowsFor(model.backend, network.shapes)(3);
      const held = tf.memory().numTensors;
      await model.run({ feeds, fetches: ["logits", "conv"] });
      expect(tf.memory().numTensors).toBe(held + 2);
      await model.gradient({
        feeds,
        objective: { value: "logits", index: [[0], [1], [2]] },
        wrt: ["conv_input", "conv"],
        fetches: ["logits"],
      });
      expect(tf.memory().numTensors).toBe(held + 5);
    });

    test("rules leave what they give, and the registries as they were", async () => {
      using _scope = model.backend.scope();
      const feeds = rowsFor(model.backend, network.shapes)(2);
      const reference = rowsFor(model.backend, network.shapes, 9)(2);
      const registered = () => {
        const { gradients, kernels } = repairsFor(tf);
        const names = [
          ...gradients.map(({ kernelName }) => kernelName),
          "Tanh",
          "Sigmoid",
          "FusedBatchNorm",
          "Add",
          "Softmax",
          "MaxPool",
        ];
        return [
          ...names.map((name) => tf.getGradient(name)),
          ...kernels.map(({ kernelName }) => tf.getKernel(kernelName, backend)),
        ];
      };
      const registry = registered();
      const held = tf.memory().numTensors;
      const objective = { value: "logits", index: [[0], [1]] };
      for (const [i, rules] of everyRule(reference).entries()) {
        await model.gradient({ feeds, objective, wrt: ["conv_input", "conv"], fetches: ["logits"], rules });
        expect(tf.memory().numTensors).toBe(held + 3 * (i + 1));
        for (const [at, definition] of registered().entries()) expect(definition).toBe(registry[at]);
      }
    });

    test("what fails leaves nothing", async () => {
      using _scope = model.backend.scope();
      const feeds = rowsFor(model.backend, network.shapes)(2);
      const held = tf.memory().numTensors;
      const objective = { value: "logits", index: [[0], [9]] };
      await expect(model.gradient({ feeds, objective, wrt: ["conv_input"] })).rejects.toThrow("objective.index[1] [9]");
      for (const rules of everyRule(feeds))
        await expect(model.gradient({ feeds, objective, wrt: ["conv_input"], rules })).rejects.toThrow("objective.index[1] [9]");
      const unknown = { kind: "intuition" } as unknown as GradientRules; // what JavaScript may pass
      await expect(model.gradient({ feeds, objective, wrt: ["conv_input"], rules: unknown })).rejects.toThrow("rules.kind");
      await expect(model.run({ feeds, fetches: ["nowhere"] })).rejects.toThrow("nowhere");
      expect(tf.memory().numTensors).toBe(held);
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(new IntegratedGradients(model).attribute({ conv_input: image }, { target: 1, signal })).rejects.toThrow(
        "enough",
      );
    });

    test("attributions that run at the same time do not free each other's tensors", async () => {
      const methods = [0, 1, 2].map(
        (target) => () => new IntegratedGradients(model).attribute({ conv_input: image }, { target, steps: 8 }),
      );
      const alone = [];
      for (const method of methods) alone.push(await method());
      const together = await Promise.all(methods.map((method) => method()));
      for (const [i, result] of together.entries()) expect(result.attributions).toEqual(alone[i]!.attributions);
    });
  });
}
