import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TfjsModel } from "@attr/backend-tfjs";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { convolutionalTwins } from "../models/convolutional-layers.ts";

/** A network that takes pictures of 224 × 224, in both formats. */
export interface ExplainedNetwork {
  readonly live: layers.LayersModel;
  readonly model: TfjsModel;
  readonly onnx: Uint8Array;
  /** The scores that both have: the name of the value here and there. */
  readonly scores: { readonly tfjs: string; readonly onnx: string };
}

const mobilenet = join(import.meta.dirname, "../../../../shared/models/mobilenet-v1-0.25");

/** Five convolutions with random weights, and MobileNet v1 0.25 where its files lie beside the repository. */
export async function explainedNetworks(): Promise<Readonly<Record<string, ExplainedNetwork>>> {
  const { onnx, layers: live } = convolutionalTwins(1);
  const convolutions = await explained(live, onnx, { tfjs: "logits", onnx: "logits" });
  if (!existsSync(mobilenet)) {
    console.log("\nMobileNet v1 0.25: skipped, its files are not beside the repository");
    return { "five convolutions": convolutions };
  }
  const file = readFileSync(join(mobilenet, "model.onnx"));
  const loaded = await layers.loadLayersModel(tf.io.fromMemory(artifactsOf(join(mobilenet, "tfjs"))));
  const names = { tfjs: "flatten_1", onnx: "flatten_1_out" };
  return { "five convolutions": convolutions, "MobileNet v1 0.25": await explained(loaded, file, names) };
}

async function explained(
  live: layers.LayersModel,
  onnx: Uint8Array,
  scores: ExplainedNetwork["scores"],
): Promise<ExplainedNetwork> {
  return { live, model: await TfjsModel.from(live, { tf }), onnx, scores };
}

/** The files as TensorFlow.js takes them, read without the package that is measured. */
function artifactsOf(folder: string): tf.io.ModelArtifacts {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(join(folder, "model.json"), "utf8")) as tf.io.ModelJSON; // its format
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((path) => readFileSync(join(folder, path))));
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  return { modelTopology, weightSpecs, weightData: new Uint8Array(Buffer.concat(shards)).buffer };
}
