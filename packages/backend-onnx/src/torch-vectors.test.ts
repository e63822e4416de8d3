import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type AttributionResult,
  Deconvolution,
  DeepLift,
  type DType,
  GradCam,
  GuidedBackprop,
  type HostTensor,
  hostBackend,
  InputXGradient,
  IntegratedGradients,
  LayerGradientXActivation,
  Lrp,
  type NamedTensors,
} from "@attr/core";
import { describe, expect, test } from "vitest";
import { OnnxModel } from "./onnx-model.ts";

/*
 * Whole networks of many kinds, exported from torch at several opsets, against what torch's autograd and Captum give in float64 on the
 * same weights. scripts/torch-vectors makes them.
 */

interface Vectors {
  readonly inputs: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly dtype: DType; readonly data: number[] }>
  >;
  /** By file, the name that the differentiated layer's value has in it. */
  readonly files: Readonly<Record<string, string>>;
  readonly y: { readonly shape: readonly number[]; readonly data: readonly number[] };
  readonly cotangent: readonly number[];
  /** By input. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly layer: { readonly shape: readonly number[]; readonly gradient: readonly number[] };
  readonly captum?: {
    readonly targets: readonly number[];
    readonly baselines: readonly number[];
    readonly answers: Readonly<Record<string, readonly number[]>>;
  };
}

const folder = fileURLToPath(new URL("./torch-vectors/", import.meta.url));
const networks = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => ({
    name: file.replace(".fixture.json", ""),
    // The script beside it writes this shape.
    vectors: JSON.parse(readFileSync(folder + file, "utf8")) as Vectors,
  }));
const files = networks.flatMap(({ name, vectors }) =>
  Object.entries(vectors.files).map(([file, layer]) => ({ network: name, file, layer, vectors })),
);

const load = (file: string): Promise<OnnxModel> => OnnxModel.load(folder + file, { session: { intraOpNumThreads: 1 } });

function rowsOf(
  data: readonly number[],
  shape: readonly number[],
  dtype: DType,
  [from, to]: readonly [number, number],
): HostTensor {
  const row = data.length / shape[0]!;
  const numbers = Float64Array.from(data.slice(from * row, to * row));
  return hostBackend.cast(hostBackend.fromData(numbers, [to - from, ...shape.slice(1)], "float64"), dtype);
}

function feedsOf({ inputs }: Vectors, rows: readonly [number, number]): NamedTensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype, data }]) => [name, rowsOf(data, shape, dtype, rows)]),
  );
}

async function numbers(tensor: NamedTensors[string]): Promise<number[]> {
  return Array.from((await hostBackend.read(tensor as HostTensor)).data, Number); // the model's tensors are the host backend's
}

/** The largest difference, over the largest number expected. */
function apart(got: readonly number[], expected: readonly number[]): number {
  expect(got).toHaveLength(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(0);
  return got.reduce((most, value, i) => Math.max(most, Number.isNaN(value) ? 1 : Math.abs(value - expected[i]!)), 0) / largest;
}

const close = 1e-5;

describe.each([
  ["batch 3", [0, 3]],
  ["batch 1", [0, 1]],
  ["batch 1, the last row", [2, 3]],
] as const)("%s", (_, rows) => {
  test.each(files)("$file: values and gradients by inputs and an inner layer are torch's", async ({ file, layer, vectors }) => {
    await using model = await load(file);
    const { shape, data } = vectors.y;
    const part = (all: readonly number[]): readonly number[] => all.slice((rows[0] * all.length) / 3, (rows[1] * all.length) / 3);
    const feeds = feedsOf(vectors, rows);
    const wrt = [...Object.keys(vectors.gradients), layer];
    const objective = { value: "y", cotangent: rowsOf(vectors.cotangent, shape, "float32", rows) };
    const { gradients, values } = await model.gradient({ feeds, objective, wrt, fetches: ["y"] });
    expect(apart(await numbers(values["y"]!), part(data))).toBeLessThan(close);
    for (const [name, expected] of Object.entries({ ...vectors.gradients, [layer]: vectors.layer.gradient }))
      expect(apart(await numbers(gradients[name]!), part(expected)), name).toBeLessThan(close);
  });
});

type Explain = (model: OnnxModel, layer: string, inputs: NamedTensors, options: Options) => Promise<AttributionResult>;
type Options = { readonly target: readonly number[]; readonly baselines: NamedTensors };

const captumMethods: Readonly<Record<string, Explain>> = {
  "integrated-gradients": (model, _, inputs, options) => new IntegratedGradients(model).attribute(inputs, options),
  "input-x-gradient": (model, _, inputs, { target }) => new InputXGradient(model).attribute(inputs, { target }),
  "deep-lift": (model, _, inputs, options) => new DeepLift(model).attribute(inputs, options),
  "guided-backprop": (model, _, inputs, { target }) => new GuidedBackprop(model).attribute(inputs, { target }),
  deconvolution: (model, _, inputs, { target }) => new Deconvolution(model).attribute(inputs, { target }),
  "grad-cam": (model, layer, inputs, { target }) => new GradCam(model, { layer }).attribute(inputs, { target }),
  "gradient-x-activation": (model, layer, inputs, { target }) =>
    new LayerGradientXActivation(model, { layer }).attribute(inputs, { target }),
  "lrp-epsilon": (model, _, inputs, { target }) => new Lrp(model).attribute(inputs, { target }),
  "lrp-gamma": (model, _, inputs, { target }) =>
    new Lrp(model, { rule: { rule: "gamma", gamma: 0.25 } }).attribute(inputs, { target }),
  "lrp-alpha-beta": (model, _, inputs, { target }) =>
    new Lrp(model, { rule: { rule: "alphaBeta", alpha: 1, beta: 0 } }).attribute(inputs, { target }),
};

const explained = files.filter(({ vectors }) => vectors.captum !== undefined);

describe.each(explained)("$file", ({ file, layer, vectors }) => {
  const { targets, baselines, answers } = vectors.captum!; // those without are left out
  test.each(Object.entries(answers))("%s is Captum's", async (method, expected) => {
    await using model = await load(file);
    const inputs = feedsOf(vectors, [0, 3]);
    const [x] = Object.keys(inputs);
    const shape = [1, ...vectors.inputs[x!]!.shape.slice(1)];
    const options = { target: targets, baselines: { [x!]: rowsOf(baselines, shape, "float32", [0, 1]) } };
    const { attributions } = await captumMethods[method]!(model, layer, inputs, options);
    const [attribution] = Object.values(attributions);
    // Relevance is divided by sums that may nearly cancel: float32 has fewer digits of them.
    expect(apart(await numbers(attribution!), expected)).toBeLessThan(method.startsWith("lrp") ? 1e-4 : close);
  });
});
