import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { afterEach, describe, expect } from "vitest";
import { perceptronFiles } from "../graph-files.fixture.ts";
import { layersFiles } from "../layers-files.fixture.ts";
import { smallModels } from "../small-models.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";

await tf.setBackend("cpu");

const { model: live } = smallModels.perceptron();
const files = await layersFiles(live);
const ownTensors = tf.memory().numTensors;

/** A model.json as far as the tests change it. */
interface ModelJson {
  [field: string]: unknown;
  readonly weightsManifest: { paths: string[]; readonly weights: { [field: string]: unknown }[] }[];
  readonly modelTopology: { readonly config: { readonly layers: { class_name: string }[] } };
}

/** The files with their model.json changed. */
function changed(change: (json: ModelJson) => void, of = files): Record<string, Uint8Array> {
  const json = JSON.parse(new TextDecoder().decode(of["model.json"])) as ModelJson;
  change(json);
  return { ...of, "model.json": new TextEncoder().encode(JSON.stringify(json)) };
}

afterEach(() => {
  expect(tf.memory().numTensors).toBe(ownTensors);
});

async function outputs(model: TfjsModel): Promise<number[]> {
  using _scope = model.backend.scope();
  const [input] = model.inputs;
  const feeds = { [input!.name]: model.backend.from([[1, -2, 3, -4]]) };
  const name = model.outputs[0]!.name;
  return Array.from((await model.backend.read((await model.run({ feeds, fetches: [name] }))[name]!)).data, Number);
}

async function refusal(source: Parameters<typeof TfjsModel.load>[0]): Promise<Error> {
  const error: unknown = await TfjsModel.load(source, { tf }).then(
    (model) => model.dispose().then(() => new Error("it was loaded")),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

describe("a layers model is the same", () => {
  test("from files by name, from a folder, from the path and the URL of its model.json", async () => {
    const folder = mkdtempSync(join(tmpdir(), "layers-"));
    try {
      for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
      const alive = await outputs(await TfjsModel.from(live, { tf }));
      const url = pathToFileURL(join(folder, "model.json"));
      for (const source of [files, folder, join(folder, "model.json"), url, url.href]) {
        await using model = await TfjsModel.load(source, { tf });
        expect(await outputs(model)).toEqual(alive);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("from a server", async () => {
    const asked: string[] = [];
    const { fetch } = globalThis;
    globalThis.fetch = (async (address: string) => {
      asked.push(address);
      const bytes = files[new URL(address).pathname.split("/").at(-1)!];
      return bytes === undefined ? new Response(null, { status: 404 }) : new Response(bytes.slice());
    }) as typeof fetch;
    try {
      await using model = await TfjsModel.load("https://models.example/perceptron/model.json?key=1", { tf });
      expect(await outputs(model)).toHaveLength(3);
      expect(asked).toEqual(["model.json", "a.bin", "b.bin"].map((name) => `https://models.example/perceptron/${name}?key=1`));
    } finally {
      globalThis.fetch = fetch;
    }
  });

  test("with quantised weights, as near as they are stored", async () => {
    const quantised = changed((json) => {
      const [group] = json.weightsManifest;
      for (const spec of group!.weights) spec["quantization"] = { dtype: "uint8", scale: 0.01, min: -1.28 };
      group!.paths = ["small.bin"];
    });
    const bytes = Buffer.concat([files["a.bin"]!, files["b.bin"]!]);
    const weights = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    quantised["small.bin"] = Uint8Array.from(weights, (weight) => Math.max(0, Math.min(255, Math.round((weight + 1.28) / 0.01))));
    await using model = await TfjsModel.load(quantised, { tf });
    const alive = await outputs(await TfjsModel.from(live, { tf }));
    for (const [i, output] of (await outputs(model)).entries()) expect(Math.abs(output - alive[i]!)).toBeLessThan(0.05);
  });
});

test("the format is told by the topology where a file of an old converter does not say it", async () => {
  for (const of of [files, perceptronFiles()]) {
    await using model = await TfjsModel.load(
      changed((json) => {
        delete json["format"];
      }, of),
      { tf },
    );
    expect(model.values.length).toBeGreaterThan(3);
  }
});

describe("a sentence says what is wrong:", () => {
  const cases: Readonly<Record<string, [change: (json: ModelJson) => void, words: string]>> = {
    "no topology": [
      (json) => Object.assign(json, { modelTopology: undefined }),
      "model.json: modelTopology must be an object, got nothing",
    ],
    "another format": [
      (json) => Object.assign(json, { format: "tf-saved" }),
      'format must be "layers-model" or "graph-model", got "tf-saved"',
    ],
    "a manifest of another kind": [
      (json) => Object.assign(json, { weightsManifest: {} }),
      "weightsManifest must be an array, got an object",
    ],
    "paths of another kind": [(json) => Object.assign(json.weightsManifest[0]!, { paths: [3] }), "weightsManifest[0].paths"],
    "an unknown dtype": [
      (json) => Object.assign(json.weightsManifest[0]!.weights[1]!, { dtype: "float8" }),
      'weights[1] ("hidden/bias").dtype must be one of',
    ],
    "a shape that is none": [
      (json) => Object.assign(json.weightsManifest[0]!.weights[0]!, { shape: [4, -6] }),
      'weights[0] ("hidden/kernel").shape',
    ],
    "quantisation without a scale": [
      (json) => Object.assign(json.weightsManifest[0]!.weights[0]!, { quantization: { dtype: "uint8", min: 0 } }),
      "quantization.scale must be a number, got nothing",
    ],
    "a weight listed twice": [
      (json) => json.weightsManifest[0]!.weights.push({ name: "hidden/bias", shape: [0], dtype: "float32" }),
      'lists the weight "hidden/bias" twice',
    ],
    "weights that are too large": [
      (json) => Object.assign(json.weightsManifest[0]!.weights[3]!, { shape: [4] }),
      'a.bin, b.bin ends in the middle: weight "logits/bias" [4] goes to byte 208 of 204',
    ],
    "weights that are too small": [
      (json) => Object.assign(json.weightsManifest[0]!.weights[3]!, { shape: [2] }),
      "a.bin, b.bin holds 204 bytes, but the weights listed for it take 200",
    ],
    "weights of another shape than the layer's": [
      (json) => Object.assign(json.weightsManifest[0]!.weights[0]!, { shape: [6, 4] }),
      "cannot be loaded as a layers model",
    ],
    "a weight under another name": [
      (json) => Object.assign(json.weightsManifest[0]!.weights[0]!, { name: "hidden/core" }),
      "hidden/core",
    ],
    "a file that is not there": [
      (json) => Object.assign(json.weightsManifest[0]!, { paths: ["c.bin"] }),
      'the file "c.bin" that model.json lists',
    ],
    "a file outside": [
      (json) => Object.assign(json.weightsManifest[0]!, { paths: ["../c.bin"] }),
      "never lead out of the directory",
    ],
  };

  test.each(Object.entries(cases))("%s", async (_what, [change, words]) => {
    const error = await refusal(changed((json) => void change(json)));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toContain(words);
  });

  test("text that is no JSON, a folder that is not there, a source that is none", async () => {
    expect((await refusal({ "model.json": new TextEncoder().encode("{") })).message).toContain("model.json is no JSON");
    expect((await refusal("no/such/folder")).message).toContain("there is no directory");
    expect((await refusal({})).message).toContain("there is no model.json in the given files");
    expect((await refusal("indexeddb://mine")).message).toContain("indexeddb://mine");
  });

  test("a layer of an unknown class, code in a file", async () => {
    for (const name of ["Lambda", "MyOwnLayer"]) {
      const error = await refusal(
        changed((json) => {
          json.modelTopology.config.layers[1]!.class_name = name;
        }),
      );
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.message).toContain(`"${name}", which is not part of TensorFlow.js: register its class`);
    }
  });
});

test("a layer of a class that was registered is loaded", async () => {
  class Doubling extends layers.layers.Layer {
    static readonly className = "DoublingForTheTestOfLoading";
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.mul(Array.isArray(inputs) ? inputs[0]! : inputs, 2);
    }
  }
  tf.serialization.registerClass(Doubling);
  const own = layers.sequential({
    layers: [layers.layers.dense({ units: 2, inputShape: [4] }), new Doubling({ name: "twice" })],
  });
  const saved = await layersFiles(own);
  const plain = await outputs(await TfjsModel.from(own, { tf }));
  own.dispose();
  await using model = await TfjsModel.load(saved, { tf });
  expect(await outputs(model)).toEqual(plain);
  expect(model.values).toContain("twice");
});

test.prop([fc.nat(), fc.nat(255), fc.boolean()], { numRuns: 60 })(
  "a file with a byte changed, or cut short, is loaded or refused in a sentence",
  async (at, byte, cut) => {
    for (const of of [files, perceptronFiles()]) {
      const bytes = of["model.json"]!;
      const broken = cut ? bytes.slice(0, at % bytes.length) : bytes.with(at % bytes.length, byte);
      const error = await refusal({ ...of, "model.json": broken });
      if (error.message !== "it was loaded")
        expect(error.name).toMatch(/^(InvalidArgument|Unsupported|UnsupportedOp|Attribution)Error$/);
      expect(tf.memory().numTensors).toBe(ownTensors);
    }
  },
);
