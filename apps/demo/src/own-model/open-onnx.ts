import { gradientCoverage, OnnxModel, parameterCount, withKnownTypes } from "@attr/backend-onnx";
import { labelsIn } from "./labels.ts";
import { labelsBeside } from "./labels-beside.ts";
import { bytesOf, type ModelFiles, nameOf, pathsBeside } from "./model-files.ts";
import { onnxGraph } from "./onnx-graph.ts";
import { fetchedRuntime } from "./onnx-runtime.ts";
import type { OpenedModel, OpenModel } from "./opened-model.ts";

/** Opens an ONNX file. */
export const openOnnx: OpenModel = async (files, device, tell): Promise<OpenedModel> => {
  const { runtime, runsOn, session } = await fetchedRuntime(device, tell);
  tell({ doing: "Reading the file", done: 0, unit: "" });
  const model = await OnnxModel.load(await sourceOf(files), { runtime, session, name: nameOf(files.model) });
  return {
    model,
    report: async () => {
      const { proto } = model;
      const gradient = gradientCoverage(withKnownTypes(model));
      const outside = new Set([...model.inputs, ...model.outputs].map(({ name }) => name));
      const maker = [proto.producerName, proto.producerVersion].filter(Boolean).join(" ");
      const sets = proto.opsetImports.map(({ domain, version }) => `${domain || "ai.onnx"} ${version}`).join(", ");
      const notes = Object.fromEntries(proto.metadataProps.map(({ key, value }) => [key, value]));
      return {
        name: nameOf(files.model),
        kind: "ONNX file",
        bytes: bytesOf(files),
        about: [`operator sets ${sets}`, ...(maker === "" ? [] : [`made by ${maker}`])],
        runsOn,
        parameters: parameterCount(proto),
        notes: model.notes,
        inputs: model.inputs,
        outputs: model.outputs,
        inner: model.values.filter((name) => !outside.has(name)).flatMap((name) => model.value(name) ?? []),
        gradient,
        graph: onnxGraph(model, gradient),
        labels: labelsIn(notes) ?? (await labelsBeside(files.others)),
      };
    },
    dispose: () => model.dispose(),
  };
};

async function sourceOf(files: ModelFiles): Promise<Parameters<typeof OnnxModel.load>[0]> {
  const source = await read(files.model.file);
  const weights = pathsBeside(files).filter(({ path }) => !/\.json$/i.test(path));
  if (weights.length === 0) return source;
  const externalData: Record<string, Uint8Array> = {};
  for (const { path, file } of weights) externalData[path] = await read(file);
  return { model: source, externalData };
}

async function read(file: File): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}
