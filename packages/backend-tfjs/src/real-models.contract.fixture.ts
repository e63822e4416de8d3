import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { OnnxModel } from "@attr/backend-onnx";
import { type HostTensor, hostBackend, type NamedTensors, seededRandom } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, test } from "vitest";
import { TfjsModel } from "./tfjs-model.ts";

const models = fileURLToPath(new URL("../../../../shared/models/", import.meta.url));

/** A model that there is in both formats, and inputs for both. */
interface Twin {
  readonly tfjs: string;
  readonly onnx: string;
  inputs(tfjs: TfjsModel, onnx: OnnxModel): { readonly tfjs: NamedTensors; readonly onnx: NamedTensors };
  /** The values to compare, where they are not the outputs: in one of the files more follows. */
  readonly values?: readonly [tfjs: string, onnx: string];
  /** Whether both have the gradient by their input. */
  readonly gradient?: boolean;
}

const numbers = (shape: readonly number[], seed: number, make: (random: ReturnType<typeof seededRandom>) => number) => {
  const random = seededRandom(seed);
  return Float32Array.from({ length: shape.reduce((size, length) => size * length, 1) }, () => make(random));
};

const ids = (count: number, most: number) => numbers([2, count], 3, (random) => random.integer(most));

/** An image of rows last-channel for TensorFlow.js, in the order of axes that the ONNX file takes. */
function images(height: number, width: number, channels: number): Twin["inputs"] {
  return (tfjs, onnx) => {
    const shape = [2, height, width, channels];
    // Numbers that bring no rectifier to its edge, where rounding decides which way the gradient goes.
    const image = hostBackend.fromData(
      numbers(shape, 1, (random) => random.next()),
      shape,
      "float32",
    );
    const [input] = onnx.inputs;
    const isLast = input!.shape?.at(-1) === channels;
    return {
      tfjs: { [tfjs.inputs[0]!.name]: tfjs.backend.from(image) },
      onnx: { [input!.name]: isLast ? image : hostBackend.transpose(image, [0, 3, 1, 2]) },
    };
  };
}

const twins: Readonly<Record<string, Twin>> = {
  "mobilenet-v1-0.25": {
    tfjs: "tfjs",
    onnx: "model.onnx",
    inputs: images(224, 224, 3),
    values: ["flatten_1", "flatten_1_out"],
    gradient: true,
  },
  tinyvgg: { tfjs: ".", onnx: "model.onnx", inputs: images(64, 64, 3), gradient: true },
  doodlenet: { tfjs: ".", onnx: "model.onnx", inputs: images(28, 28, 1), gradient: true },
  reactionrnn: {
    values: ["logits", "logits"],
    tfjs: "tfjs",
    onnx: "model.onnx",
    inputs: (tfjs, onnx) => {
      const characters = Int32Array.from(ids(20, 400));
      const [{ name, dtype }] = onnx.inputs as [{ name: string; dtype: "int32" }];
      return {
        tfjs: { [tfjs.inputs[0]!.name]: tfjs.backend.fromData(characters, [2, 20], "int32") },
        onnx: { [name]: hostBackend.cast(hostBackend.fromData(characters, [2, 20], "int32"), dtype) },
      };
    },
  },
  magika: {
    tfjs: "tfjs",
    onnx: "model.onnx",
    inputs: (tfjs, onnx) => {
      const bytes = Int32Array.from(ids(2048, 256));
      return {
        tfjs: { [tfjs.inputs[0]!.name]: tfjs.backend.fromData(bytes, [2, 2048], "int32") },
        onnx: { [onnx.inputs[0]!.name]: hostBackend.fromData(bytes, [2, 2048], "int32") },
      };
    },
  },
};

const here = existsSync(models);

/** Holds trained models on one backend of TensorFlow.js against the same weights on onnxruntime. */
export function describeRealModels(backend: string): void {
  if (!here) {
    test.skip("the models to compare are not there: put them beside the repository, in shared/models", () => {});
    return;
  }
  describe(`on ${backend} the same weights in both formats give the same`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
    });
    test.each(Object.entries(twins))("%s", async (name, twin) => {
      const before = tf.memory().numTensors;
      {
        await using tfjs = await TfjsModel.load(`${models}${name}/${twin.tfjs}`, { tf });
        await using onnx = await OnnxModel.load(`${models}${name}/${twin.onnx}`, {
          runtime: ort,
          session: { intraOpNumThreads: 1 },
        });
        using _scope = tfjs.backend.scope();
        const inputs = twin.inputs(tfjs, onnx);
        const [output, other] = twin.values ?? [tfjs.outputs[0]!.name, onnx.outputs[0]!.name];
        const got = await tfjs.backend.read((await tfjs.run({ feeds: inputs.tfjs, fetches: [output] }))[output]!);
        const ran = await onnx.run({ feeds: inputs.onnx, fetches: [other] });
        const expected = hostBackend.from(ran[other]!) as HostTensor;
        expectClose(got.data, expected.data);
        if (twin.gradient !== true) return;
        const width = got.shape[1]!;
        const index = [0, 1].map((row) => {
          const scores = Array.from(got.data, Number).slice(row * width, (row + 1) * width);
          return [scores.indexOf(Math.max(...scores))];
        });
        const tfjsInput = tfjs.inputs[0]!.name;
        const onnxInput = onnx.inputs[0]!.name;
        const objective = { value: output, index };
        const mine = await tfjs.gradient({ feeds: inputs.tfjs, objective, wrt: [tfjsInput] });
        const theirs = await onnx.gradient({ feeds: inputs.onnx, objective: { value: other, index }, wrt: [onnxInput] });
        const gradient = hostBackend.from(theirs.gradients[onnxInput]!);
        const isLast = inputs.onnx[onnxInput]!.shape.at(-1) === inputs.tfjs[tfjsInput]!.shape.at(-1);
        const arranged = isLast ? gradient : hostBackend.transpose(gradient, [0, 2, 3, 1]);
        expectClose((await tfjs.backend.read(mine.gradients[tfjsInput]!)).data, arranged.data);
      }
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}

/** Within 1e-4 of the largest number. */
function expectClose(got: ArrayLike<number | bigint>, expected: ArrayLike<number | bigint>): void {
  expect(got.length).toBe(expected.length);
  const largest = Array.from(expected, Number).reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
  for (let i = 0; i < got.length; i++) expect(Math.abs(Number(got[i]) - Number(expected[i]))).toBeLessThanOrEqual(1e-4 * largest);
}
