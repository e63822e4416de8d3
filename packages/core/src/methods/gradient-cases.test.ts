import { describe, expect, test } from "vitest";
import { add, affine, linear, mul, referenceNetwork, relu, tanh } from "../../../testing/src/host/host-graph.ts";
import { bind } from "../model/bind.ts";
import { fromLayer } from "../model/from-layer.ts";
import { limitBatch } from "../model/limit-batch.ts";
import { upToLayer } from "../model/up-to-layer.ts";
import { tensor } from "../tensor/from.ts";
import type { NestedArray } from "../tensor/tensor.ts";
import type { AttributionResult } from "./attribution-result.ts";
import { Deconvolution } from "./deconvolution.ts";
import { DeepLift } from "./deep-lift.ts";
import { DeepLiftShap } from "./deep-lift-shap.ts";
import { GradCam } from "./grad-cam.ts";
import { cn, graph, m1, m2, m3, mi, rd, rl, sl, td } from "./gradient-models.fixture.ts";
import { GradientShap } from "./gradient-shap.ts";
import { GuidedBackprop } from "./guided-backprop.ts";
import { GuidedGradCam } from "./guided-grad-cam.ts";
import { InputXGradient } from "./input-x-gradient.ts";
import { IntegratedGradients } from "./integrated-gradients.ts";
import { InternalInfluence } from "./internal-influence.ts";
import { LayerConductance } from "./layer-conductance.ts";
import { LayerGradientXActivation } from "./layer-gradient-x-activation.ts";
import { Lrp } from "./lrp.ts";
import { NeuronConductance } from "./neuron-conductance.ts";
import { NoiseTunnel } from "./noise-tunnel.ts";
import { Saliency } from "./saliency.ts";

/*
 * Numbers that Captum's tests assert, or that follow from its formulas, on graphs in float64. What differs: trapezoids' weights sum to 1
 * (C016), LayerConductance has evenly spaced points (C117), and a layer's DeepLIFT takes what passes beside the layer as it is (C095).
 */

const ml = referenceNetwork();
const mlm = referenceNetwork({ bypass: true });
const A16 = [Array.from({ length: 4 }, (_, y) => Array.from({ length: 4 }, (_x, x) => 4 * y + x))];
const zeros16 = [A16[0]!.map((row) => row.map(() => 0))];
const ones16 = [A16[0]!.map((row) => row.map(() => 1))];

function expectClose(result: AttributionResult, name: string, expected: NestedArray, tolerance = 1e-4): void {
  const got = [...result.attributions[name]!.data].map(Number);
  const wanted = (expected as readonly unknown[]).flat(9) as number[];
  expect(got).toHaveLength(wanted.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]!), `${name}[${i}]: got ${value}, expected ${wanted[i]}`).toBeLessThanOrEqual(tolerance);
  });
}

describe("Saliency", () => {
  test("C008: of M1 is 1 below 1 and 0 above", async () => {
    const x = [[1, 2, 3, 0, -1, 7]];
    for (const at of [0, 3, 4, 5]) {
      const result = await new Saliency(m1).attribute({ x }, { target: at });
      expectClose(result, "x", [[0, 0, 0, 0, 0, 0].map((_, i) => (i === at && x[0]![i]! < 1 ? 1 : 0))]);
    }
  });
  test("C010, C011, C012", async () => {
    expectClose(await new Saliency(ml).attribute({ x: [[1, 6, -3]] }, { target: 0 }), "x", [[3, 3, 3]]);
    const pair = { a: [[4, -1], [3, 10]], b: [[2, -5], [-2, 1]] }; // biome-ignore format: matrices
    const both = await new Saliency(m2, { abs: false }).attribute(pair, { target: [0, 1] });
    expectClose(both, "a", [[1, 0], [0, 1]]); // biome-ignore format: a matrix
    expectClose(both, "b", [[-1, 0], [0, -1]]); // biome-ignore format: a matrix
    const x = [[[4, 2], [-1, -2]], [[3, -4], [10, 5]]]; // biome-ignore format: matrices
    const one = await new Saliency(m1).attribute({ x }, { target: { path: [0, 1] } });
    expectClose(one, "x", [[[0, 0], [0, 0]], [[0, 1], [0, 0]]]); // biome-ignore format: matrices
    const two = await new Saliency(m1).attribute({ x }, { target: [[1, 1], [0, 1]] }); // biome-ignore format: paths
    expectClose(two, "x", [[[0, 0], [0, 1]], [[0, 1], [0, 0]]]); // biome-ignore format: matrices
  });
  test("C014, C123: by layers and of neurons", async () => {
    const at = async (layer: string, x: number[][], target: number): Promise<AttributionResult> =>
      new LayerGradientXActivation(ml, { layer, multiplyByInputs: false }).attribute({ x }, { target });
    expectClose(await at("linear0", [[5, -11, 23]], 0), "linear0", [[4, 4, 4]]);
    expectClose(await at("linear1", [[5, 2, 1]], 1), "linear1", [[0, 1, 1, 1]]);
    expectClose(await at("linear2", [[5, 2, 1]], 1), "linear2", [[0, 1]]);
    const neuron = async (layer: string, x: number[][], target: number): Promise<AttributionResult> =>
      new Saliency(upToLayer(ml, layer)).attribute({ x }, { target });
    expectClose(await neuron("linear2", [[0, 100, 0]], 0), "x", [[4, 4, 4]]);
    expectClose(await neuron("linear1", [[0, 100, 0]], 0), "x", [[1, 1, 1]]);
    expectClose(await neuron("relu", [[0, 5, 4]], 0), "x", [[0, 0, 0]]);
    expectClose(await neuron("relu", [[0, 5, 4]], 1), "x", [[1, 1, 1]]);
    const view = fromLayer(ml, "linear1");
    expectClose(await new InputXGradient(view).attribute({ x: [[0, 100, 0]] }, { target: 0 }), "linear1", [[90, 101, 101, 101]]);
  });
});

describe("Saliency and InputXGradient of models with settings", () => {
  /** M5: `relu(first · relu(a − 1) − second · relu(b))`; M4 is it with 1 and 1/c. */
  const m5 = (first: number, second: number) =>
    graph(
      ["a", "b"],
      [
        affine("less", "a", 1, -1),
        relu("ra", "less"),
        affine("left", "ra", first),
        relu("rb", "b"),
        affine("right", "rb", -second),
        add("s", "left", "right"),
        relu("out", "s"),
      ],
      "out",
    );
  /** M6: `1 − relu(1 − (a + b))`. */
  const m6 = graph(["a", "b"], [add("s", "a", "b"), affine("n", "s", -1, 1), relu("r", "n"), affine("out", "r", -1, 1)], "out");
  const gradients = (model: typeof m6, inputs: Record<string, number[][]>, target: number) =>
    new Saliency(model, { abs: false }).attribute(inputs, { target });

  test("C009: where the rectifiers are open, and where they are not", async () => {
    const open = await gradients(
      m5(2, 3),
      { a: [[10.5, 12, 34.3], [43.4, 51.2, 32]], b: [[1, 3.5, 23.2], [2.3, 1.2, 0.3]] }, // biome-ignore format: matrices
      1,
    );
    expectClose(open, "a", [[0, 2, 0], [0, 2, 0]]); // biome-ignore format: a matrix
    expectClose(open, "b", [[0, -3, 0], [0, -3, 0]]); // biome-ignore format: a matrix
    const shut = await gradients(
      m5(2, 3),
      { a: [[1.5, 2, 34.3], [3.4, 1.2, 2]], b: [[3, 3.5, 23.2], [2.3, 1.2, 0.3]] }, // biome-ignore format: matrices
      1,
    );
    for (const name of ["a", "b"]) expectClose(shut, name, [[0, 0, 0], [0, 0, 0]]); // biome-ignore format: a matrix
  });
  test("C013: of one example", async () => {
    const six = await gradients(m6, { a: [[-3, -5]], b: [[-5, 2]] }, 1);
    expectClose(six, "a", [[0, 1]]);
    expectClose(six, "b", [[0, 1]]);
    const four = await gradients(m5(1, 1 / 2), { a: [[10]], b: [[8]] }, 0);
    expectClose(four, "a", [[1]]);
    expectClose(four, "b", [[-0.5]]);
    const five = await gradients(m5(3, -4), { a: [[-10]], b: [[6]] }, 0);
    expectClose(five, "a", [[0]]);
    expectClose(five, "b", [[4]]);
  });
});

describe("IntegratedGradients", () => {
  test("C021: three rectified units, where DeepLift gives the same", async () => {
    const column = (...weights: number[]): number[] => weights;
    const toy = graph(
      ["x"],
      [
        linear("first", "x", [column(-4, -1, 2), column(-3, 0, 3), column(-2, 1, 4)]),
        relu("relu", "first"),
        linear("out", "relu", [column(-3, 0), column(-2, 1), column(-1, 2)], [1, 1]),
      ],
      "out",
    );
    const x = [[0.2961, 0.5166, 0.2517], [0.6886, 0.074, 0.8665]]; // biome-ignore format: a matrix
    const path = await new IntegratedGradients(toy).attribute({ x }, { target: 0 });
    const differences = await new DeepLift(toy).attribute({ x }, { target: 0 });
    for (const result of [path, differences]) {
      expectClose(result, "x", [[-0.5922, -1.5498, -1.0068], [0, -0.222, -5.199]]); // biome-ignore format: a matrix
      for (const gap of result.delta!.data) expect(Math.abs(Number(gap))).toBeLessThan(1e-9);
      expect([...result.value!.data].map(Number)).toEqual([expect.closeTo(-2.1488, 3), expect.closeTo(-4.421, 3)]);
    }
  });
  test("C022: rows a call and examples a batch change nothing", async () => {
    const inputs = {
      x1: [[1.5, 2, 1.3], [0.5, 0.1, 2.3], [4, -1, 7]], // biome-ignore format: a matrix
      x2: [[0, 3, 1], [2, 2, 2], [-5, 1, 0.5]], // biome-ignore format: a matrix
      x3: [[1, 1, 1], [0, 20, 0], [3, 4, 5]], // biome-ignore format: a matrix
    };
    const whole = await new IntegratedGradients(mi(2)).attribute(inputs, { target: 0 });
    for (const limit of [10, 20]) {
      const limited = await new IntegratedGradients(limitBatch(mi(2), limit)).attribute(inputs, { target: 0 });
      for (const [name, { data }] of Object.entries(whole.attributions)) expectClose(limited, name, [...data].map(Number), 1e-6);
    }
    for (const row of [0, 1, 2]) {
      const alone = { x1: [inputs.x1[row]!], x2: [inputs.x2[row]!], x3: [inputs.x3[row]!] };
      const result = await new IntegratedGradients(mi(2)).attribute(alone, { target: 0 });
      for (const [name, { data }] of Object.entries(whole.attributions))
        expectClose(result, name, [...data].slice(3 * row, 3 * row + 3).map(Number), 1e-6);
    }
  });
  const pair = { a: [[3]], b: [[1]] };
  test("C015, C017: does not depend on how a function is written down", async () => {
    for (const model of [m2, m3]) {
      const result = await new IntegratedGradients(model).attribute(pair);
      expectClose(result, "a", [1.5], 0.02);
      expectClose(result, "b", [-0.5], 0.01);
      const exact = await new IntegratedGradients(model).attribute(pair, { tolerance: 1e-9 });
      expectClose(exact, "a", [1.5], 1e-8);
      expectClose(exact, "b", [-0.5], 1e-8);
      const bare = await new IntegratedGradients(model, { multiplyByInputs: false }).attribute(pair);
      expectClose(bare, "a", [0.5], 0.01);
      expectClose(bare, "b", [-0.5], 0.01);
    }
  });
  test("C016: every quadrature with 500 steps", async () => {
    const at = async (quadrature: "riemann-left" | "riemann-right" | "riemann-middle" | "trapezoid", a: number, b: number) => {
      const result = await new IntegratedGradients(m2).attribute(pair, { steps: 500, quadrature });
      expectClose(result, "a", [a], 2e-3);
      expectClose(result, "b", [b], 2e-3);
    };
    await at("riemann-left", 1.494, -0.498);
    await at("riemann-right", 1.5, -0.5);
    await at("riemann-middle", 1.5, -0.5);
    await at("trapezoid", 1.497 * (500 / 499), -0.499 * (500 / 499));
  });
  test("C018: Gauss and Legendre over a kink", async () => {
    const at = (steps: number) => new IntegratedGradients(ml).attribute({ x: [[0, 100, 0]] }, { target: 0, steps });
    expectClose(await at(50), "x", [[0, 390.1794, 0]]);
    expectClose(await at(500), "x", [[0, 390.0506, 0]]);
  });
  test("C019: is exact where the network is linear", async () => {
    const x = [[1.5, 2, 1.3], [0.5, 0.1, 2.3]]; // biome-ignore format: a matrix
    for (const quadrature of ["gauss-legendre", "riemann-left", "riemann-right", "riemann-middle", "trapezoid"] as const) {
      const result = await new IntegratedGradients(ml).attribute({ x }, { target: 0, quadrature });
      expectClose(result, "x", [[4.5, 6, 3.9], [1.5, 0.3, 6.9]]); // biome-ignore format: a matrix
    }
  });
  test("C020: with the delta of a pair of inputs", async () => {
    const inputs = { a: [[1, 3], [3, 5]], b: [[1, 4], [0, 2]] }; // biome-ignore format: matrices
    const result = await new IntegratedGradients(m3).attribute(inputs, { target: 1, steps: 100 });
    expectClose(result, "a", [[0, 0], [0, 3.3428]]); // biome-ignore format: a matrix
    expectClose(result, "b", [[0, 0], [0, -1.3371]]); // biome-ignore format: a matrix
    expect(Number(result.delta!.data[0])).toBeCloseTo(0, 4);
    expect(Number(result.delta!.data[1])).toBeCloseTo(0.0057, 4);
  });
  test("C023, C119: at a layer the path is straight in the layer's values", async () => {
    const at = (layer: string) =>
      new IntegratedGradients(fromLayer(ml, layer)).attribute({ x: [[0, 100, 0]] }, { target: 0, baselines: { x: 0 } });
    expectClose(await at("linear1"), "linear1", [[90.1794, 100, 100, 100]]);
    expectClose(await at("linear0"), "linear0", [[0, 390.1794, 0]]);
    const layer = fromLayer(mlm, "multi_relu");
    const result = await new IntegratedGradients(layer).attribute({ x: [[0, 100, 0]] }, { target: 0, baselines: { x: 0 } });
    expectClose(result, "multi_relu", [[180, 200, 200, 200]]);
  });
  test("C124, C125: of neurons", async () => {
    const of = (layer: string, x: number[][], target: number) =>
      new IntegratedGradients(upToLayer(ml, layer)).attribute({ x }, { target, steps: 500 });
    expectClose(await of("linear2", [[0, 100, 0]], 0), "x", [[0, 390, 0]], 0.1);
    expectClose(await of("relu", [[0, 6, 14]], 0), "x", [[0, 3, 7]], 0.05);
    const neuron = upToLayer(bind(mi(0.5), { x3: [[0, 0, 0], [0, 20, 0]] }), "relu"); // biome-ignore format: a matrix
    const inputs = { x1: [[0, 6, 14], [0, 80, 0]], x2: [[0, 6, 14], [0, 20, 0]] }; // biome-ignore format: matrices
    const result = await new IntegratedGradients(neuron).attribute(inputs, { target: 0, steps: 500 });
    expectClose(result, "x1", [[0, 1.5, 3.5], [0, 40, 0]], 0.05); // biome-ignore format: a matrix
    expectClose(result, "x2", [[0, 1.5, 3.5], [0, 10, 0]], 0.05); // biome-ignore format: a matrix
  });
});

describe("DeepLift", () => {
  test("C090, C091", async () => {
    const r = await new DeepLift(rd).attribute({ x1: [[1]], x2: [[2]] });
    expectClose(r, "x1", [2]);
    expectClose(r, "x2", [1]);
    expect(Number(r.delta!.data[0])).toBeCloseTo(0, 10);
    const bare = await new DeepLift(rd, { multiplyByInputs: false }).attribute({ x1: [[1]], x2: [[2]] });
    expectClose(bare, "x1", [2]);
    expectClose(bare, "x2", [0.5]);
    const t = await new DeepLift(td).attribute({ x1: [[-1]], x2: [[-2]] });
    expectClose(t, "x1", [-1.523188], 1e-6);
    expectClose(t, "x2", [-0.186059], 1e-6);
  });
  const inputs = { x1: [[-10, 1, -5], [2, 3, 4]], x2: [[3, 3, 1], [2.3, 5, 4]] }; // biome-ignore format: matrices
  test("C092: two inputs, also with baselines next to them", async () => {
    const result = await new DeepLift(rl).attribute(inputs);
    expectClose(result, "x1", [[0, 0, 0], [6, 3, 0]]); // biome-ignore format: a matrix
    expectClose(result, "x2", [[6, 9, 0], [4.6, 15, 0]]); // biome-ignore format: a matrix
    const near = await new DeepLift(rl).attribute(inputs, { baselines: { x1: 0, x2: 0.0001 } });
    [5.9998, 8.9997, 0].forEach((value, i) => {
      expect(Number(near.attributions["x2"]!.data[i])).toBeCloseTo(value, 4);
    });
    for (const { delta } of [result, near]) for (const gap of delta!.data) expect(Math.abs(Number(gap))).toBeLessThan(1e-5);
  });
  test("C093: DeepLiftShap over distributions", async () => {
    const first = { x1: [inputs.x1[0]!], x2: [inputs.x2[0]!] };
    const both = [[0, 0, 0], [1, 1, 1]]; // biome-ignore format: a matrix
    const result = await new DeepLiftShap(rl).attribute(first, { baselines: { x1: both, x2: both } });
    expectClose(result, "x1", [[-2, 0, 0]]);
    expectClose(result, "x2", [[5, 7.5, 0]]);
    const shifted = (row: number[]): number[][] => [row, row.map((value) => value - 10)];
    const baselines = { x1: shifted(inputs.x1[0]!), x2: shifted(inputs.x2[0]!) };
    const other = await new DeepLiftShap(rl).attribute(first, { baselines });
    expectClose(other, "x1", [[0, 0, 0]]);
    expectClose(other, "x2", [[3, 4.5, 0]]);
    expect(Number(result.delta!.data[0])).toBeCloseTo(0, 8);
  });
  test("C095, C096: at layers and of neurons", async () => {
    const at = async (layer: string, settings = {}) =>
      new DeepLift(fromLayer(rl, layer), settings).attribute(
        { x1: [inputs.x1[0]!], x2: [inputs.x2[0]!] },
        { baselines: { x1: 0, x2: 0 } },
      );
    expectClose(await at("both"), "both", [[0, 15]]);
    expectClose(await at("relu"), "relu", [[0, 15]]);
    expectClose(await at("out"), "out", [[15]]);
    expectClose(await at("both", { multiplyByInputs: false }), "both", [[0, 1]]);
    // Of layers that other inputs scale, and of one that two ways lead to: it is one value here, two in Captum.
    const scaled = graph(
      ["x1", "x2", "x3"],
      [
        linear("l1", "x1", [[3, 0], [1, 0], [0, 0]]), // biome-ignore format: a matrix
        linear("l2", "x2", [[0, 2], [0, 3], [0, 0]]), // biome-ignore format: a matrix
        mul("times", "l2", "x3"),
        add("both", "l1", "times"),
        relu("relu", "both"),
        linear("out", "relu", [[1], [1]]),
      ],
      "out",
    );
    const bound = bind(scaled, { x3: [[3]] });
    const single = { x1: [inputs.x1[0]!], x2: [inputs.x2[0]!] };
    const beside = await new DeepLift(fromLayer(bound, "both")).attribute(single, { baselines: { x1: 0, x2: 0 } });
    expectClose(beside, "both", [[0, 45]]);
    for (const [layer, units] of [
      ["multi_relu", [0, -2, -2, -2]],
      ["relu", [0, -1, -1, -1]],
    ] as const) {
      // biome-ignore format: pairs
      const view = fromLayer(mlm, layer);
      const result = await new DeepLift(view).attribute({ x: [inputs.x1[0]!] }, { target: 0, baselines: { x: 0 } });
      expectClose(result, layer, [units]);
    }
    const neuron = await new DeepLift(upToLayer(rl, "relu")).attribute(
      { x1: [inputs.x1[0]!], x2: [inputs.x2[0]!] },
      { target: 1 },
    );
    expectClose(neuron, "x1", [[0, 0, 0]]);
    expectClose(neuron, "x2", [[6, 9, 0]]);
  });
});

describe("GuidedBackprop, Deconvolution and GradCam", () => {
  const single = { x: [A16], x2: [zeros16] };
  const pair = { x: [A16], x2: [ones16] };
  const fine = [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]; // biome-ignore format: a matrix
  test("C098, C099, C100", async () => {
    const guided = await new GuidedBackprop(cn).attribute(single, { target: 0 });
    expectClose(guided, "x", [[0, 1, 1, 1], [1, 3, 3, 2], [1, 3, 3, 2], [1, 2, 2, 1]]); // biome-ignore format: a matrix
    const two = await new GuidedBackprop(cn).attribute(pair, { target: 0 });
    expectClose(two, "x", fine);
    expectClose(two, "x2", fine);
    const open = [[2, 3, 3, 1], [3, 5, 5, 2], [3, 5, 5, 2], [1, 2, 2, 1]]; // biome-ignore format: a matrix
    expectClose(await new Deconvolution(cn).attribute(single, { target: 0 }), "x", open);
    const neuron = await new Deconvolution(upToLayer(cn, "fc")).attribute(single, { target: 0 });
    expectClose(neuron, "x", open);
  });
  test("C101, C102", async () => {
    const map = (layer: string, inputs: typeof pair, settings = {}) =>
      new GradCam(cn, { layer, ...settings }).attribute(inputs, { target: 0 });
    expectClose(await map("conv1", single), "conv1", [[11.25, 13.5], [20.25, 22.5]]); // biome-ignore format: a matrix
    expectClose(await map("relu1", single), "relu1", [[0, 4], [28, 32.5]]); // biome-ignore format: a matrix
    expectClose(await map("conv1", pair), "conv1", [[14.5, 19], [32.5, 37]]); // biome-ignore format: a matrix
    const negative = { x: [[A16[0]!.map((row, y) => row.map((value, x) => (x === 1 && y === 1 ? -4 : value)))]], x2: [zeros16] };
    const own = await map("sum", negative);
    expectClose(
      own,
      "sum",
      negative.x.flat(3).map((value) => 0.5625 * value),
    );
    expectClose(
      await map("sum", negative, { relu: true }),
      "sum",
      negative.x.flat(3).map((value) => Math.max(0, 0.5625 * value)),
    );
  });
  test("C103: of a layer without places", async () => {
    const at = await new GradCam(ml, { layer: "linear0" }).attribute({ x: [[0, 100, 0]] }, { target: 0 });
    expectClose(at, "linear0", [[400]]);
    const sum = await new GradCam(mlm, { layer: "relu" }).attribute({ x: [[0, 6, 0]] }, { target: 0 });
    expectClose(sum, "relu", [[21]]);
  });
  test("C104: GuidedGradCam", async () => {
    const relu1 = await new GuidedGradCam(cn, { layer: "relu1" }).attribute(single, { target: 0 });
    expectClose(relu1, "x", [[0, 0, 4, 4], [0, 0, 12, 8], [28, 84, 97.5, 65], [28, 56, 65, 32.5]]); // biome-ignore format: a matrix
    const both = await new GuidedGradCam(cn, { layer: "conv1" }).attribute(pair, { target: 0 });
    const expected = [[14.5, 29, 38, 19], [29, 58, 76, 38], [65, 130, 148, 74], [32.5, 65, 74, 37]]; // biome-ignore format: a matrix
    expectClose(both, "x", expected);
    expectClose(both, "x2", expected);
  });
  test("HiResCAM weighs place by place, LayerCAM by positive gradients, Grad-CAM++ by their weighted mean", async () => {
    const map = async (variant: "hires-cam" | "layer-cam" | "grad-cam++") =>
      new GradCam(cn, { layer: "conv1", variant }).attribute(single, { target: 0 });
    const gradient = (
      await new LayerGradientXActivation(cn, { layer: "conv1", multiplyByInputs: false }).attribute(single, { target: 0 })
    ).attributions["conv1"]!.data;
    const values = (await new LayerGradientXActivation(cn, { layer: "conv1" }).attribute(single, { target: 0 })).attributions[
      "conv1"
    ]!.data;
    const hires = [0, 1, 2, 3].map((place) => Number(values[place]) + Number(values[4 + place]));
    expectClose(await map("hires-cam"), "conv1", hires);
    const positive = [0, 1, 2, 3].map((place) =>
      [place, 4 + place].reduce((sum, at) => sum + (Number(gradient[at]) > 0 ? Number(values[at]) : 0), 0),
    );
    expectClose(await map("layer-cam"), "conv1", positive);
    expect((await map("grad-cam++")).attributions["conv1"]!.shape).toEqual([1, 1, 2, 2]);
  });
});

describe("Lrp", () => {
  test("C105: epsilon on a rectifier network, in a batch", async () => {
    const x = [[1, 2, 3], [3, 6, 9]]; // biome-ignore format: a matrix
    const result = await new Lrp(sl()).attribute({ x });
    expectClose(result, "x", [[18, 36, 54], [54, 108, 162]]); // biome-ignore format: a matrix
    expect([...result.delta!.data].map((gap) => Math.abs(Number(gap)) < 1e-5)).toEqual([true, true]);
  });
  test("C106: gamma, alpha-beta and identity, rule by rule", async () => {
    const x = [[1, 2, 3]];
    const model = sl(-2);
    const gamma = { linear: { rule: "gamma", gamma: 1 }, linear2: { rule: "gamma", gamma: 0.25 } } as const;
    expectClose(await new Lrp(model, { layers: gamma }).attribute({ x }), "x", [[28 / 3, 104 / 3, 52]]);
    expectClose(await new Lrp(model, { rule: { rule: "alphaBeta", alpha: 1, beta: 0 } }).attribute({ x }), "x", [
      [12, 33.6, 50.4],
    ]);
    expectClose(await new Lrp(model, { layers: { linear: { rule: "identity" } } }).attribute({ x }), "x", [[24, 36, 36]]);
  });
  test("C107: a tangent passes relevance as it is", async () => {
    const weights = [0.1, 0.1, 0.1];
    const net = graph(
      ["x"],
      [linear("first", "x", [weights, weights, weights]), tanh("tanh", "first"), linear("out", "tanh", [[0.1], [0.1], [0.1]])],
      "out",
    );
    expectClose(await new Lrp(net).attribute({ x: [[1, 2, 3]] }), "x", [[0.0269, 0.0537, 0.0806]]);
  });
  test("C109: a sum shares relevance out, where Captum's functional one hands all of it to every summand", async () => {
    const sum = mi(1);
    const inputs = { x1: [[1, 2, 3]], x2: [[3, 6, 9]] };
    const result = await new Lrp(bind(sum, { x3: [[0, 0, 0]] })).attribute(inputs, { target: 0 });
    expectClose(result, "x1", [[4, 8, 12]]);
    expectClose(result, "x2", [[12, 24, 36]]);
    // What the biases add is no input's: the attributions are 96 of an output of 88.
    expect(Number(result.delta!.data[0])).toBeCloseTo(8, 5);
  });
  test("C110: past a layer and through it", async () => {
    const skip = graph(["x"], [linear("wide", "x", [[5, 5], [5, 5]]), add("out", "wide", "x")], "out"); // biome-ignore format: a matrix
    expectClose(await new Lrp(skip).attribute({ x: [[2, 3]] }, { target: 1 }), "x", [[10, 18]]);
  });
  test("C112: rules leave the model as it is, and one set of weights may be used twice", async () => {
    const model = sl(-2);
    const x = tensor([[1, 2, 3]], "float64");
    const output = async (): Promise<unknown> => (await model.run({ feeds: { x }, fetches: ["linear2"] }))["linear2"];
    const before = await output();
    for (const rule of [
      { rule: "gamma", gamma: 1 },
      { rule: "alphaBeta", alpha: 1, beta: 0 },
    ] as const) {
      // biome-ignore format: a list
      const once = await new Lrp(model, { rule }).attribute({ x });
      const again = await new Lrp(model, { rule }).attribute({ x });
      expect(again.attributions["x"]!.data).toEqual(once.attributions["x"]!.data);
      expect(await output()).toEqual(before);
    }
    // Captum refuses a module that is used twice; here every use is an operation of its own.
    const weights = [[1, 2], [3, 1]]; // biome-ignore format: a matrix
    const twice = graph(["x"], [linear("one", "x", weights), relu("r", "one"), linear("two", "r", weights)], "two");
    const result = await new Lrp(twice).attribute({ x: [[1, 2]] }, { target: 0 });
    // 7 and 4 in the middle, 7 + 12 in the end.
    expectClose(result, "x", [[1 + 12 * (2 / 4), 6 + 12 * (2 / 4)]]);
    expect(Number(result.delta!.data[0])).toBeCloseTo(0, 6);
  });
  test("C108: through a convolution with biases", async () => {
    const result = await new Lrp(cn).attribute({ x: [A16], x2: [zeros16] }, { target: 0 });
    expectClose(result, "x", [[0, 1, 2, 3], [0, 5, 6, 7], [0, 9, 10, 11], [0, 0, 0, 0]]); // biome-ignore format: a matrix
    expect(Number(result.delta!.data[0])).toBeCloseTo(0, 4);
  });
  test("C111: at a layer", async () => {
    const model = fromLayer(sl(-2), "linear");
    expectClose(await new Lrp(model).attribute({ x: [[1, 2, 3]] }), "linear", [[24, 36, 36]]);
  });
});

describe("layer and neuron methods over paths", () => {
  const x = [[0, 100, 0]];
  test("C114: LayerGradientXActivation", async () => {
    const at = (layer: string | string[], input = x) =>
      new LayerGradientXActivation(ml, { layer }).attribute({ x: input }, { target: 0 });
    expectClose(await at("linear0"), "linear0", [[0, 400, 0]]);
    expectClose(await at("linear1"), "linear1", [[90, 101, 101, 101]]);
    expectClose(await at("linear2"), "linear2", [[392, 0]]);
    const two = await new LayerGradientXActivation(mlm, { layer: ["relu", "linear0"] }).attribute(
      { x: [[3, 4, 0]] },
      { target: 0 },
    );
    expectClose(two, "relu", [[0, 8, 8, 8]]);
    expectClose(two, "linear0", [[9, 12, 0]]);
  });
  test("C115, C116: InternalInfluence", async () => {
    const at = (layer: string) => new InternalInfluence(ml, { layer }).attribute({ x }, { target: 0, steps: 500 });
    expectClose(await at("linear0"), "linear0", [[3.9, 3.9, 3.9]], 0.01);
    expectClose(await at("linear1"), "linear1", [[0.9, 1, 1, 1]], 0.01);
    expectClose(await at("linear2"), "linear2", [[1, 0]], 0.01);
    const bound = bind(mi(5), { x3: [[0, 0, 0], [0, 20, 0]] }); // biome-ignore format: a matrix
    const inputs = { x1: [[0, 6, 14], [0, 80, 0]], x2: [[0, 6, 14], [0, 20, 0]] }; // biome-ignore format: matrices
    const result = await new InternalInfluence(bound, { layer: "linear1" }).attribute(inputs, { target: 0, steps: 500 });
    expectClose(result, "linear1", [[0.95, 1, 1, 1], [1, 1, 1, 1]], 0.01); // biome-ignore format: a matrix
  });
  test("C117: LayerConductance", async () => {
    for (const limit of [7, 64]) {
      const at = (layer: string, model = ml) =>
        new LayerConductance(limitBatch(model, limit), { layer }).attribute({ x }, { target: 0, steps: 400 });
      expectClose(await at("linear0"), "linear0", [[0, 390, 0]], 0.5);
      expectClose(await at("relu"), "relu", [[90, 100, 100, 100]], 0.5);
      expectClose(await at("linear2"), "linear2", [[390, 0]], 0.1);
      expectClose(await at("multi_relu", mlm), "multi_relu", [[180, 200, 200, 200]], 1);
    }
  });
  test("C118: LayerConductance of several inputs, one of them beside", async () => {
    const model = bind(mi(5), { x3: [[0, 0, 0], [0, 20, 0]] }); // biome-ignore format: a matrix
    const inputs = { x1: [[0, 10, 1], [0, 0, 10]], x2: [[0, 4, 5], [0, 0, 10]] }; // biome-ignore format: matrices
    const result = await new LayerConductance(model, { layer: "relu" }).attribute(inputs, { target: 0, steps: 500 });
    expectClose(result, "relu", [[90, 100, 100, 100], [100, 100, 100, 100]], 0.5); // biome-ignore format: a matrix
  });
  test("C121: where the rest is linear, gradient × activation is what ablation gives", async () => {
    const at = new LayerGradientXActivation(cn, { layer: "relu1" });
    const result = await at.attribute({ x: [A16], x2: [ones16] }, { target: 0 });
    expectClose(result, "relu1", [[[4, 13], [40, 49]], [[0, 0], [-15, -24]]]); // biome-ignore format: matrices
    const both = await new LayerGradientXActivation(mlm, { layer: "multi_relu" }).attribute({ x: [[0, 6, 0]] }, { target: 0 });
    expectClose(both, "multi_relu", [[0, 14, 14, 14]]);
  });
  test("C126: NeuronConductance", async () => {
    const at = (layer: string, neuron: number, input: number[][]) =>
      new NeuronConductance(ml, { layer, neuron: [neuron] }).attribute({ x: input }, { target: 0, steps: 500 });
    expectClose(await at("linear1", 0, x), "x", [[0, 90, 0]], 0.1);
    expectClose(await at("relu", 3, [[0, 70, 30]]), "x", [[0, 70, 30]], 0.1);
    await expect(at("relu", 4, x)).rejects.toThrow('neuron [4] is no index path into "relu"');
  });
});

describe("GradientShap and NoiseTunnel", () => {
  test("C122: where the rest is linear every draw gives the same", async () => {
    const layer = fromLayer(mlm, "multi_relu");
    const result = await new GradientShap(layer).attribute({ x: [[0, 100, 0]] }, { target: 0, baselines: { x: [[0, 0, 0]] } });
    expectClose(result, "multi_relu", [[180, 200, 200, 200]]);
    expect([...result.standardErrors!["multi_relu"]!.data].every((error) => Number(error) < 1e-6)).toBe(true);
  });
  test("C128: without noise, samples give what one gives", async () => {
    const pair = { a: [[3], [2]], b: [[1], [0.5]] };
    const plain = await new IntegratedGradients(m2).attribute(pair, { baselines: { a: [[0], [1]] } });
    const tunnel = new NoiseTunnel(new IntegratedGradients(limitBatch(m2, 30)));
    const result = await tunnel.attribute(pair, { baselines: { a: [[0], [1]] }, stdev: 0, samples: 3 });
    expectClose(result, "a", [...plain.attributions["a"]!.data].map(Number), 1e-10);
    const variance = await tunnel.attribute(pair, { stdev: 0, type: "vargrad" });
    expectClose(variance, "a", [0, 0], 1e-10);
  });
});
