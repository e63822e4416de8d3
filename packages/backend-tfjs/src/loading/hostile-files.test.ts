import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AttributionError, InvalidArgumentError } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect } from "vitest";
import { perceptronFiles } from "../graph-files.fixture.ts";
import type { smallModels } from "../small-models.fixture.ts";
import { mutations } from "./mutated-json.fixture.ts";
import { type Files, sampleFiles, textOf, withText } from "./sample-files.fixture.ts";
import { failureOf } from "./use-files.fixture.ts";

await tf.setBackend("cpu");

const all = await sampleFiles();

test("broken files are used, or refused in a sentence of ours, leave nothing behind and never end the process", () => {
  const runs = 100;
  const drawn = Object.keys(all).flatMap((file) =>
    fc.sample(fc.record({ file: fc.constant(file), mutations: fc.array(mutations, { minLength: 1, maxLength: 3 }) }), runs),
  );
  const script = fileURLToPath(new URL("./hostile-child.fixture.ts", import.meta.url));
  const child = spawnSync(
    process.execPath,
    ["--conditions=@attr/source", "--experimental-strip-types", "--max-old-space-size=1024", script],
    { encoding: "utf8", timeout: 60_000, maxBuffer: 2 ** 26, input: JSON.stringify(drawn) },
  );
  const lines = child.stdout.split("\n").filter((line) => line.startsWith('{"file"'));
  // The last line is of the trial that ended the process, where one did.
  expect({
    signal: child.signal,
    status: child.status,
    last: child.status === 0 ? "" : `${lines.at(-1)}${child.stderr}`,
  }).toEqual({
    signal: null,
    status: 0,
    last: "",
  });
  expect(lines.filter((line) => line.includes(" FAULT: "))).toEqual([]);
  expect(lines).toHaveLength(drawn.length);
  // Both outcomes are there: files that were only bent, and files that were broken.
  expect(lines.filter((line) => line.endsWith(" went through")).length).toBeGreaterThan(lines.length / 50);
  expect(lines.filter((line) => line.includes(" refused: ")).length).toBeGreaterThan(lines.length / 4);
}, 70_000);

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
  const grown = (name: string, fields: object): Files => {
    const files = all["a layers model that makes much of little"]!;
    const json = JSON.parse(textOf(files)) as LayersJson;
    Object.assign(layerOf(json, name).config, fields);
    return withText(files, JSON.stringify(json));
  };
  const layerOf = (json: LayersJson, name: string) =>
    json.modelTopology.config.layers.find((layer) => layer.config["name"] === name)!;

  test.each<[string, Files, string]>([
    [
      "a layer of a hundred million units",
      changed("perceptron", (json) => Object.assign(layerOf(json, "hidden").config, { units: 1e8 })),
      'layer "hidden" has a weight "kernel" [4, 100000000], which is more than the weights that weightsManifest lists',
    ],
    [
      "a layer inside a layer's activation",
      changed("perceptron", (json) =>
        Object.assign(layerOf(json, "hidden").config, { activation: { class_name: "Dense", config: { units: 1e6 } } }),
      ),
      'layers[0].config.activation must be an activation, got the layer "Dense"',
    ],
    [
      "a padding",
      grown("padded", {
        padding: [
          [1e9, 1],
          [0, 0],
        ],
      }),
      "config.padding must be whole numbers from 0 to 268435456",
    ],
    [
      "paddings that are fine alone",
      grown("padded", {
        padding: [
          [1e5, 1],
          [1, 1e5],
        ],
      }),
      'layer "padded" makes [?, 100004',
    ],
    ["an enlargement", grown("enlarged", { size: [65_536, 65_536] }), 'layer "enlarged" makes [?, 327680, 327680, 2] of a row'],
    ["an enlargement by nothing", grown("enlarged", { size: [0, 1] }), "config.size must be whole numbers from 1 to 65536"],
    ["a stride of nothing", grown("spread", { strides: [0, 2] }), "config.strides must be whole numbers from 1"],
    ["repetitions", grown("repeated", { n: 2 ** 31 }), "config.n must be whole numbers from 0 to 268435456"],
    ["a number of rows", grown("padded", { batch_input_shape: [1e6, 3, 3, 2] }), "must have at most 65536 rows, got 1000000"],
    [
      "an axis that no tensor has",
      changed("functional", (json) => Object.assign(layerOf(json, "both").config, { axis: 2 ** 31 })),
      "config.axis must be whole numbers from -7 to 7, got 2147483648",
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

  test("numbers in the weights that say how much is made, and a number of rows, by node and weight", async () => {
    const files = all["a graph that makes much of little"]!;
    const { weightsManifest } = JSON.parse(textOf(files)) as {
      readonly weightsManifest: readonly [{ readonly weights: readonly { readonly name: string; readonly shape: number[] }[] }];
    };
    const refusal = async (weight: string, number: number): Promise<string> => {
      let offset = 0;
      for (const { name, shape } of weightsManifest[0].weights) {
        if (name === weight) break;
        offset += 4 * shape.reduce((product, length) => product * length, 1);
      }
      const bytes = files["weights.bin"]!.slice();
      new DataView(bytes.buffer).setInt32(offset, number, true);
      return String(await failureOf({ ...files, "weights.bin": bytes }));
    };
    expect(await refusal("factors", 1e9)).toContain(
      'node "tiled" (Tile) is told by the weight "factors" to make 2000000000 elements; at most 268435456',
    );
    expect(await refusal("paddings", 1e9)).toContain('node "padded" (PadV2) is told by the weight "paddings"');
    expect(await refusal("shape", 1e8)).toContain('node "filled" (Fill) is told by the weight "shape"');
    expect(await refusal("stop", 2 ** 31 - 1)).toContain('node "counted" (Range) is told by the weight "stop"');
    const rows = withText(files, textOf(files).replace('{"size":"-1"}', '{"size":"2147483647"}'));
    expect(String(await failureOf(rows))).toContain('("x").attr.shape must be sizes');
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
