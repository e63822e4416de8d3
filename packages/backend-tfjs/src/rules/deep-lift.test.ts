import { type NamedTensors, UnsupportedOpError } from "@attr/core";
import { attentionNetworks, convolutionalNetworks, type Network, perceptrons } from "@attr/testing";
import { fc, test } from "@fast-check/vitest";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect } from "vitest";
import { forwardRepairs } from "../repair/registry.ts";
import { withGradients } from "../repair/with-gradients.ts";
import { normals, rowsFor, seeded, smallModels } from "../small-models.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";
import { expectAsInDoublePrecision, feedsOf, withModel } from "./both-models.fixture.ts";
import { expectComplete } from "./complete.fixture.ts";
import { propagate } from "./propagate.fixture.ts";

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

type F = (xs: tf.Tensor[]) => tf.Tensor;

/** Operations with the shapes of their operands; `near`: what numbers are moved by so that they are in the operation's domain. */
const operations: Readonly<
  Record<string, { readonly f: F; readonly shapes: number[][]; readonly domain?: (x: tf.Tensor) => tf.Tensor }>
> = {
  relu: { f: ([x]) => tf.relu(x!), shapes: [[3, 4]] },
  relu6: { f: ([x]) => tf.relu6(tf.mul(x!, 5)), shapes: [[3, 4]] },
  elu: { f: ([x]) => tf.elu(x!), shapes: [[3, 4]] },
  selu: { f: ([x]) => tf.selu(x!), shapes: [[3, 4]] },
  leakyRelu: { f: ([x]) => tf.leakyRelu(x!, 0.3), shapes: [[3, 4]] },
  prelu: { f: ([x]) => tf.prelu(x!, tf.tensor([0.1, 0.2, -0.3, 0.4])), shapes: [[3, 4]] },
  clip: { f: ([x]) => tf.clipByValue(x!, -0.4, 0.6), shapes: [[3, 4]] },
  sigmoid: { f: ([x]) => tf.sigmoid(x!), shapes: [[3, 4]] },
  tanh: { f: ([x]) => tf.tanh(x!), shapes: [[3, 4]] },
  softplus: { f: ([x]) => tf.softplus(x!), shapes: [[3, 4]] },
  exp: { f: ([x]) => tf.exp(x!), shapes: [[3, 4]] },
  expm1: { f: ([x]) => tf.expm1(x!), shapes: [[3, 4]] },
  erf: { f: ([x]) => tf.erf(x!), shapes: [[3, 4]] },
  abs: { f: ([x]) => tf.abs(x!), shapes: [[3, 4]] },
  square: { f: ([x]) => tf.square(x!), shapes: [[3, 4]] },
  "sin, cos, atan, sinh": { f: ([x]) => tf.add(tf.sin(x!), tf.cos(tf.atan(tf.sinh(x!)))), shapes: [[3, 4]] },
  "log, sqrt, rsqrt, reciprocal, pow": {
    f: ([x]) => tf.addN([tf.log(x!), tf.sqrt(x!), tf.rsqrt(x!), tf.reciprocal(x!), tf.pow(x!, 2.5)]),
    shapes: [[3, 4]],
    domain: (x) => tf.add(tf.abs(x), 0.3),
  },
  mul: { f: ([a, b]) => tf.mul(a!, b!), shapes: [[3, 4], [4]] },
  squaredDifference: {
    f: ([a, b]) => tf.squaredDifference(a!, b!),
    shapes: [
      [3, 4],
      [3, 1],
    ],
  },
  div: {
    f: ([a, b]) => tf.div(a!, tf.add(tf.abs(b!), 0.5)),
    shapes: [
      [3, 4],
      [3, 1],
    ],
  },
  maximum: { f: ([a, b]) => tf.maximum(a!, b!), shapes: [[3, 4], [4]] },
  minimum: {
    f: ([a, b]) => tf.minimum(a!, b!),
    shapes: [
      [3, 4],
      [3, 4],
    ],
  },
  matMul: {
    f: ([a, b]) => tf.matMul(a!, b!, false, true),
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
  },
  einsum: {
    f: ([a, b]) => tf.einsum("bij,bkj->bik", a!, b!),
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
  },
  "conv2d by an image and filters": {
    f: ([a, b]) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, "same"),
    shapes: [
      [2, 5, 4, 2],
      [3, 2, 2, 3],
    ],
  },
  "depthwiseConv2d by an image and filters": {
    f: ([a, b]) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, "valid"),
    shapes: [
      [2, 5, 4, 2],
      [3, 2, 2, 2],
    ],
  },
  "maxPool of windows that overlap": { f: ([x]) => tf.maxPool(x as tf.Tensor4D, 3, 2, "same"), shapes: [[2, 6, 5, 2]] },
  maxPool3d: { f: ([x]) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, "valid"), shapes: [[1, 4, 4, 4, 2]] },
  max: { f: ([x]) => tf.max(x!, 1), shapes: [[3, 5, 2]] },
  "max of equals": { f: ([x]) => tf.max(tf.relu(x!), [1, 2], true), shapes: [[3, 5, 2]] },
  min: { f: ([x]) => tf.min(x!, -1), shapes: [[3, 5]] },
  softmax: { f: ([x]) => tf.softmax(tf.mul(x!, 3)), shapes: [[3, 5]] },
  batchNorm: {
    f: ([x]) => tf.batchNorm(x!, tf.tensor([0.1, 0.2]), tf.tensor([0.5, 2]), tf.tensor([1, 2]), tf.tensor([2, -1]), 1e-3),
    shapes: [[2, 3, 3, 2]],
  },
  "a normalisation that is written out": {
    f: ([x]) => {
      const { mean, variance } = tf.moments(x!, -1, true);
      return tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, 1e-3)));
    },
    shapes: [[3, 6]],
  },
  "what moves elements": {
    f: ([x]) =>
      tf.concat(
        [
          tf.reverse(tf.transpose(x!), 0),
          tf.pad(tf.slice(tf.transpose(x!), [1, 0], [2, 3]), [
            [1, 1],
            [0, 0],
          ]),
        ],
        1,
      ),
    shapes: [[3, 4]],
  },
};

describe.each(["cpu", "wasm"])("on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  describe.each(Object.entries(operations))("of %s", (_, { f, shapes, domain = (x) => x }) => {
    test.prop([fc.nat(10_000), fc.constantFrom(1, 0.02)], { numRuns: 12 })(
      "multipliers times differences add up to the result's difference",
      (seed, apart) => {
        tf.tidy(() => {
          const drawn = (at: number) => shapes.map((shape, i) => tf.tensor(normals(size(shape), seed + 10 * at + i, 1), shape));
          const base = drawn(0);
          const xs = base.map((x) => tf.clone(domain(x)));
          const references = drawn(1).map((x, i) => domain(tf.add(base[i]!, tf.mul(x, apart))));
          const forward = (at: tf.Tensor[]) => withGradients(tf, forwardRepairs(tf), () => f(at));
          const y = forward(xs);
          const cotangent = tf.tensor(normals(y.size, seed + 5, 1), y.shape);
          const multipliers = propagate(tf, f, xs, cotangent, { kind: "deepLift", reference: {} }, { references });
          const sum = xs
            .map((x, i) => tf.sum(tf.mul(multipliers[i]!, tf.sub(x, references[i]!))))
            .reduce((a, b) => tf.add(a, b))
            .dataSync()[0]!;
          const difference = tf.mul(cotangent, tf.sub(y, forward(references)));
          const scale = Math.max(tf.sum(tf.abs(difference)).dataSync()[0]!, 1e-3);
          const rounding = tf.max(tf.abs(y)).dataSync()[0]! * 1e-6 * y.size;
          expect(Math.abs(sum - tf.sum(difference).dataSync()[0]!)).toBeLessThan(2e-4 * scale + rounding);
        });
      },
    );
  });
});

describe("of whole networks", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  const whole: Readonly<Record<string, fc.Arbitrary<Network>>> = {
    perceptrons: fc.oneof(perceptrons({ activation: "relu" }), perceptrons(), perceptrons({ activation: "softplus" })),
    "convolutional networks, pooled maxima among them": convolutionalNetworks(),
    "attention, whose weights differ as well": attentionNetworks(),
  };
  describe.each(Object.entries(whole))("%s", (_, networks) => {
    test.prop([networks, fc.nat(1000)], { numRuns: 8 })("every row's sum is the difference of its output", (network, shift) =>
      withModel(tf, network, async (model) => {
        const { backend } = model;
        const [feeds, reference] = [feedsOf(backend, network, 3, shift), feedsOf(backend, network, 3, shift + 7)];
        await expectComplete(model, { feeds, reference, output: network.output, index: [[0], [1], [0]] });
      }),
    );
  });

  test.prop([fc.oneof(perceptrons({ activation: "relu" }), perceptrons({ activation: "softplus" })), fc.nat(1000)], {
    numRuns: 8,
  })("multipliers are those of double precision", async (network, shift) => {
    const rules = (reference: NamedTensors) => ({ kind: "deepLift", reference }) as const;
    await expectAsInDoublePrecision(tf, network, { rules, wrt: ["a", "b", "active"], shift });
  });

  test("recurrent layers: complete as well", async () => {
    const { model: live, shapes } = smallModels.recurrent();
    const model = await TfjsModel.from(live, { tf });
    using _scope = model.backend.scope();
    const [feeds, reference] = [rowsFor(model.backend, shapes, 1)(2), rowsFor(model.backend, shapes, 2)(2)];
    await expectComplete(model, { feeds, reference, output: "head", index: [[0], [1]] });
    live.dispose();
  });

  test("a layer normalisation, a gate, pooled steps and a softmax: complete as well", async () => {
    const { layerNormalization, dense, multiply, softmax, flatten, leakyReLU, globalMaxPooling1d, concatenate } = layers.layers;
    type Value = layers.SymbolicTensor;
    const input = layers.input({ name: "steps", shape: [4, 6] });
    const normal = layerNormalization({ name: "normal" }).apply(input) as Value;
    const gate = dense({ units: 5, activation: "sigmoid" }).apply(normal) as Value;
    const open = leakyReLU({ alpha: 0.1 }).apply(dense({ units: 5 }).apply(normal)) as Value;
    const gated = multiply().apply([gate, open]) as Value;
    const both = concatenate().apply([flatten().apply(gated), globalMaxPooling1d({}).apply(gated)] as Value[]);
    const out = softmax({ name: "out" }).apply(dense({ units: 3 }).apply(both)) as Value;
    const live = seeded(layers.model({ inputs: input, outputs: out }), 3);
    const model = await TfjsModel.from(live, { tf });
    using _scope = model.backend.scope();
    const feeds = rowsFor(model.backend, { steps: [4, 6] }, 1)(2);
    const reference = rowsFor(model.backend, { steps: [4, 6] }, 2)(2);
    await expectComplete(model, { feeds, reference, output: "out", index: [[0], [2]] });
    live.dispose();
  });
});

test("operations that are others at the reference are refused, with the place that they are at", async () => {
  await tf.setBackend("cpu");
  const f: F = ([x]) => (x!.dataSync()[0]! > 0 ? tf.relu(x!) : tf.tanh(x!));
  const run = (one: number, other: number): void => {
    tf.tidy(() => {
      const [x, reference] = [tf.tensor([one, 1]), tf.tensor([other, 2])];
      const options = { references: [reference], name: "switch" };
      propagate(tf, f, [x], tf.onesLike(x), { kind: "deepLift", reference: {} }, options);
    });
  };
  expect(() => run(1, -1)).toThrow(UnsupportedOpError);
  expect(() => run(1, -1)).toThrow(
    'function "switch" runs other operations at rules.reference than at the feeds (Tanh in place of Relu)',
  );
  expect(() => run(1, 3)).not.toThrow();
});

test("a reference that does not fit the feeds is refused", async () => {
  await tf.setBackend("cpu");
  const { model: live, shapes } = smallModels.perceptron();
  const model = await TfjsModel.from(live, { tf });
  using _scope = model.backend.scope();
  const rows = rowsFor(model.backend, shapes);
  const ask = (reference: NamedTensors) =>
    model.gradient({
      feeds: rows(2),
      objective: { value: "logits", index: [[0], [1]] },
      wrt: ["hidden_input"],
      rules: { kind: "deepLift", reference },
    });
  await expect(ask({ hidden: rows(2)["hidden_input"]! })).rejects.toThrow(
    'rules.reference has "hidden", which is not among the feeds',
  );
  await expect(ask(rows(1))).rejects.toThrow('rules.reference has "hidden_input" [1, 4], but the feed has [2, 4]');
  live.dispose();
});
