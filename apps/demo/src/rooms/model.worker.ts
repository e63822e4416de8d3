import "../symbol-dispose.ts";
import { gradientCoverage, OnnxModel, parameterCount, withKnownTypes } from "@attr/backend-onnx";
import { bind, fromLayer, type HostTensor, upToLayer } from "@attr/core";
import { tensorMethodNamed } from "../methods/tensor-method-list.ts";
import { tensorMethod } from "../methods/tensor-methods.ts";
import type { Tell } from "../worker/messages.ts";
import { openRuntime } from "../worker/runtime.ts";
import { serve } from "../worker/serve.ts";
import { fillInput } from "./fill-input.ts";
import {
  type ModelAnswer,
  type ModelExplanation,
  type ModelFiles,
  type ModelQuestion,
  type ModelReport,
  type ModelSettings,
  wholeNumbers,
} from "./model-settings.ts";

/** The model that was asked about last. */
let opened: { readonly files: ModelFiles; readonly model: OnnxModel } | undefined;

serve<ModelQuestion, ModelAnswer>(async (question, tell) => {
  const model = await open(question.files, tell);
  if (question.kind === "open") return { kind: "opened", report: reportOf(question.files, model) };
  return { kind: "explained", explanation: await explain(model, question.settings, tell) };
});

async function open(files: ModelFiles, tell: Tell<ModelAnswer>): Promise<OnnxModel> {
  if (opened !== undefined && sameFiles(opened.files, files)) return opened.model;
  await opened?.model.dispose();
  opened = undefined;
  const threads = Math.min(4, Math.max(1, Math.floor(navigator.hardwareConcurrency / 2)));
  const runtime = await openRuntime(threads, (done) => tell.progress({ doing: "Loading the runtime", done, unit: "bytes" }));
  tell.progress({ doing: "Reading the file", done: 0, unit: "" });
  const bytes = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());
  const externalData: Record<string, Uint8Array> = {};
  for (const file of files.others) externalData[file.name] = await bytes(file);
  const source = await bytes(files.model);
  const model = await OnnxModel.load(files.others.length === 0 ? source : { model: source, externalData }, {
    runtime,
    name: files.model.name,
  });
  opened = { files, model };
  return model;
}

function sameFiles(one: ModelFiles, other: ModelFiles): boolean {
  const listed = ({ model, others }: ModelFiles): string =>
    [model, ...others].map(({ name, size, lastModified }) => `${name} ${size} ${lastModified}`).join("\n");
  return listed(one) === listed(other);
}

function reportOf({ model: file, others }: ModelFiles, model: OnnxModel): ModelReport {
  const { proto } = model;
  const outside = new Set([...model.inputs, ...model.outputs].map(({ name }) => name));
  return {
    name: file.name,
    bytes: [file, ...others].reduce((sum, { size }) => sum + size, 0),
    producer: [proto.producerName, proto.producerVersion].filter(Boolean).join(" "),
    operatorSets: proto.opsetImports.map(({ domain, version }) => `${domain || "ai.onnx"} ${version}`),
    parameters: parameterCount(proto),
    nodes: proto.graph.nodes.length,
    notes: model.notes,
    inputs: model.inputs,
    outputs: model.outputs,
    inner: model.values.filter((name) => !outside.has(name)).flatMap((name) => model.value(name) ?? []),
    gradient: gradientCoverage(withKnownTypes(model)),
  };
}

/** How many of the output's numbers are listed. */
const listed = 5;

async function explain(model: OnnxModel, settings: ModelSettings, tell: Tell<ModelAnswer>): Promise<ModelExplanation> {
  const { input, layer, output, method, samples, steps } = settings;
  const filled = new Map(
    await Promise.all(model.inputs.map(async (info) => [info.name, await fillInput(info, settings.feeds[info.name]!)] as const)),
  );
  const feeds = Object.fromEntries([...filled].map(([name, { value }]) => [name, value]));
  tell.progress({ doing: "Running the model", done: 0, unit: "" });
  const fetched = await model.run({ feeds, fetches: [output] });
  const found = (await model.backend.read(fetched[output]!)) as HostTensor; // of the host backend, which OnnxModel says it has
  const highest = highestOf(found);
  const path = settings.target.trim() === "" ? (highest[0]?.path ?? []) : wholeNumbers(settings.target, "the target");
  const known = tensorMethodNamed(method).settings;
  const others = Object.fromEntries(Object.entries(feeds).filter(([name]) => name !== input));
  const whole = output === model.outputs[0]?.name ? model : upToLayer(model, output);
  const bound = Object.keys(others).length === 0 ? whole : bind(whole, others);
  const explained = layer === "" ? bound : fromLayer(bound, layer);
  const result = await tensorMethod(method, explained).attribute(
    { [input]: feeds[input]! },
    {
      ...(path.length > 0 && { target: { path } }),
      ...(known.includes("samples") && { samples }),
      ...(known.includes("steps") && { steps }),
      onProgress: (progress) => tell.progress({ doing: "Asking the model", ...progress }),
    },
  );
  const { value, picture } = filled.get(input)!;
  return {
    result: result.toJSON(),
    explained: path.length === 0 ? `“${output}”` : `element [${path.join(", ")}] of “${output}”`,
    highest,
    ...(layer === "" && value.data.length <= 4096 && { inputs: { shape: value.shape, data: Array.from(value.data, Number) } }),
    ...(picture !== undefined && { picture }),
  };
}

/** The highest numbers of the first row, with their places behind the first axis. */
function highestOf({ data, shape }: HostTensor): ModelExplanation["highest"] {
  const sizes = shape.slice(1);
  const length = sizes.reduce((product, size) => product * size, 1);
  const best: { at: number; value: number }[] = [];
  for (let at = 0; at < length; at++) {
    const value = Number(data[at]);
    if (best.length === listed && !(value > best[listed - 1]!.value)) continue;
    best.push({ at, value });
    best.sort((one, other) => other.value - one.value);
    best.length = Math.min(best.length, listed);
  }
  return best.map(({ at, value }) => ({ path: pathOf(at, sizes), value }));
}

function pathOf(at: number, sizes: readonly number[]): readonly number[] {
  const path: number[] = [];
  let rest = at;
  for (const size of sizes.toReversed()) {
    path.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return path;
}
