import { type LinearRule, seededRandom, tensor } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { type Connection, linearRelevance } from "../../../../testing/src/host/linear-relevance.ts";
import type { ModelProto, NodeProto, TensorProto } from "../../onnx/proto.ts";
import { writeModel } from "../../onnx/write-model.ts";
import { constant, node, onnxModel } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";

/** An operator with weights as a file holds it, and as the connections that it is defined by. */
interface Layer {
  readonly node: NodeProto;
  readonly constants: Readonly<Record<string, TensorProto>>;
  /** Of one example. */
  readonly shape: readonly number[];
  readonly resultShape: readonly number[];
  readonly connections: readonly Connection[];
  /** One number a result element. */
  readonly bias: readonly number[];
}

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

interface Numbers {
  signed(count: number): number[];
  /** Biases: not negative where a rule divides by sums that must not cancel. */
  biases(count: number): number[];
}

function numbersOf(seed: number, anyBias: boolean): Numbers {
  const random = seededRandom(seed);
  // What a file holds: the oracle takes the same rounded numbers.
  const signed = (count: number): number[] => Array.from({ length: count }, () => Math.fround(random.normal()));
  return { signed, biases: (count) => signed(count).map((value) => (anyBias ? value : Math.abs(value))) };
}

function gemm({ signed, biases }: Numbers, transB: boolean): Layer {
  const [inputs, outputs] = [5, 3];
  const weights = signed(inputs * outputs);
  const bias = biases(outputs);
  const connections = weights.map((weight, i) =>
    transB
      ? { from: i % inputs, to: Math.floor(i / inputs), weight }
      : { from: Math.floor(i / outputs), to: i % outputs, weight },
  );
  return {
    node: node("Gemm", ["x", "w", "b"], ["y"], { transB: { int: transB ? 1 : 0 } }),
    constants: { w: constant(transB ? [outputs, inputs] : [inputs, outputs], weights), b: constant([outputs], bias) },
    shape: [inputs],
    resultShape: [outputs],
    connections,
    bias,
  };
}

/** Weights on the right, of three positions at once, or on the left. */
function matMul({ signed }: Numbers, left: boolean): Layer {
  const [rows, inner, columns] = [3, 4, 2];
  const weights = signed(inner * columns);
  const connections: Connection[] = [];
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < inner; k++)
      for (let column = 0; column < columns; column++)
        connections.push(
          left
            ? { from: k * rows + row, to: column * rows + row, weight: weights[column * inner + k]! }
            : { from: row * inner + k, to: row * columns + column, weight: weights[k * columns + column]! },
        );
  return {
    node: node("MatMul", left ? ["w", "x"] : ["x", "w"], ["y"]),
    constants: { w: constant(left ? [columns, inner] : [inner, columns], weights) },
    shape: left ? [inner, rows] : [rows, inner],
    resultShape: left ? [columns, rows] : [rows, columns],
    connections,
    bias: new Array<number>(rows * columns).fill(0),
  };
}

interface Geometry {
  readonly group: number;
  readonly stride: number;
  readonly dilation: number;
  /** Before and after. */
  readonly pads: readonly [number, number];
}

/** A convolution over 6 × 5 elements of two channels with a kernel of 2 × 3, or the one that it is the transpose of. */
function convolution({ signed, biases }: Numbers, { group, stride, dilation, pads }: Geometry, transposed: boolean): Layer {
  const kernel = [2, 3];
  const span = kernel.map((length) => (length - 1) * dilation + 1);
  const [wide, narrow] = [2 * group, 2];
  const from = [6, 5];
  const to = from.map((length, axis) => Math.floor((length + pads[0] + pads[1] - span[axis]!) / stride) + 1);
  // The whole reach of a transposed convolution, from positions that do reach.
  const large = transposed ? to.map((length, axis) => (length - 1) * stride + span[axis]! - pads[0] - pads[1]) : from;
  const weights = signed(wide * (narrow / group) * size(kernel));
  const connections: Connection[] = [];
  const perGroup = wide / group;
  for (let m = 0; m < wide; m++)
    for (let c = 0; c < narrow / group; c++)
      for (let i = 0; i < size(kernel); i++) {
        const [ky, kx] = [Math.floor(i / kernel[1]!), i % kernel[1]!];
        const weight = weights[(m * (narrow / group) + c) * size(kernel) + i]!;
        for (let oy = 0; oy < to[0]!; oy++)
          for (let ox = 0; ox < to[1]!; ox++) {
            const [y, x] = [oy * stride + ky * dilation - pads[0], ox * stride + kx * dilation - pads[0]];
            if (y < 0 || x < 0 || y >= large[0]! || x >= large[1]!) continue;
            const channel = Math.floor(m / perGroup) * (narrow / group) + c;
            const near = (channel * large[0]! + y) * large[1]! + x;
            const far = (m * to[0]! + oy) * to[1]! + ox;
            connections.push(transposed ? { from: far, to: near, weight } : { from: near, to: far, weight });
          }
      }
  const channels = transposed ? narrow : wide;
  const bias = biases(channels);
  const settings = { group: { int: group }, strides: [stride, stride], dilations: [dilation, dilation], pads: [pads[0], pads[0], pads[1], pads[1]] }; // biome-ignore format: one line
  const resultShape = transposed ? [narrow, ...large] : [wide, ...to];
  return {
    node: node(transposed ? "ConvTranspose" : "Conv", ["x", "w", "b"], ["y"], settings),
    constants: { w: constant([wide, narrow / group, ...kernel], weights), b: constant([channels], bias) },
    shape: transposed ? [wide, ...to] : [narrow, ...from],
    resultShape,
    connections,
    bias: bias.flatMap((value) => new Array<number>(size(resultShape) / channels).fill(value)),
  };
}

function fileOf({ node: layer, constants, shape, resultShape }: Layer): ModelProto {
  return onnxModel({
    inputs: { x: ["float32", ["n", ...shape]] },
    outputs: { y: ["float32", ["n", ...resultShape]] },
    constants,
    nodes: [layer],
  });
}

const geometries = fc.record({
  group: fc.constantFrom(1, 2),
  stride: fc.constantFrom(1, 2),
  dilation: fc.constantFrom(1, 2),
  pads: fc.constantFrom([0, 0] as const, [1, 1] as const, [0, 1] as const),
});
const layers: fc.Arbitrary<(numbers: Numbers) => Layer> = fc.oneof(
  fc.boolean().map((flag) => (numbers: Numbers) => gemm(numbers, flag)),
  fc.boolean().map((flag) => (numbers: Numbers) => matMul(numbers, flag)),
  fc.tuple(geometries, fc.boolean()).map(
    ([geometry, flag]) =>
      (numbers: Numbers) =>
        convolution(numbers, geometry, flag),
  ),
);

/** A rule with what keeps its divisors away from 0, so that float32 can be held against float64. */
interface RuleCase {
  readonly rule: LinearRule;
  /** Inputs of any sign, or from 0.1 up. */
  readonly anyInput: boolean;
  readonly anyBias: boolean;
}

const rules: fc.Arbitrary<RuleCase> = fc.oneof(
  fc.record({
    rule: fc.constantFrom<LinearRule>(
      { rule: "epsilon", epsilon: 0.7 },
      { rule: "gamma", gamma: 0.25, epsilon: 0.7 },
      { rule: "gamma", gamma: 3, epsilon: 0.7 },
      { rule: "alphaBeta", alpha: 1, beta: 0, signs: "contributions" },
      { rule: "alphaBeta", alpha: 2, beta: 1, signs: "contributions" },
      { rule: "alphaBeta", alpha: 1.5, beta: 0.5, signs: "contributions" },
      { rule: "wSquare" },
      { rule: "flat" },
      { rule: "zBox", low: -1.25, high: 1.5 },
    ),
    anyInput: fc.constant(true),
    anyBias: fc.constant(true),
  }),
  fc.record({
    rule: fc.constantFrom<LinearRule>(
      { rule: "zPlus" },
      { rule: "alphaBeta" },
      { rule: "alphaBeta", alpha: 2, beta: 1 },
      { rule: "alphaBeta", alpha: 3.5, beta: 2.5 },
    ),
    anyInput: fc.constant(false),
    anyBias: fc.constant(false),
  }),
);

const rows = 2;
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);

describe("the rules of operators with weights", () => {
  test.prop([layers, rules, fc.integer({ min: 0, max: 9999 })], { numRuns: 60 })(
    "are their definitions, connection by connection, and lose what biases and stabilisers take",
    async (make, { rule, anyInput, anyBias }, seed) => {
      const layer = make(numbersOf(seed, anyBias));
      const random = seededRandom(seed + 1);
      const draw = (): number => (anyInput ? 2 * random.next() - 1 : 0.1 + random.next());
      const width = size(layer.shape);
      const x = Float32Array.from({ length: rows * width }, draw);
      const cotangent = Float32Array.from({ length: rows * size(layer.resultShape) }, () => random.normal());
      await using model = await OnnxModel.load(writeModel(fileOf(layer)), { session: { intraOpNumThreads: 1 } });
      const { gradients } = await model.gradient({
        feeds: { x: tensor({ data: x, dims: [rows, ...layer.shape], type: "float32" }) },
        objective: {
          value: "y",
          cotangent: tensor({ data: cotangent, dims: [rows, ...layer.resultShape], type: "float32" }),
        },
        wrt: ["x"],
        rules: { kind: "lrp", linear: rule },
      });
      const got = Array.from((await model.backend.read(gradients["x"]!)).data, Number);
      for (let row = 0; row < rows; row++) {
        const own = x.subarray(row * width, (row + 1) * width);
        const results = [...layer.bias];
        for (const { from, to, weight } of layer.connections) results[to]! += own[from]! * weight;
        const given = results.map((value, i) => value * cotangent[row * results.length + i]!);
        const { relevance, lost } = linearRelevance(own, layer.connections, layer.bias, given, rule);
        const part = got.slice(row * width, (row + 1) * width);
        const scale = Math.max(1, ...given.map(Math.abs), ...relevance.map(Math.abs));
        for (const [i, value] of part.entries())
          expect(Math.abs(value - relevance[i]!), `element ${i}: ${value}, ${relevance[i]}`).toBeLessThan(1e-4 * scale);
        expect(Math.abs(sum(part) + lost - sum(given))).toBeLessThan(1e-3 * scale);
        // These rules have no bias: all goes on, but for results that nothing is connected with.
        if (rule.rule !== "wSquare" && rule.rule !== "flat" && rule.rule !== "zBox") continue;
        const connected = new Set(layer.connections.map(({ to }) => to));
        expect(Math.abs(lost - sum(given.filter((_, to) => !connected.has(to))))).toBeLessThan(1e-4 * scale);
      }
    },
  );
});
