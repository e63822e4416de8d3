import { type TfjsInspection, TfjsModel } from "@attr/backend-tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { fetchKept } from "../files/keep.ts";
import type { ModelGraph } from "../graph/model-graph.ts";
import type { WorkProgress } from "../worker/messages.ts";
import type { DeviceName } from "./device.ts";
import { labelsIn } from "./labels.ts";
import { labelsBeside } from "./labels-beside.ts";
import { bytesOf, type ModelFiles, nameOf, pathsBeside } from "./model-files.ts";
import type { OpenedModel, OpenModel } from "./opened-model.ts";

/** Opens a model of TensorFlow.js: its model.json and the shards of its weights. */
export const openTfjs: OpenModel = async (files, device, tell): Promise<OpenedModel> => {
  const runsOn = await start(device, tell);
  tell({ doing: "Reading the files", done: 0, unit: "" });
  const text = await files.model.file.text();
  const source = await filesByName(files, text);
  const model = await TfjsModel.load(source, { tf, name: nameOf(files.model) });
  return {
    model,
    report: async () => {
      const inspection = await model.inspect();
      const outside = new Set([...model.inputs, ...model.outputs].map(({ name }) => name));
      const values = Object.fromEntries(inspection.values.map((value) => [value.name, value]));
      const json = notesIn(text);
      const makers = [json["generatedBy"], json["convertedBy"]].filter((maker) => typeof maker === "string" && maker !== "");
      const kind = inspection.format === "layers-model" ? "Layers model" : "Graph model";
      return {
        name: nameOf(files.model),
        kind: `${kind} of TensorFlow.js`,
        bytes: bytesOf(files),
        about: makers.length === 0 ? [] : [`made by ${makers.join(", ")}`],
        runsOn,
        parameters: inspection.parameters,
        notes: model.notes,
        inputs: model.inputs,
        outputs: model.outputs.map(({ name }) => values[name] ?? { name }),
        inner: inspection.values.filter(({ name }) => !outside.has(name)),
        gradient: inspection.gradient,
        graph: graphOf(model, inspection, values),
        labels: labelsIn({ ...json, ...Object(json["userDefinedMetadata"]) }) ?? (await labelsBeside(files.others)),
      };
    },
    dispose: () => model.dispose(),
  };
};

function graphOf(model: TfjsModel, { nodes }: TfjsInspection, values: ModelGraph["values"]): ModelGraph {
  const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);
  return { inputs: names(model.inputs), outputs: names(model.outputs), nodes, values };
}

/** Starts a backend of TensorFlow.js; in words, which. */
async function start(device: DeviceName, tell: (progress: WorkProgress) => void): Promise<string> {
  tell({ doing: "Loading TensorFlow.js", done: 0, unit: "" });
  if (device === "graphics") {
    await import("@tensorflow/tfjs-backend-webgl");
    if (await works("webgl")) return "the graphics card, by WebGL";
  }
  const refusal = device === "graphics" ? "the browser gives no WebGL here, so " : "";
  const { setWasmFiles } = await import("./tfjs-wasm.ts");
  await setWasmFiles((address) => fetchKept(address, (done) => tell({ doing: "Loading TensorFlow.js", done, unit: "bytes" })));
  if (await works("wasm")) return `${refusal}the processor, by WebAssembly`;
  await import("@tensorflow/tfjs-backend-cpu");
  if (await works("cpu")) return `${refusal}the processor, by plain JavaScript, which is slow: there is no WebAssembly here`;
  throw new Error("TensorFlow.js does not start in this browser");
}

async function works(backend: string): Promise<boolean> {
  try {
    return await tf.setBackend(backend);
  } catch {
    return false;
  }
}

/** The files under the names that the model.json gives its shards. */
async function filesByName(files: ModelFiles, text: string): Promise<Record<string, Uint8Array>> {
  const source: Record<string, Uint8Array> = { "model.json": new TextEncoder().encode(text) };
  const shards = shardsIn(text);
  for (const beside of pathsBeside(files)) {
    const bytes = new Uint8Array(await beside.file.arrayBuffer());
    source[beside.path] = bytes;
    // Files that are chosen one by one come without their folders.
    for (const shard of shards) if (shard.slice(shard.lastIndexOf("/") + 1) === nameOf(beside)) source[shard] ??= bytes;
  }
  return source;
}

/** The names of shards that a model.json lists. Whether it is one is seen when it is loaded. */
function shardsIn(text: string): readonly string[] {
  const { weightsManifest } = notesIn(text);
  if (!Array.isArray(weightsManifest)) return [];
  return weightsManifest.flatMap((group: unknown) => {
    const paths = typeof group === "object" && group !== null && "paths" in group ? group.paths : [];
    return Array.isArray(paths) ? paths.filter((path): path is string => typeof path === "string") : [];
  });
}

function notesIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
