import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { add, affine, linear, referenceNetwork, relu } from "../../../testing/src/host/host-graph.ts";
import { bind } from "../model/bind.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { fromLayer } from "../model/from-layer.ts";
import { functionModel } from "../model/function-model.ts";
import { limitBatch } from "../model/limit-batch.ts";
import { logSoftmax } from "../model/log-softmax.ts";
import { type ModelCall, onCall } from "../model/on-call.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import { AttributionResult } from "./attribution-result.ts";
import { Deconvolution } from "./deconvolution.ts";
import { DeepLift } from "./deep-lift.ts";
import { DeepLiftShap } from "./deep-lift-shap.ts";
import { ExpectedGradients } from "./expected-gradients.ts";
import { FeatureAblation } from "./feature-ablation.ts";
import { GradCam } from "./grad-cam.ts";
import { graph, smoothNetwork } from "./gradient-models.fixture.ts";
import { GradientShap } from "./gradient-shap.ts";
import { GuidedBackprop } from "./guided-backprop.ts";
import { GuidedIntegratedGradients } from "./guided-integrated-gradients.ts";
import { InputXGradient } from "./input-x-gradient.ts";
import { IntegratedGradients } from "./integrated-gradients.ts";
import { InternalInfluence } from "./internal-influence.ts";
import { LayerConductance } from "./layer-conductance.ts";
import { LayerGradientXActivation } from "./layer-gradient-x-activation.ts";
import { Lrp } from "./lrp.ts";
import type { TensorMethod } from "./method.ts";
import { NeuronConductance } from "./neuron-conductance.ts";
import { NoiseTunnel } from "./noise-tunnel.ts";
import { arbitraryInputs, example } from "./random-models.fixture.ts";
import { Saliency } from "./saliency.ts";

const seeds = fc.integer({ min: 0, max: 10_000 });
const few = { numRuns: 15 };

type Network = ReturnType<typeof smoothNetwork>;

/** Every method, as it is made over a smooth network. */
const methods: Readonly<Record<string, (model: Network) => TensorMethod<DifferentiableModel, never>>> = {
  Saliency: (model) => new Saliency(model),
  InputXGradient: (model) => new InputXGradient(model),
  IntegratedGradients: (model) => new IntegratedGradients(model),
  GradientShap: (model) => new GradientShap(model),
  ExpectedGradients: (model) => new ExpectedGradients(model),
  GuidedIntegratedGradients: (model) => new GuidedIntegratedGradients(model),
  NoiseTunnel: (model) => new NoiseTunnel(new Saliency(model)),
  DeepLift: (model) => new DeepLift(model),
  DeepLiftShap: (model) => new DeepLiftShap(model),
  GuidedBackprop: (model) => new GuidedBackprop(model),
  Deconvolution: (model) => new Deconvolution(model),
  Lrp: (model) => new Lrp(model),
  GradCam: (model) => new GradCam(model, { layer: "t" }),
  LayerGradientXActivation: (model) => new LayerGradientXActivation(model, { layer: "t" }),
  LayerConductance: (model) => new LayerConductance(model, { layer: "t" }),
  InternalInfluence: (model) => new InternalInfluence(model, { layer: "t" }),
  NeuronConductance: (model) => new NeuronConductance(model, { layer: "t", neuron: [1] }),
};
const names = fc.constantFrom(...Object.keys(methods));

/** Options that only some methods have are of no effect on the others. */
function ask(method: TensorMethod<DifferentiableModel, never>, inputs: object, options: object = {}): Promise<AttributionResult> {
  const asked = method as unknown as { attribute(inputs: object, options: object): Promise<AttributionResult> };
  return asked.attribute(inputs, { steps: 8, samples: 3, ...options });
}

function numbers(result: AttributionResult): number[] {
  return Object.values(result.attributions).flatMap(({ data }) => [...data].map(Number));
}

function expectSame(got: AttributionResult, expected: AttributionResult, tolerance = 1e-9): void {
  const [a, b] = [numbers(got), numbers(expected)];
  expect(a).toHaveLength(b.length);
  for (const [i, value] of a.entries())
    expect(Math.abs(value - b[i]!), `element ${i}: ${value}, ${b[i]}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(b[i]!)),
    );
}

function rowOf(result: AttributionResult, row: number): number[] {
  return Object.values(result.attributions).flatMap(({ data, shape }) => {
    const width = data.length / shape[0]!;
    return [...data].slice(row * width, (row + 1) * width).map(Number);
  });
}

describe("every gradient method", () => {
  test.prop([names, seeds, arbitraryInputs, fc.integer({ min: 1, max: 5 })], { numRuns: 40 })(
    "gives the same in calls of any size, and as many rows",
    async (name, seed, inputs, limit) => {
      const model = smoothNetwork(seed);
      const whole = await ask(methods[name]!(model), inputs, { target: 1 });
      const calls: ModelCall[] = [];
      const limited = onCall(limitBatch(model, limit), (call) => calls.push(call));
      const parts = await ask(methods[name]!(limited as Network), inputs, { target: 1 });
      expectSame(parts, whole);
      expect(parts.evaluations.calls).toBe(calls.length);
      expect(parts.evaluations.gradients).toBe(calls.filter(({ wrt }) => wrt !== undefined).length);
      expect(parts.evaluations.rows).toBe(calls.reduce((sum, { rows }) => sum + rows, 0));
      expect(Math.max(...calls.map(({ rows }) => rows))).toBeLessThanOrEqual(limit);
    },
  );

  test.prop([names, seeds, arbitraryInputs], { numRuns: 40 })(
    "gives an example the same alone as in a batch, for every number of the output",
    async (name, seed, inputs) => {
      const model = smoothNetwork(seed);
      const all = await ask(methods[name]!(model), inputs);
      for (let at = 0; at < inputs.a.length; at++) {
        const alone = await ask(methods[name]!(model), example(inputs, at));
        const [got, expected] = [numbers(alone), rowOf(all, at)];
        expect(got).toHaveLength(expected.length);
        for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 9);
      }
    },
  );

  test.prop([names, seeds, arbitraryInputs], few)(
    "explains every number of the output as it explains that number alone",
    async (name, seed, inputs) => {
      const model = smoothNetwork(seed, { outputs: 3 });
      const all = await ask(methods[name]!(model), inputs);
      for (const target of [0, 1, 2]) {
        const one = await ask(methods[name]!(model), inputs, { target });
        for (const [input, { data, shape }] of Object.entries(one.attributions)) {
          const whole = all.attributions[input]!;
          expect(whole.shape).toEqual([shape[0], 3, ...shape.slice(1)]);
          const width = data.length / shape[0]!;
          for (const [i, value] of data.entries()) {
            const at = (Math.floor(i / width) * 3 + target) * width + (i % width);
            expect(Number(whole.data[at])).toBeCloseTo(Number(value), 9);
          }
        }
      }
    },
  );

  test.prop([names, seeds], few)("gives a copy of its result back from JSON", async (name, seed) => {
    const result = await ask(methods[name]!(smoothNetwork(seed)), { a: [[1, 0, 2]], b: [[0.5, 1]] }, { target: 0 });
    expect(AttributionResult.fromJSON(JSON.stringify(result))).toEqual(result);
  });

  test.prop([names], few)("stops between calls once it is aborted", async (name) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let calls = 0;
    const model = onCall(limitBatch(smoothNetwork(1), 1), () => {
      if (++calls === 2) controller.abort(reason);
    });
    const inputs = { a: [[1, 0, 2], [1, 1, 1], [2, 0, 1]], b: [[0.5, 1], [1, 1], [0, 2]] }; // biome-ignore format: matrices
    await expect(ask(methods[name]!(model as Network), inputs, { signal: controller.signal })).rejects.toBe(reason);
    expect(calls).toBe(2);
  });

  test.prop([names], few)("refuses a model without gradients, and says what to do instead", (name) => {
    const blackBox = functionModel(({ x }) => hostBackend.sum(x!, [1]), { inputs: ["x"] });
    expect(() => methods[name]!(blackBox as Network)).toThrow(/model has no gradients.*OnnxModel\.load.*FeatureAblation/s);
  });
});

describe("types", () => {
  test("do not take a black box for a differentiable model", () => {
    const blackBox = functionModel(({ x }) => hostBackend.sum(x, [1]), { inputs: ["x"] });
    // @ts-expect-error a function has no gradients
    expect(() => new Saliency(blackBox)).toThrow("no gradients");
    // @ts-expect-error nor does a view of it
    expect(() => new IntegratedGradients(limitBatch(blackBox, 2))).toThrow("no gradients");
    const views: DifferentiableModel[] = [
      limitBatch(referenceNetwork(), 2),
      onCall(referenceNetwork(), () => {}),
      bind(referenceNetwork(), {}),
      logSoftmax(fromLayer(referenceNetwork(), "relu")),
    ];
    for (const view of views) expect(typeof view.gradient).toBe("function");
  });
});

describe("IntegratedGradients", () => {
  test.prop([seeds, arbitraryInputs], few)("sums up to the change of the output of a smooth network", async (seed, inputs) => {
    const model = smoothNetwork(seed);
    const { value, baseValue, delta } = await new IntegratedGradients(model).attribute(inputs, { steps: 200 });
    const outputs = await model.run({ feeds: feedsOf(inputs), fetches: ["out"] });
    expect([...value!.data]).toEqual([...(await hostBackend.read(outputs["out"]!)).data]);
    expect(baseValue!.shape).toEqual(value!.shape);
    for (const gap of delta!.data) expect(Math.abs(Number(gap))).toBeLessThan(1e-3);
  });

  test.prop([seeds, arbitraryInputs, fc.constantFrom(1e-2, 1e-5)], few)(
    "refines until the delta is under the tolerance, also over kinks",
    async (seed, { a }, tolerance) => {
      for (const model of [kinked(seed), smoothNetwork(seed)]) {
        const inputs = { a, b: a.map((row) => row.slice(0, 2)) };
        const result = await new IntegratedGradients(model).attribute(inputs, { steps: 4, tolerance, maxSteps: 5000 });
        for (const gap of result.delta!.data) expect(Math.abs(Number(gap))).toBeLessThanOrEqual(tolerance * (1 + 1e-9));
        expect(result.warnings).toEqual([]);
      }
    },
  );

  test("says where the tolerance was not reached", async () => {
    const result = await new IntegratedGradients(kinked(3)).attribute(
      { a: [[9, -4, 5]], b: [[1, 2]] },
      { steps: 2, tolerance: 1e-12, maxSteps: 3 },
    );
    expect(result.warnings.join()).toContain("still over the tolerance 1e-12 after 3 steps");
  });

  test.prop([seeds, arbitraryInputs], few)(
    "is zero where the input is its baseline, and for inputs without effect",
    async (seed, inputs) => {
      const model = smoothNetwork(seed, { unused: [1, 4] });
      const same = await new IntegratedGradients(model).attribute(inputs, { steps: 5, baselines: inputs });
      expect(numbers(same).every((value) => value === 0)).toBe(true);
      const { attributions } = await new IntegratedGradients(model).attribute(inputs, { steps: 5, target: 0 });
      inputs.a.forEach((_row, i) => {
        expect(Number(attributions["a"]!.data[3 * i + 1])).toBeCloseTo(0, 12);
        expect(Number(attributions["b"]!.data[2 * i + 1])).toBeCloseTo(0, 12);
      });
    },
  );

  test.prop([seeds, arbitraryInputs], few)("of a sum of outputs is the sum of theirs", async (seed, inputs) => {
    const parts = smoothNetwork(seed);
    const both = await new IntegratedGradients(parts).attribute(inputs, { steps: 6 });
    const sums = await new IntegratedGradients(withTotal(seed)).attribute(inputs, { steps: 6 });
    const { data } = both.attributions["a"]!;
    for (const [i, value] of sums.attributions["a"]!.data.entries()) {
      const row = Math.floor(i / 3);
      const expected = 3 * Number(data[6 * row + (i % 3)]) - 2 * Number(data[6 * row + 3 + (i % 3)]);
      expect(Number(value)).toBeCloseTo(expected, 9);
    }
  });

  test.prop(
    [
      fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 3, maxLength: 3 }),
      fc.constantFrom("gauss-legendre", "trapezoid", "riemann-left"),
      fc.integer({ min: 2, max: 9 }),
    ],
    few,
  )("of a linear model is its weights times the distance, whatever the steps", async (weights, quadrature, steps) => {
    const model = graph(
      ["x"],
      [
        linear(
          "out",
          "x",
          weights.map((weight) => [weight]),
          [4],
        ),
      ],
      "out",
    );
    const x = [[1.5, -2, 3]];
    const result = await new IntegratedGradients(model).attribute(
      { x },
      { quadrature: quadrature as "trapezoid", steps, baselines: { x: [0.5, 0.5, 0.5] } },
    );
    weights.forEach((weight, i) => {
      expect(Number(result.attributions["x"]!.data[i])).toBeCloseTo(weight * (x[0]![i]! - 0.5), 10);
    });
    expect(Number((await new DeepLift(model).attribute({ x })).attributions["x"]!.data[0])).toBeCloseTo(weights[0]! * 1.5, 10);
  });

  test("packs steps and examples into calls: 50 steps of 3 examples are 3 calls of 64 rows, and one without gradients", async () => {
    const model = smoothNetwork(1);
    const inputs = { a: [[1, 2, 3], [0, 1, 0], [1, 1, 1]], b: [[1, 2], [0, 1], [1, 1]] }; // biome-ignore format: matrices
    const result = await new IntegratedGradients(model).attribute(inputs, { target: 0 });
    // One row is run to see what the output looks like, as the graph does not say.
    expect(result.evaluations).toEqual({ calls: 5, rows: 1 + 150 + 6, gradients: 3 });
  });

  test("refuses integers, and says where else to attribute to", async () => {
    const model = graph(["x"], [affine("out", "x", 2)], "out");
    const integers = { ...model, inputs: [{ name: "x", dtype: "int64" as const }] };
    await expect(new IntegratedGradients(integers).attribute({ x: [[1, 2]] })).rejects.toThrow(
      'input "x" is int64, and whole numbers have no gradient: attribute to the layer that looks them up, new IntegratedGradients(fromLayer(',
    );
  });
});

describe("DeepLift", () => {
  test.prop([seeds, arbitraryInputs], few)("sums up to the change of the output, from any baseline", async (seed, inputs) => {
    const baselines = { a: [[0.3, -1, 2]], b: [[1, 0.2]] };
    const { delta } = await new DeepLift(smoothNetwork(seed)).attribute(inputs, { baselines });
    for (const gap of delta!.data) expect(Math.abs(Number(gap))).toBeLessThan(1e-9);
    const shap = await new DeepLiftShap(smoothNetwork(seed)).attribute(inputs, { baselines: { a: [[0, 0, 0], [1, 2, 0.5]], b: [[1, 1], [0, 3]] } }); // biome-ignore format: matrices
    for (const gap of shap.delta!.data) expect(Math.abs(Number(gap))).toBeLessThan(1e-9);
  });
});

describe("GradientShap and NoiseTunnel", () => {
  test.prop([seeds, arbitraryInputs], few)(
    "give the same for the same seed, and something else for another",
    async (seed, inputs) => {
      const model = smoothNetwork(5);
      const draw = (at: number) => new GradientShap(model).attribute(inputs, { seed: at, stdev: 0.1, baselines: { a: [[0, 0, 0], [1, 1, 1]], b: 0 } }); // biome-ignore format: matrices
      expect(numbers(await draw(seed))).toEqual(numbers(await draw(seed)));
      expect(numbers(await draw(seed))).not.toEqual(numbers(await draw(seed + 1)));
      const shake = (at: number) => new NoiseTunnel(new Saliency(model)).attribute(inputs, { seed: at, stdev: { a: 0.5 } });
      expect(numbers(await shake(seed))).toEqual(numbers(await shake(seed)));
      expect(numbers(await shake(seed))).not.toEqual(numbers(await shake(seed + 1)));
    },
  );

  test("expected gradients come near integrated gradients as the samples become many", async () => {
    const model = smoothNetwork(9);
    const inputs = { a: [[0.4, -0.3, 0.8]], b: [[0.2, 0.5]] };
    const exact = await new IntegratedGradients(model).attribute(inputs, { target: 0 });
    const sampled = await new GradientShap(model).attribute(inputs, { target: 0, samples: 2000 });
    numbers(exact).forEach((value, i) => {
      const error = Object.values(sampled.standardErrors!).flatMap(({ data }) => [...data].map(Number))[i]!;
      expect(Math.abs(numbers(sampled)[i]! - value)).toBeLessThan(5 * error + 1e-9);
    });
  });

  test("the tunnel's moments are those of its samples", async () => {
    const model = smoothNetwork(9);
    const inputs = { a: [[0.4, -0.3, 0.8]], b: [[0.2, 0.5]] };
    const tunnel = new NoiseTunnel(new Saliency(model, { abs: false }));
    const by = async (type: "smoothgrad" | "smoothgrad_sq" | "vargrad") =>
      numbers(await tunnel.attribute(inputs, { type, target: 0, samples: 40 }));
    const [mean, square, variance] = [await by("smoothgrad"), await by("smoothgrad_sq"), await by("vargrad")];
    mean.forEach((value, i) => {
      expect(variance[i]!).toBeCloseTo(square[i]! - value ** 2, 10);
      expect(variance[i]!).toBeGreaterThan(0);
    });
  });

  test("the tunnel takes bound inputs and targets of single examples along, and methods that only run the model", async () => {
    const model = bind(smoothNetwork(9), { b: [[0.2, 0.5], [1, -1]] }); // biome-ignore format: a matrix
    const a = [[0.4, -0.3, 0.8], [1, 0, 0.5]]; // biome-ignore format: a matrix
    const plain = await new Saliency(model).attribute({ a }, { target: [0, 1] });
    const tunnel = await new NoiseTunnel(new Saliency(model)).attribute({ a }, { target: [0, 1], stdev: 0, samples: 4 });
    expectSame(tunnel, plain);
    const ablation = new FeatureAblation(model);
    const shaken = await new NoiseTunnel(ablation).attribute({ a }, { target: [0, 1], stdev: 0, samples: 2 });
    expectSame(shaken, await ablation.attribute({ a }, { target: [0, 1] }));
  });

  test("the tunnel adds its noise at the layer over a layer view, and turns baselines of the inputs into the layer's", async () => {
    const view = fromLayer(smoothNetwork(4), "hidden");
    const inputs = { a: [[0.4, -0.3, 0.8]], b: [[0.2, 0.5]] };
    const options = { target: 0, baselines: { a: 0.5, b: 0 }, steps: 5 };
    const plain = await new IntegratedGradients(view).attribute(inputs, options);
    const quiet = await new NoiseTunnel(new IntegratedGradients(view)).attribute(inputs, { ...options, stdev: 0, samples: 2 });
    expectSame(quiet, plain);
    const noisy = await new NoiseTunnel(new IntegratedGradients(view)).attribute(inputs, { ...options, stdev: 0.3, samples: 2 });
    expect(numbers(noisy)).not.toEqual(numbers(plain));
    expect(Object.keys(noisy.attributions)).toEqual(["hidden"]);
  });
});

describe("Lrp", () => {
  test.prop([seeds, arbitraryInputs], few)("without biases conserves the explained number", async (seed, inputs) => {
    const { delta, value } = await new Lrp(smoothNetwork(seed)).attribute(inputs);
    // Far from sums that nearly cancel, which the stabiliser moves.
    for (const [i, gap] of delta!.data.entries())
      expect(Math.abs(Number(gap))).toBeLessThan(1e-4 * Math.max(1, Math.abs(Number(value!.data[i]))));
  });
});

describe("layer methods", () => {
  test.prop([seeds, arbitraryInputs], few)("of all neurons of a layer sum up to integrated gradients", async (seed, inputs) => {
    const model = smoothNetwork(seed);
    const whole = await new IntegratedGradients(model).attribute(inputs, { steps: 20, target: 0 });
    let sum: number[] | undefined;
    for (const neuron of [0, 1, 2, 3]) {
      const one = numbers(
        await new NeuronConductance(model, { layer: "t", neuron: [neuron] }).attribute(inputs, { steps: 20, target: 0 }),
      );
      sum = sum?.map((value, i) => value + one[i]!) ?? one;
    }
    numbers(whole).forEach((value, i) => {
      expect(sum![i]!).toBeCloseTo(value, 9);
    });
  });

  test.prop([seeds, arbitraryInputs], few)("name a layer the model does not have in their refusal", (seed) => {
    expect(() => new GradCam(smoothNetwork(seed), { layer: "hiden" })).toThrow('layer "hiden" is no value of the model');
  });
});

function feedsOf(inputs: { a: number[][]; b: number[][] }) {
  return { a: tensor(inputs.a, "float64"), b: tensor(inputs.b, "float64") };
}

/** A rectifier network of the smooth one's inputs. */
function kinked(seed: number): Network {
  const weights = (rows: number, shift: number): number[][] =>
    Array.from({ length: rows }, (_, i) => [1, 2, 3].map((unit) => Math.sin(7 * i + 3 * unit + shift + seed)));
  return graph(
    ["a", "b"],
    [
      linear("ha", "a", weights(3, 0), [-0.4, 0.3, 0.2]),
      linear("hb", "b", weights(2, 1)),
      add("hidden", "ha", "hb"),
      relu("r", "hidden"),
      linear("out", "r", weights(3, 2)),
    ],
    "out",
  );
}

/** Three times the first output of the smooth network, less twice the second. */
function withTotal(seed: number): DifferentiableModel {
  const model = smoothNetwork(seed);
  const total = linear("total", "out", [[3], [-2]]);
  return {
    ...model,
    outputs: [{ name: "total" }],
    async run(request) {
      const { out } = await model.run({ ...request, fetches: ["out"] });
      return { total: total.compute(out as HostTensor) };
    },
    async gradient(request) {
      const rows = request.origin!.examples.length;
      const cotangent = tensor(Array.from({ length: rows }, () => [3, -2]), "float64"); // biome-ignore format: one row each
      return await model.gradient({ ...request, objective: { value: "out", cotangent } });
    },
  };
}
