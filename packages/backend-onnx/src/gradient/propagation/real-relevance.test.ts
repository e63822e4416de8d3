import { fileURLToPath } from "node:url";
import { bind, fromLayer, hostBackend, Lrp, type NamedTensors, seededRandom } from "@attr/core";
import { talesChoice, talesLm } from "@attr/models";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";
import { numbersOf } from "../small-constants.ts";

interface RealModel {
  /** Undefined where the folder of shared models is absent. */
  readonly path: string | undefined;
  /** The value attributed to: undefined for the inputs. */
  readonly layer?: string | undefined;
  readonly inputs: NamedTensors;
  readonly target: number | { readonly path: readonly number[] };
  /** The bias behind everything, which takes its own number of the relevance. @defaultValue none */
  readonly bias?: string | undefined;
}

const ids = (shape: readonly number[], below: number, seed = 3): NamedTensors[string] => {
  const random = seededRandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return hostBackend.fromData(
    BigInt64Array.from({ length: count }, () => BigInt(4 + random.integer(below - 4))),
    shape,
    "int64",
  );
};
const whole = (shape: readonly number[], value: (i: number) => number): NamedTensors[string] => {
  const count = shape.reduce((product, size) => product * size, 1);
  return hostBackend.fromData(
    BigInt64Array.from({ length: count }, (_, i) => BigInt(value(i))),
    shape,
    "int64",
  );
};
const normal = (shape: readonly number[]): NamedTensors[string] => {
  const random = seededRandom(5);
  const count = shape.reduce((product, size) => product * size, 1);
  return hostBackend.fromData(
    Float32Array.from({ length: count }, () => random.normal()),
    shape,
    "float32",
  );
};

const length = 7;
const emptyCache = (layers: number, heads: number, width: number): NamedTensors =>
  Object.fromEntries(
    Array.from({ length: layers }, (_, layer) =>
      ["key", "value"].map((part) => [
        `past_key_values.${layer}.${part}`,
        hostBackend.fromData(new Float32Array(0), [1, heads, 0, width], "float32"),
      ]),
    ).flat(),
  );

const models: Readonly<Record<string, RealModel>> = {
  "tales-lm": {
    path: fileURLToPath(new URL("onnx/model.onnx", talesLm)),
    layer: "/lm/model/embed_tokens/Gather_output_0",
    inputs: {
      input_ids: ids([1, length], 500),
      attention_mask: whole([1, length], () => 1),
      position_ids: whole([1, length], (i) => i),
      ...emptyCache(5, 4, 32),
    },
    target: { path: [length - 1, 42] },
  },
  "tales-choice": {
    path: fileURLToPath(new URL("onnx/model.onnx", talesChoice)),
    layer: "/Add_output_0",
    inputs: {
      input_ids: ids([1, 1, length], 200),
      token_type_ids: whole([1, 1, length], (i) => (i > 4 ? 1 : 0)),
      attention_mask: whole([1, 1, length], () => 1),
    },
    target: 0,
    bias: "classifier.bias",
  },
  "stories260K from embeddings": {
    path: sharedPath("models/stories260K/hf/onnx/model_embeds.onnx"),
    inputs: { inputs_embeds: normal([1, length, 64]), attention_mask: whole([1, length], () => 1) },
    target: { path: [length - 1, 42] },
  },
};

describe("relevance of real transformers", () => {
  test.for(Object.entries(models))(
    "of %s is finite; with constant attention it sums up to the explained number less the last bias",
    async ([, { path, layer, inputs, target, bias }], { skip }) => {
      if (path === undefined) return skip("the folder of shared models is absent");
      await using model = await OnnxModel.load(path, { session: { intraOpNumThreads: 1 } });
      const { attention_mask: mask, ...others } = inputs;
      const view = layer === undefined ? bind(model, { attention_mask: mask! }) : fromLayer(model, layer);
      const given = layer === undefined ? others : inputs;
      const file = model.proto.graph.initializers.find(({ name }) => name === bias);
      const taken = file === undefined ? 0 : (numbersOf(file)?.[0] ?? Number.NaN);
      for (const attention of ["attnLrp", "cpLrp"] as const) {
        const result = await new Lrp(view, { attention }).attribute(given, { target });
        const relevances = Object.values(result.attributions).flatMap(({ data }) => [...data].map(Number));
        expect(relevances.length).toBeGreaterThan(length);
        expect(relevances.every((relevance) => Number.isFinite(relevance))).toBe(true);
        const [value, delta] = [Number(result.value!.data[0]), Number(result.delta!.data[0])];
        // With relevance through queries and keys, what the expansions of softmaxes leave behind is missing, and no small part.
        if (attention === "cpLrp") expect(Math.abs(delta + taken)).toBeLessThan(1e-4 * Math.abs(value));
        else expect(Math.abs(delta + taken)).toBeGreaterThan(1e-3 * Math.abs(value));
      }
    },
  );
});
