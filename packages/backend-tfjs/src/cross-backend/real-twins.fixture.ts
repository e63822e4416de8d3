import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ModelProto, OnnxModel, readModel, writeModel } from "@attr/backend-onnx";
import { bind, fromLayer, type GraphModel, type HostTensor, hostBackend, type Model, seededRandom, upToLayer } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import { TfjsModel } from "../tfjs-model.ts";
import { channelsLast, renamed, smoothed } from "./renamed-file.fixture.ts";
import type { Side, Twins } from "./same-attributions.fixture.ts";

/** Where real models are, beside the repository. */
const folder: string = fileURLToPath(new URL("../../../../../shared/models/", import.meta.url));

/** Whether they are there. */
export const haveRealModels: boolean = existsSync(folder);

/** A model that is to be closed after the tests. */
export type Keep = <M extends AsyncDisposable>(model: M) => M;

export interface PhotoModel {
  readonly folder: string;
  readonly tfjs: string;
  readonly size: readonly [height: number, width: number, channels: number];
  readonly layer: readonly [onnx: string, tfjs: string];
  /** Where the two meet, if what is explained is not the first output of both. */
  readonly explained?: readonly [onnx: string, tfjs: string];
  /** With rectifiers that have no edge, in both files. @defaultValue false */
  readonly smooth?: boolean;
}

type Opened = readonly [onnx: OnnxModel, tfjs: TfjsModel];

/** A classifier of pictures, the picture with its channels last and of one name on both sides. */
export async function openPhotos(photos: PhotoModel, keep: Keep): Promise<(seed: number) => Promise<Twins>> {
  const { size, layer, explained, smooth } = photos;
  const tfjs = keep(
    await TfjsModel.load(smooth === true ? smoothFiles(photos) : `${folder}${photos.folder}/${photos.tfjs}`, { tf }),
  );
  const input = tfjs.inputs[0]!.name;
  const file = channelsLast(fileOf(`${photos.folder}/model.onnx`), input, size);
  const onnx = keep(await loadOnnx(smooth === true ? smoothed(file) : file));
  const view = (model: OnnxModel | TfjsModel, at: 0 | 1): GraphModel =>
    explained === undefined ? model : upToLayer(model, explained[at]);
  const [height, width, channels] = size;
  const quarters = Int32Array.from({ length: height * width * channels }, (_, i) => {
    const place = Math.floor(i / channels);
    const [row, column] = [Math.floor(place / width), place % width];
    return 2 * Number(2 * row >= height) + Number(2 * column >= width);
  });
  return async (seed) => {
    const random = seededRandom(seed);
    const pixels = Float32Array.from({ length: 2 * height * width * channels }, () => random.next());
    const inputs = { [input]: hostBackend.fromData(pixels, [2, height, width, channels], "float32") as HostTensor };
    const [place, ...rest] = await strongest(onnx, inputs, layer[0]);
    return {
      sides: [
        { model: view(onnx, 0), inputs, attributed: [input], layer: { name: layer[0], channelAxis: 1 } },
        { model: view(tfjs, 1), inputs, attributed: [input], layer: { name: layer[1], channelAxis: 3 } },
      ],
      neuron: [[place!, ...rest], [...rest, place!]], // biome-ignore format: one element
      windows: [[height / 2, width / 2, channels]],
      target: await best(view(onnx, 0), inputs),
      options: () => ({ featureMask: { [input]: hostBackend.fromData(quarters, [1, height, width, channels], "int32") } }),
    };
  };
}

/** Characters → recurrent network → reactions, explained at the embedding of the characters. */
export async function openReactions(keep: Keep): Promise<(seed: number) => Promise<Twins>> {
  const names = { input_ids: "embedding_input", x: "embedding", h: "gru" };
  const graph = renamed(fileOf("reactionrnn/model.onnx"), { ...names, gru: "gru:node" });
  const models: Opened = [
    keep(await loadOnnx(graph)),
    keep(await TfjsModel.load(`${folder}reactionrnn/tfjs/model.json`, { tf })),
  ];
  const length = 12;
  return async (seed) => {
    const inputs = { embedding_input: numbers([2, length], seed, 60) };
    const side = (model: OnnxModel | TfjsModel): Side => ({
      model: fromLayer(upToLayer(model, "logits"), "embedding"),
      inputs,
      attributed: ["embedding"],
      layer: { name: "gru", channelAxis: 1 },
    });
    const neuron = await strongest(models[0], inputs, "gru");
    return {
      sides: [side(models[0]), side(models[1])],
      neuron: [neuron, neuron],
      windows: [[3, 100]],
      target: await best(upToLayer(models[0], "logits"), inputs),
      options: () => ({ featureMask: { embedding: steps(length, 100, 4) } }),
    };
  };
}

/** Bytes → kind of file. */
export async function openBytes(keep: Keep): Promise<(seed: number) => Promise<Twins>> {
  const graph = keep(await TfjsModel.load(`${folder}magika/tfjs/model.json`, { tf }));
  const input = graph.inputs[0]!.name;
  const onnx = keep(await loadOnnx(renamed(fileOf("magika/model.onnx"), { bytes: input })));
  const halves = Int32Array.from({ length: 2048 }, (_, i) => Math.floor(i / 1024));
  return async (seed) => {
    const inputs = { [input]: numbers([2, 2048], seed, 256) };
    const side = (model: Model): Side => ({ model, inputs, attributed: [input] });
    return {
      sides: [side(onnx), side(graph)],
      windows: [[1024]],
      target: await best(onnx, inputs),
      options: () => ({
        baselines: { [input]: 256 },
        featureMask: { [input]: hostBackend.fromData(halves, [1, 2048], "int32") },
      }),
    };
  };
}

/** A language model: the next token's score, explained at the embeddings that it looks up, or is fed. */
export async function openStories(from: "ids" | "embeds", keep: Keep): Promise<(seed: number) => Promise<Twins>> {
  const embedding = from === "ids" ? "GatherV2" : "inputs_embeds";
  const file = renamed(fileOf(`stories260K/hf/onnx/${from === "ids" ? "model_logits" : "model_embeds"}.onnx`), {
    "/Gather_output_0": "GatherV2",
  });
  const models: Opened = [
    keep(await loadOnnx(file)),
    keep(await TfjsModel.load(`${folder}stories260K/tfjs/${from}/model.json`, { tf })),
  ];
  const length = 6;
  const mask = hostBackend.fromData(new Int32Array(2 * length).fill(1), [2, length], "int32");
  return async (seed) => {
    const random = seededRandom(seed);
    const drawn = Float32Array.from({ length: 2 * length * 64 }, () => random.normal());
    const inputs: Side["inputs"] =
      from === "ids"
        ? { input_ids: numbers([2, length], seed, 500) }
        : { inputs_embeds: hostBackend.fromData(drawn, [2, length, 64], "float32") as HostTensor };
    const side = (model: OnnxModel | TfjsModel, layer: string): Side => {
      // All examples have a mask of their own; methods that explain one take the first.
      const bound = bind(model, { attention_mask: hostBackend.slice(mask, [0, 0], [1, length]) });
      return {
        model: from === "ids" ? fromLayer(bound, embedding) : bound,
        inputs,
        attributed: [embedding],
        layer: { name: layer, channelAxis: 2 },
      };
    };
    return {
      sides: [side(models[0], "/bl.2/Add_3_output_0"), side(models[1], "add_18")],
      neuron: [[4, 9], [4, 9]], // biome-ignore format: one element
      windows: [[2, 64]],
      target: [[length - 1, 17], [length - 1, 301]], // biome-ignore format: paths
      options: () => ({ featureMask: { [embedding]: steps(length, 64, 3) } }),
    };
  };
}

/** The class of every example. */
async function best(model: Model, inputs: Side["inputs"]): Promise<number[]> {
  const { data, shape } = await outputAt(model, inputs, model.outputs[0]!.name);
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, row) => {
    const scores = Array.from<unknown, number>(data, Number).slice(row * width, (row + 1) * width);
    return scores.indexOf(Math.max(...scores));
  });
}

/** Where a layer is the largest for the first example: an element that something depends on. */
async function strongest(model: Model, inputs: Side["inputs"], layer: string): Promise<number[]> {
  const { data, shape } = await outputAt(model, inputs, layer);
  let at = 0;
  for (let i = 1; i < data.length / shape[0]!; i++) if (data[i]! > data[at]!) at = i;
  const path: number[] = [];
  for (const length of shape.slice(1).reverse()) {
    path.unshift(at % length);
    at = Math.floor(at / length);
  }
  return path;
}

async function outputAt(model: Model, inputs: Side["inputs"], name: string): Promise<HostTensor> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([input, value]) => {
      const { dtype } = model.inputs.find((info) => info.name === input)!;
      return [input, dtype === undefined ? value : hostBackend.cast(value, dtype)];
    }),
  );
  return (await model.run({ feeds, fetches: [name] }))[name] as HostTensor; // the ONNX model's tensors are on the host
}

/** Neighbouring steps of a sequence as features. */
function steps(length: number, width: number, features: number): HostTensor {
  const ids = Int32Array.from({ length: length * width }, (_, i) => Math.floor((Math.floor(i / width) * features) / length));
  return hostBackend.fromData(ids, [1, length, width], "int32") as HostTensor;
}

function numbers(shape: readonly [number, number], seed: number, below: number): HostTensor {
  const random = seededRandom(seed);
  const data = Int32Array.from({ length: shape[0] * shape[1] }, () => random.integer(below));
  return hostBackend.fromData(data, shape, "int32") as HostTensor;
}

function fileOf(path: string): ModelProto {
  return readModel(readFileSync(`${folder}${path}`));
}

function loadOnnx(file: ModelProto): Promise<OnnxModel> {
  return OnnxModel.load(writeModel(file), { session: { intraOpNumThreads: 1 } });
}

/** The files of a layers model whose rectifiers that stop at 6 are the softplus. */
function smoothFiles({ folder: model, tfjs }: PhotoModel): Record<string, Uint8Array> {
  const path = `${folder}${model}/${tfjs}`;
  const text = readFileSync(path, "utf8");
  interface Layer {
    class_name: string;
    readonly config: Record<string, unknown>;
  }
  // The form of a model.json of Keras.
  const description = JSON.parse(text) as {
    readonly modelTopology: { readonly config: { readonly layers: readonly Layer[] } };
    readonly weightsManifest: readonly { readonly paths: readonly string[] }[];
  };
  for (const layer of description.modelTopology.config.layers)
    if (layer.class_name === "ReLU") {
      layer.class_name = "Activation";
      delete layer.config["max_value"];
      layer.config["activation"] = "softplus";
    }
  const shards = description.weightsManifest.flatMap(({ paths }) => paths);
  return {
    "model.json": new TextEncoder().encode(JSON.stringify(description)),
    ...Object.fromEntries(shards.map((shard) => [shard, readFileSync(new URL(shard, `file://${path}`))])),
  };
}
