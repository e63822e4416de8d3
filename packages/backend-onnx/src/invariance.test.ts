import {
  DeepLift,
  type DifferentiableModel,
  fromLayer,
  GradientShap,
  type HostTensor,
  hostBackend,
  InputXGradient,
  IntegratedGradients,
  LayerGradientXActivation,
  limitBatch,
  type NamedTensors,
  Saliency,
  seededRandom,
  upToLayer,
} from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { type Architecture, network, rewritings } from "./equivalent-graphs.fixture.ts";
import type { ModelProto } from "./onnx/proto.ts";
import { writeModel } from "./onnx/write-model.ts";
import { OnnxModel } from "./onnx-model.ts";
import type { OnnxModelOptions } from "./onnx-model-options.ts";

const architectures: fc.Arbitrary<Architecture> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 30 }),
  activation: fc.constantFrom("Relu", "Tanh", "LeakyRelu"),
  pool: fc.constantFrom("MaxPool", "AveragePool"),
  groups: fc.constantFrom(1, 2),
  pads: fc.constantFrom(0, 1),
});

const load = (model: ModelProto | Uint8Array, options: OnnxModelOptions = {}): Promise<OnnxModel> =>
  OnnxModel.load(model instanceof Uint8Array ? model : writeModel(model), { session: { intraOpNumThreads: 1 }, ...options });

const rows = 3;
const target = [0, 2, 1];

function inputs(seed: number): { readonly x: HostTensor; readonly baseline: HostTensor } {
  const random = seededRandom(seed).fork("inputs");
  const tensor = (count: number): HostTensor =>
    hostBackend.fromData(
      Float32Array.from({ length: count * 72 }, () => random.normal()),
      [count, 2, 6, 6],
      "float32",
    );
  return { x: tensor(rows), baseline: tensor(1) };
}

async function numbers(tensor: NamedTensors[string]): Promise<number[]> {
  return Array.from((await hostBackend.read(tensor as HostTensor)).data, Number); // the models' tensors are the host backend's
}

/** The largest difference, over the largest number expected. */
function apart(got: readonly number[], expected: readonly number[]): number {
  expect(got).toHaveLength(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  return got.reduce((most, value, i) => Math.max(most, Number.isNaN(value) ? 1 : Math.abs(value - expected[i]!)), 0) / largest;
}

/** What rounding makes of the same function written down otherwise. */
const close = 5e-5;

/** Attributions to `x` of every method that depends on the function alone, and of DeepLIFT, whose rules these rewritings keep. */
async function attributions(model: DifferentiableModel, seed: number): Promise<Readonly<Record<string, readonly number[]>>> {
  const { x, baseline } = inputs(seed);
  const baselines = { x: baseline };
  const results = {
    gradient: await new Saliency(model, { abs: false }).attribute({ x }, { target }),
    "input × gradient": await new InputXGradient(model).attribute({ x }, { target }),
    "integrated gradients": await new IntegratedGradients(model).attribute({ x }, { target, baselines, steps: 8 }),
    "gradient SHAP": await new GradientShap(model).attribute({ x }, { target, baselines, stdev: 0.1, seed }),
    DeepLIFT: await new DeepLift(model).attribute({ x }, { target, baselines }),
  };
  return Object.fromEntries(
    Object.entries(results).map(([name, { attributions: of }]) => [name, Array.from(of["x"]!.data, Number)]),
  );
}

describe("attributions do not depend on how a function is written down", () => {
  for (const [name, rewrite] of Object.entries(rewritings))
    test.prop([architectures], { numRuns: 6 })(name, async (architecture) => {
      const original = network(architecture);
      await using one = await load(original);
      await using other = await load(await rewrite(original, architecture));
      const expected = await attributions(one, architecture.seed);
      const got = await attributions(other, architecture.seed);
      for (const [method, list] of Object.entries(expected)) expect(apart(got[method]!, list), method).toBeLessThan(close);
    });
});

describe("attributions do not depend on how they are computed", () => {
  test.prop([architectures, fc.integer({ min: 1, max: 7 })], { numRuns: 6 })(
    "rows a call and threads change nothing beyond rounding",
    async (architecture, limit) => {
      const file = network(architecture);
      await using one = await load(file);
      await using two = await load(file, { session: { intraOpNumThreads: 2 } });
      const expected = await attributions(one, architecture.seed);
      for (const model of [two, limitBatch(one, limit)]) {
        const got = await attributions(model, architecture.seed);
        for (const [method, list] of Object.entries(expected)) expect(apart(got[method]!, list), method).toBeLessThan(1e-6);
      }
    },
  );

  const values = ["x", "conv", "norm", "active", "scaled", "pooled", "flat", "hidden", "bent"];

  test.prop([architectures, fc.shuffledSubarray(values, { minLength: 1 }), fc.shuffledSubarray(values)], { numRuns: 10 })(
    "what is differentiated by and fetched beside, and in which order, changes nothing",
    async (architecture, wrt, fetches) => {
      await using model = await load(network(architecture));
      const { x } = inputs(architecture.seed);
      const objective = { value: "y", index: target.map((at) => [at]) };
      const { gradients, values: fetched } = await model.gradient({ feeds: { x }, objective, wrt, fetches });
      expect(Object.keys(gradients)).toEqual(wrt);
      expect(Object.keys(fetched)).toEqual(fetches);
      for (const name of wrt) {
        const alone = await model.gradient({ feeds: { x }, objective, wrt: [name] });
        expect(apart(await numbers(gradients[name]!), await numbers(alone.gradients[name]!)), name).toBeLessThan(1e-5);
      }
      const run = await model.run({ feeds: { x }, fetches });
      for (const name of fetches)
        expect(apart(await numbers(fetched[name]!), await numbers(run[name]!)), name).toBeLessThan(1e-5);
    },
  );

  test.prop([architectures, fc.constantFrom(...values.slice(1))], { numRuns: 12 })(
    "a layer that is fed has the gradient of a layer on the way, and the chain rule joins both halves",
    async (architecture, layer) => {
      await using model = await load(network(architecture));
      const { x } = inputs(architecture.seed);
      const objective = { value: "y", index: target.map((at) => [at]) };
      const whole = await model.gradient({ feeds: { x }, objective, wrt: ["x", layer], fetches: [layer] });
      const atLayer = whole.values[layer]!;
      const after = await model.gradient({ feeds: { [layer]: atLayer }, objective, wrt: [layer] });
      expect(apart(await numbers(after.gradients[layer]!), await numbers(whole.gradients[layer]!))).toBeLessThan(1e-5);
      const before = await model.gradient({
        feeds: { x },
        objective: { value: layer, cotangent: after.gradients[layer]! },
        wrt: ["x"],
      });
      expect(apart(await numbers(before.gradients["x"]!), await numbers(whole.gradients["x"]!))).toBeLessThan(1e-5);

      // The same at the level of methods: a view from the layer on, and one up to it.
      const fed = await new InputXGradient(fromLayer(model, layer)).attribute({ x }, { target });
      const hooked = await new LayerGradientXActivation(model, { layer }).attribute({ x }, { target });
      expect(
        apart([...fed.attributions[layer]!.data].map(Number), [...hooked.attributions[layer]!.data].map(Number)),
      ).toBeLessThan(1e-5);
      const first = atLayer.shape.slice(1).map(() => 0);
      const neuron = await new Saliency(upToLayer(model, layer), { abs: false }).attribute({ x }, { target: { path: first } });
      const direct = await model.gradient({
        feeds: { x },
        objective: { value: layer, index: Array.from({ length: rows }, () => first) },
        wrt: ["x"],
      });
      expect(apart([...neuron.attributions["x"]!.data].map(Number), await numbers(direct.gradients["x"]!))).toBeLessThan(1e-6);
    },
  );
});
