import { InvalidArgumentError, type LinearRule, seededRandom } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect } from "vitest";
import { type Connection, linearRelevance } from "../../../testing/src/host/linear-relevance.ts";
import { forwardRepairs } from "../repair/registry.ts";
import { withGradients } from "../repair/with-gradients.ts";
import { propagate } from "./propagate.fixture.ts";

/** An operation with weights, as layers and graphs run them: a product, and a bias after it. */
interface Operation {
  readonly shape: readonly number[];
  readonly weights: readonly number[];
  /** How many outputs there are, each with a bias; absent where it takes none. */
  readonly units?: number;
  product(x: tf.Tensor, weights: tf.Tensor): tf.Tensor;
  /** Where the bias is added, if not along the last axis. */
  add?(product: tf.Tensor, bias: tf.Tensor): tf.Tensor;
  /** The product with its bias, if not one after the other. */
  fused?(x: tf.Tensor, weights: tf.Tensor, bias: tf.Tensor): tf.Tensor;
}

const image = (x: tf.Tensor) => x as tf.Tensor4D;
const volume = (x: tf.Tensor) => x as tf.Tensor5D;

const operations: Readonly<Record<string, Operation>> = {
  "a dense layer": { shape: [2, 5], weights: [5, 3], units: 3, product: (x, w) => tf.matMul(x, w) },
  "a dense layer of transposed weights": {
    shape: [2, 5],
    weights: [3, 5],
    units: 3,
    product: (x, w) => tf.matMul(x, w, false, true),
  },
  "a dense layer over a sequence": {
    shape: [2, 3, 4],
    weights: [4, 2],
    units: 2,
    product: (x, w) => tf.reshape(tf.matMul(tf.reshape(x, [6, 4]), w), [2, 3, 2]),
  },
  "a product with its bias in one operation": {
    shape: [2, 5],
    weights: [5, 3],
    units: 3,
    product: (x, w) => tf.fused.matMul({ a: x, b: w }),
    fused: (x, w, bias) => tf.fused.matMul({ a: x, b: w, bias }),
  },
  "a product of transposed weights with its bias in one operation": {
    shape: [2, 4],
    weights: [4, 4],
    units: 4,
    product: (x, w) => tf.fused.matMul({ a: x, b: w, transposeB: true }),
    fused: (x, w, bias) => tf.fused.matMul({ a: x, b: w, bias, transposeB: true }),
  },
  "weights on the left": { shape: [2, 4, 3], weights: [1, 2, 4], product: (x, w) => tf.matMul(w, x) },
  "a convolution": {
    shape: [1, 5, 4, 2],
    weights: [3, 2, 2, 3],
    units: 3,
    product: (x, w) => tf.conv2d(image(x), image(w), 2, "same"),
  },
  "a dilated convolution": {
    shape: [1, 5, 4, 2],
    weights: [2, 2, 2, 3],
    units: 3,
    product: (x, w) => tf.conv2d(image(x), image(w), 1, "valid", "NHWC", 2),
  },
  "a convolution with channels first": {
    shape: [1, 2, 5, 4],
    weights: [2, 2, 2, 3],
    units: 3,
    product: (x, w) => tf.transpose(tf.conv2d(image(tf.transpose(x, [0, 2, 3, 1])), image(w), 1, "same"), [0, 3, 1, 2]),
    add: (product, bias) => tf.add(product, tf.reshape(bias, [1, 3, 1, 1])),
  },
  "a convolution of one axis": {
    shape: [2, 6, 2],
    weights: [3, 2, 3],
    units: 3,
    product: (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, "same"),
  },
  "a depthwise convolution": {
    shape: [1, 5, 4, 2],
    weights: [2, 3, 2, 2],
    units: 4,
    product: (x, w) => tf.depthwiseConv2d(image(x), image(w), 1, "same"),
  },
  "a convolution of volumes": {
    shape: [1, 3, 4, 3, 2],
    weights: [2, 2, 1, 2, 2],
    units: 2,
    product: (x, w) => tf.conv3d(volume(x), volume(w), [1, 2, 1], "same"),
  },
  "a transposed convolution": {
    shape: [1, 3, 2, 2],
    weights: [2, 3, 3, 2],
    units: 3,
    product: (x, w) => tf.conv2dTranspose(image(x), image(w), [1, 6, 4, 3], 2, "same"),
  },
};

/** A rule with what keeps its divisors away from 0, so that float32 can be held against float64. */
interface RuleCase {
  readonly rule: LinearRule;
  /** Inputs of any sign, or from 0.1 up. */
  readonly anyInput: boolean;
  readonly anyBias: boolean;
}

const of = (rule: LinearRule, any: boolean): RuleCase => ({ rule, anyInput: any, anyBias: any });

const rules: readonly RuleCase[] = [
  of({ rule: "epsilon", epsilon: 0.7 }, true),
  of({ rule: "gamma", gamma: 0.25, epsilon: 0.7 }, true),
  of({ rule: "gamma", gamma: 3, epsilon: 0.7 }, true),
  of({ rule: "alphaBeta", alpha: 1, beta: 0, signs: "contributions" }, true),
  of({ rule: "alphaBeta", alpha: 2, beta: 1, signs: "contributions" }, true),
  of({ rule: "wSquare" }, true),
  of({ rule: "flat" }, true),
  of({ rule: "zBox", low: -1.25, high: 1.5 }, true),
  of({ rule: "zPlus" }, false),
  of({ rule: "alphaBeta" }, false),
  of({ rule: "alphaBeta", alpha: 2, beta: 1 }, false),
];

/** The connections of an operation, each found by sending a one through it. */
function connectionsOf(product: (x: tf.Tensor) => tf.Tensor, shape: readonly number[]): readonly Connection[] {
  const size = shape.reduce((total, length) => total * length, 1);
  return Array.from({ length: size }, (_, from) => {
    const one = tf.tensor(
      Float32Array.from({ length: size }, (_, i) => (i === from ? 1 : 0)),
      [...shape],
    );
    return Array.from(product(one).dataSync(), (weight, to) => ({ from, to, weight })).filter(({ weight }) => weight !== 0);
  }).flat();
}

describe.each(["cpu", "wasm"])("on %s the rules of", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  describe.each(Object.entries(operations))("%s", (_, operation) => {
    test.prop([fc.constantFrom(...rules), fc.boolean(), fc.nat(10_000)], { numRuns: backend === "cpu" ? 22 : 11 })(
      "are their definitions, connection by connection",
      ({ rule, anyInput, anyBias }, hasBias, seed) => {
        const random = seededRandom(seed);
        const { product, units, add = (y, bias) => tf.add(y, bias) } = operation;
        const { fused = (a, w, bias) => add(product(a, w), bias) } = operation;
        const drawn = (shape: readonly number[], draw: () => number): tf.Tensor =>
          tf.tensor(Float32Array.from({ length: shape.reduce((total, length) => total * length, 1) }, draw), [...shape]);
        tf.tidy(() => {
          const x = drawn(operation.shape, () => (anyInput ? 2 * random.next() - 1 : 0.1 + random.next()));
          const weights = drawn(operation.weights, () => random.normal());
          const bias =
            hasBias && units !== undefined
              ? drawn([units], () => (anyBias ? random.normal() : Math.abs(random.normal())))
              : undefined;
          const f = ([a]: tf.Tensor[]) => (bias === undefined ? product(a!, weights) : fused(a!, weights, bias));
          const { connections, y, offsets } = withGradients(tf, forwardRepairs(tf), () => {
            const found = connectionsOf((one) => product(one, weights), operation.shape);
            const result = f([x]);
            return { connections: found, y: result, offsets: f([tf.zerosLike(x)]).dataSync() };
          });
          const cotangent = drawn(y.shape, () => random.normal());
          const [relevance] = propagate(tf, f, [x], cotangent, { kind: "lrp", linear: rule });
          const given = tf.mul(cotangent, y).dataSync();
          const wanted = linearRelevance(x.dataSync(), connections, offsets, given, rule).relevance;
          const scale = Math.max(1, ...Array.from(given, Math.abs), ...Array.from(wanted, Math.abs));
          for (const [i, value] of relevance!.dataSync().entries())
            expect(Math.abs(value - wanted[i]!), `${rule.rule}, element ${i}: ${value}, ${wanted[i]}`).toBeLessThan(1e-4 * scale);
        });
      },
    );
  });

  test("the identity passes relevance as it is, and refuses operands of another shape", () => {
    tf.tidy(() => {
      const [x, square, wide] = [
        tf.tensor([[1, -2]]),
        tf.tensor([
          [1, 2],
          [3, 4],
        ]),
        tf.tensor([
          [1, 2, 3],
          [3, 4, 5],
        ]),
      ];
      const relevance = (weights: tf.Tensor) => {
        const f = ([a]: tf.Tensor[]) => tf.matMul(a!, weights);
        const seed = tf.onesLike(f([x]));
        return propagate(tf, f, [x], seed, { kind: "lrp", linear: { rule: "identity" } }, { name: "dense" })[0]!;
      };
      expect(Array.from(relevance(square).dataSync())).toEqual([-5, -6]);
      expect(() => relevance(wide)).toThrow(InvalidArgumentError);
      expect(() => relevance(wide)).toThrow(
        'the rule "identity" of function "dense" needs an operand and a result of one shape, got [1, 2] and [1, 3]',
      );
    });
  });
});
