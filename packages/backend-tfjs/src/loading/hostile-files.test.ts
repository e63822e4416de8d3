import { AttributionError, InvalidArgumentError } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect } from "vitest";
import { branchingFiles, convolutionalFiles, perceptronFiles } from "../graph-files.fixture.ts";
import { layersFiles } from "../layers-files.fixture.ts";
import { smallModels } from "../small-models.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";
import { mutated, mutations } from "./mutated-json.fixture.ts";

await tf.setBackend("cpu");

type Files = Readonly<Record<string, Uint8Array>>;

const small: Record<string, Files> = {};
for (const [name, make] of Object.entries(smallModels)) {
  const { model } = make();
  small[`the layers model "${name}"`] = await layersFiles(model);
  model.dispose();
}
const all: Readonly<Record<string, Files>> = {
  ...small,
  "a graph of products": perceptronFiles(),
  "a graph of convolutions": convolutionalFiles(),
  "a graph with branches": branchingFiles(),
};
const textOf = (files: Files): string => new TextDecoder().decode(files["model.json"]);
const withText = (files: Files, text: string): Files => ({ ...files, "model.json": new TextEncoder().encode(text) });

/** Loads the files, runs the model, and takes a gradient; what is wrong with them may be told at any of the three. */
async function use(files: Files): Promise<void> {
  await using model = await TfjsModel.load(files, { tf });
  const { backend } = model;
  using _scope = backend.scope();
  const feeds = Object.fromEntries(
    model.inputs.map(({ name, shape = [null, 4], dtype }) => {
      const dims = shape.map((length, axis) => (axis === 0 ? 2 : typeof length === "number" ? length : 3));
      const size = dims.reduce((product, length) => product * length, 1);
      // Too large to be worth trying: the model was loaded.
      if (size > 1e5) throw new AttributionError("not tried");
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1));
      return [
        name,
        backend.fromData(dtype === "int32" ? new Int32Array(data) : data, dims, dtype === "int32" ? dtype : "float32"),
      ];
    }),
  );
  const value = model.outputs[0]!.name;
  const output = (await model.run({ feeds, fetches: [value] }))[value]!;
  await backend.read(output);
  const size = output.shape.reduce((product, length) => product * length, 1);
  const cotangent = backend.fromData(new Float32Array(size).fill(1), output.shape, "float32");
  const wrt = model.inputs.slice(0, 1).map(({ name }) => name);
  const { gradients } = await model.gradient({ feeds, objective: { value, cotangent }, wrt });
  for (const name of wrt) await backend.read(gradients[name]!);
}

async function failureOf(files: Files): Promise<unknown> {
  return await use(files).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("a model.json with something changed is used, or refused in a sentence of ours, and leaves nothing behind:", () => {
  describe.each(Object.entries(all).filter(([name]) => /perceptron|products|branches/.test(name)))("%s", (_name, files) => {
    test.prop([mutations], { numRuns: 40, seed: 7 })("one place", async (mutation) => {
      const before = tf.memory().numTensors;
      const error = await failureOf(withText(files, mutated(textOf(files), mutation)));
      if (error !== undefined) expect(error).toBeInstanceOf(AttributionError);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});

describe("weights of another length are refused, and the sentence names their files:", () => {
  describe.each(Object.entries(all))("%s", (_name, files) => {
    const shards = Object.keys(files).filter((name) => name !== "model.json");

    test.prop([fc.constantFrom(...shards), fc.nat(), fc.boolean()], { numRuns: 10 })(
      "cut or drawn out",
      async (shard, at, longer) => {
        const bytes = files[shard]!;
        const changed = longer ? Uint8Array.from([...bytes, ...new Uint8Array(1 + (at % 9))]) : bytes.slice(0, at % bytes.length);
        const error = await failureOf({ ...files, [shard]: changed });
        expect(error).toBeInstanceOf(InvalidArgumentError);
        expect((error as Error).message).toContain(shard);
      },
    );
  });

  test("shards that have changed places hold other numbers, which is no error that can be seen", async () => {
    const files = all['the layers model "perceptron"']!;
    expect(await failureOf({ ...files, "a.bin": files["b.bin"]!, "b.bin": files["a.bin"]! })).toBeUndefined();
  });
});

/** A model.json as far as the tests change it. */
interface LayersJson {
  readonly modelTopology: {
    readonly config: {
      readonly layers: { readonly name: string; readonly config: Record<string, unknown>; readonly inbound_nodes: unknown[][] }[];
    };
  };
}

describe("what TensorFlow.js would take all memory for, or wait for without end, is refused by name:", () => {
  const changed = (name: keyof typeof smallModels, change: (json: LayersJson) => void): Files => {
    const files = all[`the layers model "${name}"`]!;
    const json = JSON.parse(textOf(files)) as LayersJson;
    change(json);
    return withText(files, JSON.stringify(json));
  };
  const layerOf = (json: LayersJson, name: string) =>
    json.modelTopology.config.layers.find((layer) => layer.config["name"] === name)!;

  test.each<[string, Files, string]>([
    [
      "a layer of a thousand million units",
      changed("perceptron", (json) => Object.assign(layerOf(json, "hidden").config, { units: 1e9 })),
      'layer "hidden" has a weight "kernel" [4, 1000000000], which is more than the weights that weightsManifest lists',
    ],
    [
      "layers in a circle",
      changed("functional", (json) => layerOf(json, "both").inbound_nodes.splice(0, 1, [["sum", 0, 0, {}]])),
      "the layers form a cycle",
    ],
    [
      "a call that is not there",
      changed("functional", (json) => layerOf(json, "both").inbound_nodes.splice(0, 1, [["shared", 7, 0, {}]])),
      "waits for a call that is never made",
    ],
    [
      "a layer that is not there",
      changed("functional", (json) => layerOf(json, "both").inbound_nodes.splice(0, 1, [["nowhere", 0, 0, {}]])),
      '"nowhere", which is no layer of the model',
    ],
    [
      "a layer called as every object's prototype",
      changed("functional", (json) => {
        Object.assign(layerOf(json, "both"), { name: "__proto__" });
      }),
      'no layer can be called "__proto__"',
    ],
  ])("%s", async (_what, files, words) => {
    const error = await failureOf(files);
    expect(error).toBeInstanceOf(AttributionError);
    expect((error as Error).message).toContain(words);
  });

  test("nodes in a circle, a node that is not there, an operation that is none", async () => {
    const files = perceptronFiles();
    const refusal = async (from: string, to: string): Promise<string> =>
      String(await failureOf(withText(files, textOf(files).replace(from, to))));
    expect(await refusal('"input":["x","w1","b1"]', '"input":["gated","w1","b1"]')).toContain("the graph has a cycle");
    expect(await refusal('"input":["halves"]', '"input":["nowhere"]')).toContain(
      'reads "nowhere", which is no node of the graph',
    );
    expect(await refusal('"op":"Sigmoid"', '"op":"RunShell"')).toContain("RunShell");
  });
});
