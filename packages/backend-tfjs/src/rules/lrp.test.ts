import { type GradientRules, type LinearRule, seededRandom, UnsupportedOpError } from "@attr/core";
import { attentionNetwork, convolutionalNetwork, type Network, perceptron } from "@attr/testing";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { normals, rowsFor, seeded, smallModels } from "../small-models.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";
import { expectAsInDoublePrecision, numbersOf } from "./both-models.fixture.ts";
import { propagate } from "./propagate.fixture.ts";

type Relevance = Extract<GradientRules, { readonly kind: "lrp" }>;

const epsilon: LinearRule = { rule: "epsilon", epsilon: 0.3 };
const lrp = (linear: LinearRule, others: Partial<Relevance> = {}): Relevance => ({ kind: "lrp", linear, ...others });

/** The rules that networks of one kind are held to, and what they are differentiated by. */
interface Case {
  readonly network: (seed: number) => Network;
  readonly wrt: readonly string[];
  readonly rules: readonly Relevance[];
}

const cases: Readonly<Record<string, Case>> = {
  "a perceptron of two inputs": {
    network: (seed) => perceptron({ seed, activation: seed % 2 === 0 ? "relu" : "softplus" }),
    wrt: ["a", "b", "active"],
    rules: [
      lrp(epsilon),
      lrp({ rule: "gamma", gamma: 0.5, epsilon: 0.3 }),
      lrp({ rule: "flat" }),
      lrp({ rule: "wSquare" }),
      lrp({ rule: "alphaBeta", alpha: 2, beta: 1, signs: "contributions" }),
      lrp(epsilon, { layers: { second: { rule: "wSquare" }, ofA: { rule: "zBox", low: -2, high: 2 } } }),
    ],
  },
  "a convolutional network of means": {
    network: (seed) => convolutionalNetwork({ seed, activation: "relu" }),
    wrt: ["image", "pooled"],
    rules: [lrp({ rule: "epsilon" }, { layers: { out: { rule: "gamma", epsilon: 0.3 } } })],
  },
  "a convolutional network of maxima": {
    network: (seed) => convolutionalNetwork({ seed, activation: "tanh", pooling: "maxPooling" }),
    wrt: ["image", "first", "second"],
    rules: [lrp({ rule: "epsilon" }, { layers: { out: { rule: "flat" } } })],
  },
  attention: {
    network: (seed) => attentionNetwork({ seed }),
    wrt: ["sequence", "scores", "mixed"],
    rules: [
      lrp(epsilon),
      lrp({ rule: "wSquare" }),
      lrp(epsilon, { attention: "cpLrp" }),
      lrp(epsilon, { layers: { query: { rule: "wSquare" }, value: { rule: "identity" } } }),
    ],
  },
};

describe.each(["cpu", "wasm"])("on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  describe.each(Object.entries(cases))("the relevance of %s is that of double precision", (_, { network, wrt, rules }) => {
    for (const one of rules)
      test.each([1, 2, 3])(`by ${JSON.stringify({ ...one, kind: undefined })}, seed %i`, async (seed) => {
        const by = wrt.filter((name) => one.attention !== "cpLrp" || name !== "scores");
        await expectAsInDoublePrecision(tf, network(seed), { rules: () => one, wrt: by, shift: seed, tolerance: 1e-3 });
      });
  });
});

/** Relevance of an operation's operands, and of its result. */
function relevanceOf(f: (xs: tf.Tensor[]) => tf.Tensor, shapes: readonly number[][], seed = 1) {
  return tf.tidy(() => {
    const xs = shapes.map((shape, i) =>
      tf.tensor(
        normals(
          shape.reduce((a, b) => a * b, 1),
          seed + i,
          1,
        ),
        shape,
      ),
    );
    const y = f(xs);
    const cotangent = tf.tensor(normals(y.size, seed + 9, 1), y.shape);
    const parts = propagate(tf, f, xs, cotangent, lrp({ rule: "epsilon" }), { name: "f" });
    const numbers = (x: tf.Tensor): number[] => Array.from(x.dataSync());
    return {
      parts: parts.map(numbers),
      given: numbers(tf.mul(cotangent, y)),
      xs: xs.map(numbers),
      y: numbers(y),
      cotangent: numbers(cotangent),
    };
  });
}

function expectAlike(got: readonly number[], wanted: readonly number[], tolerance = 1e-4): void {
  expect(got).toHaveLength(wanted.length);
  const scale = Math.max(1, ...wanted.map(Math.abs));
  for (const [i, value] of got.entries()) expect(Math.abs(value - wanted[i]!), `element ${i}`).toBeLessThan(tolerance * scale);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("operations pass relevance", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ["a function of single elements", (x) => tf.sigmoid(tf.neg(tf.exp(x)))],
    ["a gate of its own value", (x) => tf.mul(x, tf.sigmoid(x))],
    ["a GELU that is written out", (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1))],
    ["a square", (x) => tf.square(x)],
    [
      "a normalisation that is written out",
      (x) => {
        const centred = tf.sub(x, tf.mean(x, -1, true));
        return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-3)));
      },
    ],
    [
      "a normalisation as TensorFlow writes it out",
      (x) => {
        const { mean, variance } = tf.moments(x, -1, true);
        const scale = tf.mul(tf.rsqrt(tf.add(variance, 1e-3)), tf.tensor([2, -1, 0.5, 1]));
        return tf.add(tf.mul(x, scale), tf.neg(tf.mul(mean, scale)));
      },
    ],
    ["a division by a norm", (x) => tf.mul(x, tf.rsqrt(tf.sum(tf.square(x), -1, true)))],
  ])("as it is: %s", (_, f) => {
    const { parts, given } = relevanceOf(([x]) => f(x!), [[3, 4]]);
    expectAlike(parts[0]!, given);
  });

  test("less what the offset takes: a normalisation as TensorFlow writes it out", () => {
    const offset = tf.tensor([0.5, -1, 2, 0.1]);
    const f = ([x]: tf.Tensor[]) => {
      const { mean, variance } = tf.moments(x!, -1, true);
      const scale = tf.rsqrt(tf.add(variance, 1e-3));
      return tf.add(tf.mul(x!, scale), tf.sub(offset, tf.mul(mean, scale)));
    };
    const { parts, y, cotangent } = relevanceOf(f, [[3, 4]]);
    const numbers = offset.dataSync();
    expectAlike(
      parts[0]!,
      y.map((value, i) => cotangent[i]! * (value - numbers[i % 4]!)),
    );
    offset.dispose();
  });

  test("in equal parts to both factors of a product", () => {
    const { parts, given } = relevanceOf(
      ([a, b]) => tf.mul(a!, b!),
      [
        [3, 4],
        [3, 4],
      ],
    );
    for (const part of parts)
      expectAlike(
        part,
        given.map((value) => value / 2),
      );
  });

  test("by contributions: sums, differences, means, pools and scalings, and none of it is lost", () => {
    const operations: readonly [(xs: tf.Tensor[]) => tf.Tensor, number[][]][] = [
      [([a, b]) => tf.add(a!, b!), [[3, 4], [4]]],
      [
        ([a, b]) => tf.sub(a!, b!),
        [
          [3, 4],
          [3, 1],
        ],
      ],
      [
        (xs) => tf.addN(xs),
        [
          [3, 4],
          [3, 4],
          [3, 4],
        ],
      ],
      [([x]) => tf.mean(x!, [1, 2]), [[2, 3, 4]]],
      [([x]) => tf.sum(x!, 0), [[3, 4]]],
      [([x]) => tf.cumsum(x!, 1), [[3, 4]]],
      [([x]) => tf.avgPool(x as tf.Tensor4D, 3, 2, "same"), [[1, 5, 4, 2]]],
      [([x]) => tf.image.resizeBilinear(x as tf.Tensor4D, [7, 5]), [[1, 5, 4, 2]]],
      [([x]) => tf.mul(x!, tf.tensor([1, -2, 0.5, 3])), [[3, 4]]],
      [([x]) => tf.div(x!, tf.tensor([1, -2, 0.5, 3])), [[3, 4]]],
      [([x]) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"), [[1, 4, 4, 2]]],
      [
        ([a, b]) => tf.maximum(a!, b!),
        [
          [3, 4],
          [3, 4],
        ],
      ],
      [
        ([a, b]) => tf.matMul(a!, b!),
        [
          [2, 3, 4],
          [2, 4, 3],
        ],
      ],
      [([a, b]) => tf.concat([tf.transpose(a!), tf.tile(tf.expandDims(b!, 1), [1, 2])], 1), [[3, 4], [4]]],
    ];
    for (const [f, shapes] of operations) {
      const { parts, given } = relevanceOf(f, shapes, 4);
      const scale = Math.max(1, ...parts.flat().map(Math.abs));
      expect(Math.abs(sum(parts.flat()) - sum(given)), String(f)).toBeLessThan(1e-4 * scale);
    }
  });

  test("to first order through a softmax", () => {
    const { parts, given, xs, y } = relevanceOf(([x]) => tf.softmax(x!), [[1, 5]]);
    const total = sum(given);
    expectAlike(
      parts[0]!,
      xs[0]!.map((x, i) => x * (given[i]! - y[i]! * total)),
    );
  });

  test.each<[string, string, (x: tf.Tensor) => tf.Tensor]>([
    ["a product over elements", "Prod", (x) => tf.prod(x, 1)],
    ["a remainder", "Mod", (x) => tf.mod(x, 0.7)],
    ["a step", "Step", (x) => tf.step(x, 0.2)],
    ["a function with a gradient of its own", "logSoftmax", (x) => tf.logSoftmax(x)],
  ])("not where there is no rule: %s is refused, with its place", (_, kernel, f) => {
    expect(() => relevanceOf(([x]) => f(x!), [[3, 4]])).toThrow(UnsupportedOpError);
    expect(() => relevanceOf(([x]) => f(x!), [[3, 4]])).toThrow(
      `the operation ${kernel} in function "f" has no rule of relevance propagation`,
    );
  });
});

describe("of models", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test("a layer normalisation takes its offset's share and passes the rest as it is", async () => {
    const input = layers.input({ name: "steps", shape: [4, 6] });
    const out = layers.layers.layerNormalization({ name: "normal" }).apply(input) as layers.SymbolicTensor;
    const live = seeded(layers.model({ inputs: input, outputs: out }), 3);
    const model = await TfjsModel.from(live, { tf });
    using _scope = model.backend.scope();
    const feeds = rowsFor(model.backend, { steps: [4, 6] })(2);
    const random = seededRandom(1);
    const weights = Array.from({ length: 48 }, () => random.normal());
    const cotangent = model.backend.fromData(Float32Array.from(weights), [2, 4, 6], "float32");
    const { gradients, values } = await model.gradient({
      feeds,
      objective: { value: "normal", cotangent },
      wrt: ["steps"],
      fetches: ["normal"],
      rules: lrp({ rule: "epsilon" }),
    });
    const y = await numbersOf(model.backend, values["normal"]);
    const offset = live.getLayer("normal").getWeights()[1]!.dataSync();
    const wanted = y.map((value, i) => weights[i]! * (value - offset[i % 6]!));
    expectAlike(await numbersOf(model.backend, gradients["steps"]), wanted);
    live.dispose();
  });

  test("a rule of its own goes by a value's name: of a shared layer's second call, of a layer inside a model", async () => {
    const { model: live, shapes } = smallModels.functional();
    const model = await TfjsModel.from(live, { tf });
    using _scope = model.backend.scope();
    const ask = async (own: Relevance["layers"]) => {
      const { gradients } = await model.gradient({
        feeds: rowsFor(model.backend, shapes)(2),
        objective: { value: "head", index: [[0], [1]] },
        wrt: ["left", "right"],
        rules: lrp({ rule: "epsilon" }, { layers: own }),
      });
      return {
        left: await numbersOf(model.backend, gradients["left"]),
        right: await numbersOf(model.backend, gradients["right"]),
      };
    };
    const plain = await ask({});
    const second = await ask({ "shared@2": { rule: "flat" } });
    const inner = await ask({ "inner/second": { rule: "flat" } });
    const changed = (other: typeof plain) => ({
      left: other.left.some((value, i) => Math.abs(value - plain.left[i]!) > 1e-6),
      right: other.right.some((value, i) => Math.abs(value - plain.right[i]!) > 1e-6),
    });
    // The right input goes through the second call alone, and the left one through the first alone.
    expect(changed(second)).toEqual({ left: false, right: true });
    expect(changed(inner)).toEqual({ left: true, right: true });
    live.dispose();
  });

  test("nothing is lost in a recurrent layer without biases", async () => {
    const input = layers.input({ name: "steps", shape: [4, 3] });
    const settings = { units: 3, useBias: false, recurrentActivation: "sigmoid", recurrentInitializer: "glorotNormal" } as const;
    const sequence = layers.layers.lstm({ ...settings, returnSequences: true }).apply(input);
    const last = layers.layers.simpleRNN({ units: 3, useBias: false, recurrentInitializer: "glorotNormal" }).apply(sequence);
    const head = layers.layers.dense({ name: "head", units: 2, useBias: false }).apply(last) as layers.SymbolicTensor;
    const live = seeded(layers.model({ inputs: input, outputs: head }), 2);
    const model = await TfjsModel.from(live, { tf });
    using _scope = model.backend.scope();
    const { gradients, values } = await model.gradient({
      feeds: rowsFor(model.backend, { steps: [4, 3] })(1),
      objective: { value: "head", index: [[1]] },
      wrt: ["steps"],
      fetches: ["head"],
      rules: lrp({ rule: "epsilon" }),
    });
    const relevance = await numbersOf(model.backend, gradients["steps"]);
    const [, value] = await numbersOf(model.backend, values["head"]);
    expect(Math.abs(sum(relevance) - value!)).toBeLessThan(1e-4 * Math.max(1, ...relevance.map(Math.abs)));
    expect(Math.abs(value!)).toBeGreaterThan(1e-3);
    live.dispose();
  });
});
