import { hostBackend, type NamedTensors, seededRandom, type Tensor } from "@attr/core";
import { expect } from "vitest";
import type { ModelProto, TensorProto } from "../onnx/proto.ts";
import { writeModel } from "../onnx/write-model.ts";
import { type AttributeSpec, node, onnxModel, type ValueSpec } from "../onnx-builder.fixture.ts";
import { OnnxModel } from "../onnx-model.ts";

/** One operator between inputs of floats and the output `y`. */
export interface OperatorSpec {
  readonly op: string;
  readonly domain?: string | undefined;
  /** Shapes of the inputs that are differentiated by. */
  readonly inputs: readonly (readonly number[])[];
  /** Constants after (or, where `undefined`, gaps between) the inputs. */
  readonly constants?: readonly (TensorProto | undefined)[] | undefined;
  /** Where each input stands among the node's. @defaultValue the inputs, then the constants */
  readonly order?: readonly ("input" | "constant")[] | undefined;
  readonly attributes?: Readonly<Record<string, AttributeSpec>> | undefined;
  readonly opset?: number | undefined;
  /** @defaultValue "float64" */
  readonly type?: "float32" | "float64" | undefined;
  /** Turns random numbers of -1 to 1, the `index`-th of an input each, into what the operator is smooth on. @defaultValue as they are */
  readonly range?: ((x: number, index: number) => number) | undefined;
  /** The operator cannot do without its sizes in the file. @defaultValue false */
  readonly fixed?: boolean | undefined;
  /** The file leaves all sizes open. @defaultValue false */
  readonly free?: boolean | undefined;
  readonly outputs?: readonly string[] | undefined;
}

/** A directional derivative by the gradient and by central differences, and how large it can be at most. */
export interface Difference {
  readonly analytic: number;
  readonly numeric: number;
  readonly scale: number;
}

/** How far the two may be apart: central differences of float32 lose half the digits. */
export function tolerance({ scale }: Difference, type: "float32" | "float64" = "float64"): number {
  return (type === "float64" ? 1e-6 : 4e-3) * Math.max(scale, type === "float64" ? 1e-6 : 1e-2);
}

/** Expects the gradient of an operator to be there and to be that of central differences. */
export async function expectGradient(spec: OperatorSpec, seed?: number): Promise<void> {
  const difference = await differentiateOperator(spec, seed);
  expect(difference.scale).toBeGreaterThan(0);
  expect(Math.abs(difference.analytic - difference.numeric)).toBeLessThan(tolerance(difference, spec.type));
}

/** Differentiates an operator along a random direction of all its inputs at once. */
export async function differentiateOperator(spec: OperatorSpec, seed = 1): Promise<Difference> {
  const type = spec.type ?? "float64";
  const names = spec.inputs.map((_, i) => `x${i}`);
  const constants = (spec.constants ?? []).map((tensor, i) => (tensor === undefined ? "" : `c${i}`));
  const order = spec.order ?? [...names.map(() => "input" as const), ...constants.map(() => "constant" as const)];
  const [nextName, nextConstant] = [names[Symbol.iterator](), constants[Symbol.iterator]()];
  const operands = order.map((kind) => (kind === "input" ? nextName : nextConstant).next().value ?? "");
  const model = onnxModel(
    {
      inputs: Object.fromEntries(
        names.map((name, i): [string, ValueSpec] => [
          name,
          [type, spec.inputs[i]!.map((size) => (spec.free === true && spec.fixed !== true ? null : size))],
        ]),
      ),
      outputs: { y: undefined },
      constants: Object.fromEntries(
        (spec.constants ?? []).flatMap((tensor, i) => (tensor === undefined ? [] : [[`c${i}`, tensor] as const])),
      ),
      nodes: [node(spec.op, operands, spec.outputs ?? ["y"], spec.attributes, spec.domain)],
    },
    spec.opset ?? 18,
  );
  const withDomain =
    spec.domain === undefined ? model : { ...model, opsetImports: [...model.opsetImports, { domain: spec.domain, version: 1 }] };
  const random = seededRandom(seed);
  const numbers = (count: number): number[] => Array.from({ length: count }, () => 2 * random.next() - 1);
  const sizes = spec.inputs.map((shape) => shape.reduce((product, size) => product * size, 1));
  const points = sizes.map((size) => numbers(size).map(spec.range ?? ((x) => x)));
  const directions = sizes.map(numbers);
  return alongDirection(writeModel(withDomain), names, spec.inputs, points, directions, type, numbers);
}

/** A model with the output `y`, and what it is differentiated by. */
export interface ModelSpec {
  readonly model: ModelProto;
  /** Shapes of the inputs that are differentiated by. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** What is fed besides, with its shape as the model has it. */
  readonly given?: NamedTensors | undefined;
  /** @defaultValue "float64" */
  readonly type?: "float32" | "float64" | undefined;
  /** Turns random numbers of -1 to 1 into what the model is smooth on. @defaultValue as they are */
  readonly range?: ((x: number) => number) | undefined;
}

/** Differentiates a model along a random direction of all its inputs at once. */
export async function differentiateModel(spec: ModelSpec, seed = 1): Promise<Difference> {
  const random = seededRandom(seed);
  const numbers = (count: number): number[] => Array.from({ length: count }, () => 2 * random.next() - 1);
  const shapes = Object.values(spec.inputs);
  const sizes = shapes.map((shape) => shape.reduce((product, size) => product * size, 1));
  const points = sizes.map((size) => numbers(size).map(spec.range ?? ((x) => x)));
  const directions = sizes.map(numbers);
  const file = writeModel(spec.model);
  const type = spec.type ?? "float64";
  return alongDirection(file, Object.keys(spec.inputs), shapes, points, directions, type, numbers, await rowOf(spec.given ?? {}));
}

/** The same tensors as the only row of a batch. */
async function rowOf(given: NamedTensors): Promise<NamedTensors> {
  const rows: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(given)) {
    const { data, shape } = await hostBackend.read(tensor);
    rows[name] = hostBackend.fromData(data, [1, ...shape], tensor.dtype);
  }
  return rows;
}

async function alongDirection(
  file: Uint8Array,
  names: readonly string[],
  shapes: readonly (readonly number[])[],
  points: readonly (readonly number[])[],
  directions: readonly (readonly number[])[],
  type: "float32" | "float64",
  numbers: (count: number) => number[],
  given: NamedTensors = {},
): Promise<Difference> {
  await using model = await OnnxModel.load(file, { batch: "none", session: { intraOpNumThreads: 1 } });
  const feeds = (step: number): NamedTensors => ({
    ...given,
    ...Object.fromEntries(
      names.map((name, i) => {
        const moved = points[i]!.map((x, k) => x + step * directions[i]![k]!);
        const data = type === "float64" ? Float64Array.from(moved) : Float32Array.from(moved);
        return [name, hostBackend.fromData(data, [1, ...shapes[i]!], type)];
      }),
    ),
  });
  const { y } = await model.run({ feeds: feeds(0), fetches: ["y"] });
  const { shape, data } = await hostBackend.read(y!);
  const weights = numbers(data.length);
  const cotangent = hostBackend.fromData(
    type === "float64" ? Float64Array.from(weights) : Float32Array.from(weights),
    shape,
    type,
  );
  const { gradients } = await model.gradient({ feeds: feeds(0), objective: { value: "y", cotangent }, wrt: names });
  let [analytic, scale] = [0, 0];
  for (const [i, name] of names.entries()) {
    const gradient = await hostBackend.read(gradients[name]!);
    if (gradient.data.length !== directions[i]!.length)
      throw new Error(`the gradient of ${name} has shape [${gradient.shape.join(", ")}] for [${shapes[i]!.join(", ")}]`);
    directions[i]!.forEach((v, k) => {
      analytic += v * Number(gradient.data[k]);
      scale += Math.abs(v * Number(gradient.data[k]));
    });
  }
  const at = async (step: number): Promise<number> => {
    const moved = await model.run({ feeds: feeds(step), fetches: ["y"] });
    const values = (await hostBackend.read(moved["y"]!)).data;
    return weights.reduce((sum, w, k) => sum + w * Number(values[k]), 0);
  };
  const step = type === "float64" ? 1e-5 : 1e-2;
  const numeric = ((await at(step)) - (await at(-step))) / (2 * step);
  return { analytic, numeric, scale: Math.max(scale, 0) };
}
