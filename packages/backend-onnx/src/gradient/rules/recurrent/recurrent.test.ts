import { hostBackend, type NamedTensors, seededRandom } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { TensorProto } from "../../../onnx/proto.ts";
import { writeModel } from "../../../onnx/write-model.ts";
import { constant, node, onnxModel, type ValueSpec, weights } from "../../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../../onnx-model.ts";
import { gradientModel } from "../../gradient-model.ts";
import { type LayerInputs, type LayerSettings, recurrentLayer } from "./recurrent-oracle.fixture.ts";

const int = (value: number): { readonly int: number } => ({ int: value });

/** Settings that each activation takes, in its range. */
const withSettings: Readonly<Record<string, readonly number[]>> = {
  Affine: [0.7, 0.2],
  Elu: [0.6],
  HardSigmoid: [0.3, 0.4],
  LeakyRelu: [0.2],
  Relu: [],
  ScaledTanh: [0.8, 1.3],
  Sigmoid: [],
  Softplus: [],
  Softsign: [],
  Tanh: [],
  ThresholdedRelu: [0.1],
};

interface Case {
  readonly settings: LayerSettings;
  readonly steps: number;
  readonly inputs: number;
  /** Of each row; undefined where all have all steps and the node has no such input. */
  readonly lengths: readonly number[] | undefined;
  readonly batch: number;
  readonly bias: boolean;
  readonly initial: boolean;
  readonly peepholes: boolean;
  readonly seed: number;
}

const counts = { RNN: [1, 1], GRU: [3, 2], LSTM: [4, 3] } as const;

const cases: fc.Arbitrary<Case> = fc
  .record({
    op: fc.constantFrom("RNN" as const, "GRU" as const, "LSTM" as const),
    direction: fc.constantFrom("forward" as const, "reverse" as const, "bidirectional" as const),
    hidden: fc.integer({ min: 1, max: 3 }),
    standard: fc.boolean(),
    clip: fc.option(fc.constant(0.5), { nil: undefined }),
    late: fc.boolean(),
    coupled: fc.boolean(),
    steps: fc.integer({ min: 1, max: 4 }),
    inputs: fc.integer({ min: 1, max: 3 }),
    batch: fc.integer({ min: 1, max: 3 }),
    own: fc.boolean(),
    bias: fc.boolean(),
    initial: fc.boolean(),
    peepholes: fc.boolean(),
    seed: fc.integer({ min: 1, max: 100_000 }),
  })
  .chain((drawn) => {
    const directions = drawn.direction === "bidirectional" ? 2 : 1;
    const count = counts[drawn.op][1] * directions;
    const usual = { RNN: ["Tanh"], GRU: ["Sigmoid", "Tanh"], LSTM: ["Sigmoid", "Tanh", "Tanh"] }[drawn.op];
    const any = fc.array(fc.constantFrom(...Object.keys(withSettings)), { minLength: count, maxLength: count });
    return fc
      .record({
        activations: drawn.standard ? fc.constant(Array.from({ length: directions }, () => usual).flat()) : any,
        lengths: fc.array(fc.integer({ min: 0, max: drawn.steps }), { minLength: drawn.batch, maxLength: drawn.batch }),
      })
      .map(({ activations, lengths }): Case => {
        const settings: LayerSettings = {
          op: drawn.op,
          direction: drawn.direction,
          hidden: drawn.hidden,
          activations,
          alpha: activations.flatMap((name) => withSettings[name]!.slice(0, 1)),
          beta: activations.flatMap((name) => withSettings[name]!.slice(1)),
          clip: drawn.clip,
          late: drawn.op === "GRU" && drawn.late,
          coupled: drawn.op === "LSTM" && drawn.coupled,
        };
        return {
          ...drawn,
          settings,
          lengths: drawn.own ? lengths : undefined,
          peepholes: drawn.op === "LSTM" && drawn.peepholes,
        };
      });
  });

type Name = "x" | "w" | "r" | "b" | "h" | "c" | "p";

/** The layer's inputs as flat lists of numbers, with their shapes. */
function shapesOf({ settings, steps, batch, inputs }: Case): Readonly<Record<Name, readonly number[]>> {
  const { op, hidden, direction } = settings;
  const [gates] = counts[op];
  const d = direction === "bidirectional" ? 2 : 1;
  return {
    x: [steps, batch, inputs],
    w: [d, gates * hidden, inputs],
    r: [d, gates * hidden, hidden],
    b: [d, 2 * gates * hidden],
    h: [d, batch, hidden],
    c: [d, batch, hidden],
    p: [d, 3 * hidden],
  };
}

/** Which of them the node has; the others are zeros. */
function given({ settings: { op }, bias, initial, peepholes }: Case): readonly Name[] {
  const long = op === "LSTM";
  return (["x", "w", "r", "b", "h", "c", "p"] as const).filter((name) => {
    if (name === "b") return bias;
    if (name === "h") return initial;
    if (name === "c") return initial && long;
    return name !== "p" || peepholes;
  });
}

function layerModel(one: Case): Uint8Array {
  const { settings, lengths } = one;
  const present = new Set<string>(given(one));
  const long = settings.op === "LSTM";
  const float: ValueSpec = ["float32"];
  const place = (name: Name): string => (present.has(name) ? name : "");
  const node1 = node(
    settings.op,
    ["x", "w", "r", place("b"), lengths === undefined ? "" : "lengths", place("h"), ...(long ? [place("c"), place("p")] : [])],
    long ? ["y", "last", "cell"] : ["y", "last"],
    {
      hidden_size: int(settings.hidden),
      direction: settings.direction,
      activations: settings.activations,
      ...(settings.clip !== undefined && { clip: settings.clip }),
      ...(settings.late === true && { linear_before_reset: int(1) }),
      ...(settings.coupled === true && { input_forget: int(1) }),
    },
  );
  const floats = (name: string, values: readonly number[]) => ({ name, type: 6, floats: Float32Array.from(values) });
  const layer = {
    ...node1,
    attributes: [...node1.attributes, floats("activation_alpha", settings.alpha), floats("activation_beta", settings.beta)],
  };
  const shapes = shapesOf(one);
  const sequenceLengths: TensorProto = {
    name: "",
    dims: [lengths?.length ?? 0],
    dataType: 6,
    rawData: new Uint8Array(Int32Array.from(lengths ?? []).buffer),
  };
  const model = onnxModel({
    inputs: Object.fromEntries(
      [...present].map((name): [string, ValueSpec] => [
        name,
        [float[0], shapes[name as Name].map((size, i) => (name === "x" && i < 2 ? null : size))],
      ]),
    ),
    outputs: { out: undefined },
    constants: { flat: constant([1], [-1], "int64"), ...(lengths && { lengths: sequenceLengths }) },
    nodes: [
      layer,
      ...layer.outputs.map((output) => node("Reshape", [output, "flat"], [`${output}_flat`])),
      node(
        "Concat",
        layer.outputs.map((output) => `${output}_flat`),
        ["out"],
        { axis: int(0) },
      ),
    ],
  });
  return writeModel(model);
}

/** All results of the oracle in the order of the model's `out`. */
function oracle(one: Case, values: Readonly<Record<Name, readonly number[]>>): readonly number[] {
  const shapes = shapesOf(one);
  const nested = (name: Name): unknown => nest(values[name], shapes[name]);
  const lengths = one.lengths ?? new Array<number>(one.batch).fill(one.steps);
  // What comes out of nesting is what the shapes say.
  const inputs = {
    ...Object.fromEntries((["x", "w", "r", "b", "h", "c", "p"] as const).map((name) => [name, nested(name)])),
    lengths,
  };
  const { y, last, cell } = recurrentLayer(one.settings, inputs as unknown as LayerInputs);
  const all: unknown[] = one.settings.op === "LSTM" ? [y, last, cell] : [y, last];
  return all.flat(5) as number[]; // lists of lists of numbers
}

function nest(values: readonly number[], shape: readonly number[]): unknown {
  if (shape.length <= 1) return values;
  const [size, ...rest] = shape;
  const each = values.length / size!;
  return Array.from({ length: size! }, (_, i) => nest(values.slice(i * each, (i + 1) * each), rest));
}

describe("recurrent layers", () => {
  test.prop([cases], { numRuns: 25 })("have the gradients of their specification by all that they are given", async (one) => {
    const random = seededRandom(one.seed);
    const shapes = shapesOf(one);
    const present = given(one);
    const size = (name: Name): number => shapes[name].reduce((product, n) => product * n, 1);
    const values = Object.fromEntries(
      (Object.keys(shapes) as Name[]).map((name) => {
        const drawn = Array.from({ length: size(name) }, () => Math.fround(2 * random.next() - 1));
        return [name, present.includes(name) ? drawn : drawn.map(() => 0)];
      }),
    ) as Record<Name, number[]>; // of all names
    await using model = await OnnxModel.load(layerModel(one), { batch: "none" });
    const feeds: NamedTensors = Object.fromEntries(
      present.map((name) => [name, hostBackend.fromData(Float32Array.from(values[name]), [1, ...shapes[name]], "float32")]),
    );
    const out = oracle(one, values);
    const { out: own } = await model.run({ feeds, fetches: ["out"] });
    const { data } = await hostBackend.read(own!);
    out.forEach((value, i) => {
      expect(Number(data[i])).toBeCloseTo(value, 4);
    });
    const shares = out.map(() => Math.fround(2 * random.next() - 1));
    const cotangent = hostBackend.fromData(Float32Array.from(shares), [1, shares.length], "float32");
    const { gradients } = await model.gradient({ feeds, objective: { value: "out", cotangent }, wrt: present });
    const weighed = (): number => oracle(one, values).reduce((sum, value, i) => sum + shares[i]! * value, 0);
    const here = weighed();
    for (const name of present) {
      const gradient = (await hostBackend.read(gradients[name]!)).data;
      values[name].forEach((value, i) => {
        const at = (moved: number): number => {
          values[name][i] = moved;
          const result = weighed();
          values[name][i] = value;
          return result;
        };
        const [up, down] = [(at(value + 1e-6) - here) / 1e-6, (here - at(value - 1e-6)) / 1e-6];
        if (Math.abs(up - down) > 1e-3 * (1 + Math.abs(up))) return; // a point next to a bend tells nothing
        expect(Math.abs(Number(gradient[i]) - (up + down) / 2), `${name}[${i}]`).toBeLessThan(1e-4 * (1 + Math.abs(up)));
      });
    }
  });

  test.each(["RNN", "GRU", "LSTM"] as const)("of %s with the batch first are those with the steps first", async (op) => {
    const [gates] = counts[op];
    const layer = (first: boolean): Uint8Array => {
      const model = onnxModel({
        inputs: { x: ["float32", [null, null, 2]], h: ["float32", [null, null, 3]] },
        outputs: { y: undefined },
        constants: {
          w: constant([2, 3 * gates, 2], weights(12 * gates)),
          r: constant([2, 3 * gates, 3], weights(18 * gates, 3)),
        },
        nodes: [
          node(op, ["x", "w", "r", "", "", "h"], ["all", "last"], {
            hidden_size: int(3),
            direction: "bidirectional",
            ...(first && { layout: int(1) }),
          }),
          node("ReduceSum", ["all"], ["sum"], { keepdims: int(0) }),
          node("Mul", ["sum", "last"], ["y"]),
        ],
      });
      return writeModel(gradientModel(model, { of: "y", wrt: ["x", "h"] }));
    };
    const run = async (first: boolean): Promise<readonly (readonly number[])[]> => {
      await using model = await OnnxModel.load(layer(first), { batch: "none" });
      const feed = (outer: number, middle: number, last: number, at: (i: number, j: number, k: number) => number) => {
        const [a, b] = first ? [outer, middle] : [middle, outer];
        const data = Float32Array.from({ length: a * b * last }, (_, n) => {
          const [i, j, k] = [Math.floor(n / (b * last)), Math.floor(n / last) % b, n % last];
          return first ? at(i, j, k) : at(j, i, k);
        });
        return hostBackend.fromData(data, [1, a, b, last], "float32");
      };
      // Rows, then steps or directions, then elements.
      const feeds = {
        x: feed(2, 4, 2, (i, j, k) => Math.sin(1 + i + 2 * j + 8 * k)),
        h: feed(2, 2, 3, (i, j, k) => Math.cos(i + 2 * j + 4 * k)),
        y_cotangent: feed(2, 2, 3, (i, j, k) => Math.cos(3 * i + j + 2 * k)),
      };
      const results = await model.run({ feeds, fetches: ["x_gradient", "h_gradient"] });
      return Promise.all(
        ["x_gradient", "h_gradient"].map(async (name) => {
          const { data, shape } = await hostBackend.read(results[name]!);
          const [, a, b, c] = shape as readonly [number, number, number, number];
          const at = (i: number, j: number, k: number): number => Number(data[(i * b + j) * c + k]);
          const [rows, middle] = first ? [a, b] : [b, a];
          return Array.from({ length: rows * middle * c }, (_, n) => {
            const [i, j, k] = [Math.floor(n / (middle * c)), Math.floor(n / c) % middle, n % c];
            return first ? at(i, j, k) : at(j, i, k);
          });
        }),
      );
    };
    const [own, other] = [await run(true), await run(false)];
    for (const [i, gradient] of own.entries())
      for (const [n, value] of gradient.entries()) expect(value).toBeCloseTo(other[i]![n]!, 5);
    expect(Math.max(...own.flat().map(Math.abs))).toBeGreaterThan(0.01);
  });
});
