import { hostBackend, type Tensor } from "@attr/core";
import { describe, expect, test } from "vitest";
import type { ModelProto, TensorProto } from "../../../onnx/proto.ts";
import { writeModel } from "../../../onnx/write-model.ts";
import { type AttributeSpec, constant, node, onnxModel, weights } from "../../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../../onnx-model.ts";

const int = (value: number): { readonly int: number } => ({ int: value });
const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
/** Bytes without a pattern that a mistake could keep. */
const bytes = (count: number, phase = 1): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => Math.floor(256 * Math.abs(Math.sin(12.9898 * (i + phase)))));
const packed = (dims: readonly number[], dataType: number, phase = 1, bits = 8): TensorProto => ({
  name: "",
  dims,
  dataType,
  rawData: bytes(Math.ceil((size(dims) * bits) / 8), phase),
});
const positive = (dims: readonly number[], phase = 3): TensorProto =>
  constant(
    dims,
    weights(size(dims), phase).map((value) => 0.05 + Math.abs(value) / 10),
  );
const indices = (values: readonly number[]): TensorProto => ({
  name: "",
  dims: [values.length],
  dataType: 6,
  rawData: new Uint8Array(Int32Array.from(values).buffer),
});

interface Linear {
  readonly op: string;
  /** Constants after the input; undefined is a gap. */
  readonly constants: readonly (TensorProto | undefined)[];
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly inputs: number;
  readonly domain?: string;
}

async function gradientOf(model: ModelProto, x: Tensor, direction: Tensor): Promise<readonly [number[], number[], number[]]> {
  // The runtime's optimiser would quantise what is multiplied with dequantised weights.
  const session = { graphOptimizationLevel: "disabled" } as const;
  await using loaded = await OnnxModel.load(writeModel(model), { batch: "none", session });
  const run = async (feed: Tensor): Promise<number[]> =>
    Array.from((await hostBackend.read((await loaded.run({ feeds: { x: feed }, fetches: ["y"] }))["y"]!)).data, Number);
  const y = (await loaded.run({ feeds: { x }, fetches: ["y"] }))["y"]!;
  const cotangent = hostBackend.fromData(weights(size(y.shape), 7), y.shape, "float32");
  const { gradients } = await loaded.gradient({ feeds: { x }, objective: { value: "y", cotangent }, wrt: ["x"] });
  return [Array.from((await hostBackend.read(gradients["x"]!)).data, Number), await run(x), await run(direction)];
}

/** For a linear operator: the gradient along a direction is the cotangent times what the direction changes. */
async function expectLinear({ op, constants, attributes, inputs, domain = "com.microsoft" }: Linear): Promise<void> {
  const names = constants.map((tensor, i) => (tensor === undefined ? "" : `c${i}`));
  const plain = onnxModel(
    {
      inputs: { x: ["float32", [3, inputs]] },
      outputs: { y: undefined },
      constants: Object.fromEntries(constants.flatMap((tensor, i) => (tensor === undefined ? [] : [[`c${i}`, tensor] as const]))),
      nodes: [node(op, ["x", ...names], ["y"], attributes, domain)],
    },
    21,
  );
  const model = { ...plain, irVersion: 10, opsetImports: [...plain.opsetImports, { domain: "com.microsoft", version: 1 }] };
  const start = weights(3 * inputs, 2);
  const step = weights(3 * inputs, 11);
  const tensor = (values: Float32Array): Tensor => hostBackend.fromData(values, [1, 3, inputs], "float32");
  const [gradient, before, after] = await gradientOf(model, tensor(start), tensor(start.map((value, i) => value + step[i]!)));
  const analytic = gradient.reduce((sum, value, i) => sum + value * step[i]!, 0);
  const cotangent = weights(before.length, 7);
  const numeric = after.reduce((sum, value, i) => sum + (value - before[i]!) * cotangent[i]!, 0);
  const scale = gradient.reduce((sum, value, i) => sum + Math.abs(value * step[i]!), 0);
  expect(scale).toBeGreaterThan(0);
  expect(Math.abs(analytic - numeric)).toBeLessThan(1e-3 * scale);
}

describe("the gradient of products with weights of few bits is that of the weights written out", () => {
  const [K, N, block] = [40, 5, 16];
  const groups = 3;
  const settings = [2, 4, 8].flatMap((bits) =>
    (["none", "packed", "floats"] as const).flatMap((zero) => [false, true].map((reordered) => [bits, zero, reordered] as const)),
  );
  // The runtime itself reorders weights of 4 bits only, and has no floats for zero points of 8 bits.
  const taken = settings.filter(([bits, zero, reordered]) => bits === 4 || !(reordered || (bits === 8 && zero === "floats")));
  test.each(taken)("%i bits, zero points: %s, groups of their own: %s", async (bits, zero, reordered) => {
    const zeros = {
      none: undefined,
      packed: packed([N * Math.ceil((groups * bits) / 8)], 2, 5),
      floats: positive([N * groups], 9),
    }[zero];
    const order = reordered ? indices(Array.from({ length: K }, (_, i) => (7 * i) % groups)) : undefined;
    await expectLinear({
      op: "MatMulNBits",
      inputs: K,
      constants: [packed([N, groups, (block * bits) / 8], 2), positive([N * groups]), zeros, order, constant([N], weights(N))],
      attributes: { K: int(K), N: int(N), bits: int(bits), block_size: int(block) },
    });
  });

  test.each([
    [0, "FP4"],
    [1, "NF4"],
  ])("MatMulBnb4 of kind %i (%s)", async (kind) => {
    await expectLinear({
      op: "MatMulBnb4",
      inputs: 32,
      constants: [packed([(32 * N) / 2], 2), positive([(32 * N) / 16])],
      attributes: { K: int(32), N: int(N), block_size: int(16), quant_type: int(kind) },
    });
  });
});

/** Weights dequantised into a product; each element type that the runtime takes. */
describe("the gradient passes dequantised weights", () => {
  const dequantised = (
    weight: TensorProto,
    scale: TensorProto,
    attributes: Readonly<Record<string, AttributeSpec>>,
    domain = "",
  ): ModelProto => {
    const plain = onnxModel(
      {
        inputs: { x: ["float32", [3, 4]] },
        outputs: { y: undefined },
        constants: { weight, scale },
        nodes: [node("DequantizeLinear", ["weight", "scale"], ["w"], attributes, domain), node("MatMul", ["x", "w"], ["y"])],
      },
      23,
    );
    return { ...plain, irVersion: 11, opsetImports: [...plain.opsetImports, { domain: "com.microsoft", version: 1 }] };
  };
  const kinds = [
    ["uint8", 2, 8],
    ["int8", 3, 8],
    ["uint16", 4, 16],
    ["int16", 5, 16],
    ["uint4", 21, 4],
    ["int4", 22, 4],
    ["float8e4m3fn", 17, 8],
    ["float8e5m2", 19, 8],
  ] as const;
  const cases = kinds.flatMap(([name, code, bits]): (readonly [string, ModelProto])[] => {
    // Small exponents only: the others of the byte floats are no numbers.
    const given = packed([4, 6], code, 1, bits);
    const weight = code === 17 || code === 19 ? { ...given, rawData: given.rawData!.map((byte) => byte & 0xb7) } : given;
    return [
      [`${name}, one scale`, dequantised(weight, constant([], [0.03]), {})],
      [`${name}, a scale a column`, dequantised(weight, positive([6]), { axis: int(1) })],
      [`${name}, a scale a block of rows`, dequantised(weight, positive([2, 6]), { axis: int(0), block_size: int(2) })],
    ];
  });
  cases.push([
    "int8 of the runtime's own operator",
    dequantised(packed([4, 6], 3), positive([6]), { axis: int(1) }, "com.microsoft"),
  ]);
  test.each(cases)("%s", async (_, model) => {
    const start = weights(12, 2);
    const step = weights(12, 11);
    const tensor = (values: Float32Array): Tensor => hostBackend.fromData(values, [1, 3, 4], "float32");
    const [gradient, before, after] = await gradientOf(model, tensor(start), tensor(start.map((value, i) => value + step[i]!)));
    const cotangent = weights(before.length, 7);
    const numeric = after.reduce((sum, value, i) => sum + (value - before[i]!) * cotangent[i]!, 0);
    const parts = gradient.map((value, i) => value * step[i]!);
    const scale = parts.reduce((sum, part) => sum + Math.abs(part), 0);
    expect(scale).toBeGreaterThan(0);
    expect(Math.abs(parts.reduce((a, b) => a + b, 0) - numeric)).toBeLessThan(1e-4 * scale);
  });
});

describe("straight through", () => {
  const x = hostBackend.fromData(weights(24), [1, 4, 6], "float32");

  test.each([
    ["one scale", constant([], [0.02]), {}],
    ["a scale a column", positive([6]), { axis: int(1) }],
    ["a scale a block", positive([4, 2]), { axis: int(1), block_size: int(3) }],
  ] as const)("quantising and dequantising with %s pass the gradient as it is", async (_, scale, attributes) => {
    const model = onnxModel(
      {
        inputs: { x: ["float32", [4, 6]] },
        outputs: { y: undefined },
        constants: { scale, zero: { ...scale, dataType: 3, rawData: new Uint8Array(size(scale.dims)) } },
        nodes: [
          node("QuantizeLinear", ["x", "scale", "zero"], ["q"], attributes),
          node("DequantizeLinear", ["q", "scale", "zero"], ["y"], attributes),
        ],
      },
      21,
    );
    const [gradient] = await gradientOf({ ...model, irVersion: 10 }, x, x);
    weights(24, 7).forEach((value, i) => {
      expect(gradient[i]).toBeCloseTo(value, 5);
    });
  });

  test("what is beyond the range of the integers has no gradient, as after a rectifier", async () => {
    const model = onnxModel({
      inputs: { x: ["float32", [4, 6]] },
      outputs: { y: undefined },
      // 0 is the least that there is, and 0.51 the most.
      constants: { scale: constant([], [0.002]), zero: { name: "", dims: [], dataType: 2, rawData: Uint8Array.of(0) } },
      nodes: [node("QuantizeLinear", ["x", "scale", "zero"], ["q"]), node("DequantizeLinear", ["q", "scale", "zero"], ["y"])],
    });
    const [gradient] = await gradientOf(model, x, x);
    const expected = Array.from(weights(24, 7), (value, i) => (x.data[i]! > 0 && x.data[i]! < 0.51 ? value : 0));
    expect(expected.filter((value) => value === 0).length).toBeGreaterThan(8);
    expected.forEach((value, i) => {
      expect(gradient[i]).toBeCloseTo(value, 5);
    });
  });

  test("a convolution of integers passes the gradient of its weights", async () => {
    const kernel = Int8Array.from(bytes(18, 4), (byte) => byte - 128);
    const image = hostBackend.fromData(weights(50), [1, 1, 2, 5, 5], "float32");
    const geometry = { kernel_shape: [3, 3], pads: [1, 0, 1, 0], strides: [2, 1] };
    const shared = { inputs: { x: ["float32", [1, 2, 5, 5]] as const }, outputs: { y: undefined } };
    const integers = onnxModel({
      ...shared,
      constants: {
        w: { name: "", dims: [1, 2, 3, 3], dataType: 3, rawData: new Uint8Array(kernel.buffer) },
        middle: { name: "", dims: [], dataType: 3, rawData: Uint8Array.of(2) },
        step: constant([], [0.01]),
      },
      nodes: [
        node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]),
        node("ConvInteger", ["q", "w", "zero", "middle"], ["sums"], geometry),
        node("Cast", ["sums"], ["floats"], { to: int(1) }),
        node("Mul", ["scale", "step"], ["factor"]),
        node("Mul", ["floats", "factor"], ["y"]),
      ],
    });
    const floats = onnxModel({
      ...shared,
      constants: {
        w: constant(
          [1, 2, 3, 3],
          Float32Array.from(kernel, (value) => (value - 2) * 0.01),
        ),
      },
      nodes: [node("Conv", ["x", "w"], ["y"], geometry)],
    });
    const [found] = await gradientOf(integers, image, image);
    const [expected] = await gradientOf(floats, image, image);
    expect(found).toHaveLength(50);
    expected.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 4);
    });
  });
});
