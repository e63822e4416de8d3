import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HostData, hostBackend, type NamedTensors, seededRandom } from "@attr/core";
import { talesChoice, talesLm } from "@attr/models";
import { describe, expect, test } from "vitest";
import { sharedPath } from "./onnx-builder.fixture.ts";
import { OnnxModel } from "./onnx-model.ts";

interface RealModel {
  /** Undefined where the folder of shared models is absent. */
  readonly path: string | undefined;
  /** The value differentiated by: an input, or an inner value fed as it is at the inputs. */
  readonly by: string;
  /** Sizes of free dimensions by name. @defaultValue 3 */
  readonly sizes?: Readonly<Record<string, number>> | undefined;
  /** Integers are from 0 up to this. @defaultValue 2 */
  readonly below?: number | undefined;
}

const stories = (file: string): string | undefined => sharedPath(`models/stories260K/hf/onnx/${file}`);
const embedded = (folder: URL): string => fileURLToPath(new URL("onnx/model.onnx", folder));
const storyCache = { seq: 3, past_seq: 2, total_seq: 5 };
const taleCache = { sequence_length: 3, past_sequence_length: 2, "past_sequence_length + sequence_length": 5 };

const models: Readonly<Record<string, RealModel>> = {
  lenet: { path: sharedPath("models/lenet/model.onnx"), by: "image" },
  tinyvgg: { path: sharedPath("models/tinyvgg/model.onnx"), by: "input" },
  doodlenet: { path: sharedPath("models/doodlenet/model.onnx"), by: "input" },
  "mobilenet-v1-0.25": { path: sharedPath("models/mobilenet-v1-0.25/model.onnx"), by: "input" },
  reactionrnn: { path: sharedPath("models/reactionrnn/model.onnx"), by: "x", sizes: { T: 7 }, below: 60 },
  magika: {
    path: sharedPath("models/magika/model.onnx"),
    by: "jax2tf_get_logits_/pjit_get_logits_/pjit__one_hot_/Cast_1:0",
    below: 257,
  },
  "stories260K with cached keys and values": {
    path: stories("model.onnx"),
    by: "/Gather_output_0",
    sizes: storyCache,
    below: 500,
  },
  "stories260K from ids": { path: stories("model_logits.onnx"), by: "/Gather_output_0", below: 500 },
  "stories260K from embeddings": { path: stories("model_embeds.onnx"), by: "inputs_embeds" },
  "stories260K with attentions": { path: stories("model_attn.onnx"), by: "hidden_states.0", below: 500 },
  "tales-lm": { path: embedded(talesLm), by: "/lm/model/embed_tokens/Gather_output_0", sizes: taleCache, below: 500 },
  "tales-choice": {
    path: embedded(talesChoice),
    by: "/embed_tokens/Gather_output_0",
    // Its embeddings have a row for every option: with one option they have the rows of the inputs and can be fed along with them.
    sizes: { num_choices: 1 },
    below: 200,
  },
};

const rows = 2;

function feedsOf(model: OnnxModel, { sizes = {}, below = 2 }: RealModel): NamedTensors {
  const random = seededRandom(7);
  return Object.fromEntries(
    model.inputs.map(({ name, dtype = "float32", shape = [null] }) => {
      const dims = shape.map((size, axis) => (axis === 0 ? rows : typeof size === "number" ? size : (sizes[size ?? ""] ?? 3)));
      const count = dims.reduce((product, size) => product * size, 1);
      const largest = name.startsWith("token_type") ? 2 : name.startsWith("position") ? 3 : below;
      const values = Float64Array.from({ length: count }, () => {
        if (dtype.startsWith("float")) return random.normal();
        return name.includes("mask") ? 1 : random.integer(largest);
      });
      return [name, hostBackend.cast(hostBackend.fromData(values, dims, "float64"), dtype)];
    }),
  );
}

/** Widths of the differences, in lengths of the direction: smooth networks agree at the first, rectifiers turn between wide ones. */
const steps = [0.03, 0.01, 0.003, 0.001, 3e-4, 1e-4];

const close = 1e-3;

/**
 * Differentiates a weighted sum of the first output along two directions and gives, for each, by how much the gradient and the
 * differences are apart, relative to the derivative, at the first width where it is `close`, else at the best one. The directions
 * are the gradient's own, so that the derivative is large against the rounding of float32, and as much of random: that finds
 * gradients that are too small, too large or turned.
 */
async function disagreements(path: string, real: RealModel): Promise<readonly number[]> {
  await using model = await OnnxModel.load(path, { session: { intraOpNumThreads: 1 } });
  const inputs = feedsOf(model, real);
  const { by } = real;
  const of = scores(model);
  const start = await model.run({ feeds: inputs, fetches: [by, of] });
  const point = await hostBackend.read(start[by]!);
  const output = await hostBackend.read(start[of]!);
  const rest = Object.fromEntries(model.required([by], [of]).map((name) => [name, inputs[name]!]));
  const random = seededRandom(3);
  const weights = Float32Array.from({ length: output.data.length }, () => random.normal());
  const cotangent = hostBackend.fromData(weights, output.shape, "float32");
  const feeds = { ...rest, [by]: start[by]! };
  const { gradients } = await model.gradient({ feeds, objective: { value: of, cotangent }, wrt: [by] });
  const { data, shape } = await hostBackend.read(gradients[by]!);
  expect(shape).toEqual(point.shape);
  const gradient = Float64Array.from(data, Number);
  const length = Math.sqrt(dot(gradient, gradient));
  expect(length).toBeGreaterThan(0);

  const sumAt = async (direction: Float64Array, step: number): Promise<number> => {
    const moved = Float32Array.from(direction, (toward, i) => Number(point.data[i]) + step * toward);
    const tensor = hostBackend.fromData(moved, point.shape, "float32");
    const result: HostData = await hostBackend.read((await model.run({ feeds: { ...rest, [by]: tensor }, fetches: [of] }))[of]!);
    return weights.reduce((sum, weight, i) => sum + weight * Number(result.data[i]), 0);
  };
  const apart: number[] = [];
  for (let count = 0; count < 2; count++) {
    const direction = gradient.map((value) => value / length + random.normal() / Math.sqrt(gradient.length));
    const analytic = dot(direction, gradient);
    let best = Number.POSITIVE_INFINITY;
    for (const step of steps) {
      // Fourth order: a wide step loses little to curvature, and a wide one loses little to rounding.
      const near = (await sumAt(direction, step)) - (await sumAt(direction, -step));
      const far = (await sumAt(direction, 2 * step)) - (await sumAt(direction, -2 * step));
      best = Math.min(best, Math.abs((8 * near - far) / (12 * step) / analytic - 1));
      if (best < close) break;
    }
    apart.push(best);
  }
  return apart;
}

/** The first output, before a closing softmax: probabilities near 1 leave float32 no digits for differences. */
function scores(model: OnnxModel): string {
  const output = model.outputs[0]!.name;
  const last = model.proto.graph.nodes.find(({ outputs }) => outputs.includes(output));
  return last?.opType === "Softmax" || last?.opType === "Sigmoid" ? last.inputs[0]! : output;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

describe("gradients of real models", () => {
  test("are tested of every ONNX file there is", ({ skip }) => {
    const folder = sharedPath("models");
    if (folder === undefined) return skip("the folder of shared models is absent");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".onnx"));
    const tested = Object.values(models).map(({ path }) => path);
    expect(files.length).toBeGreaterThan(0);
    expect(files.map((file) => join(folder, file)).filter((file) => !tested.includes(file))).toEqual([]);
  });

  test.for(Object.entries(models))("%s agrees with central differences", async ([, real], { skip }) => {
    if (real.path === undefined) return skip("the folder of shared models is absent");
    for (const apart of await disagreements(real.path, real)) expect(apart).toBeLessThan(close);
  });
});
