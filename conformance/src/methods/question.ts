import {
  bind,
  fromLayer,
  type GraphModel,
  type HostData,
  limitBatch,
  logSoftmax,
  type Model,
  type NamedTensors,
  type Target,
  type TensorBackend,
  upToLayer,
} from "@attr/core";
import type { Case } from "../format/case.ts";
import { readInteger, wrong } from "../format/read-json.ts";

/** A case put to a model of ours: the view that is explained, and what of it. */
export interface Question {
  readonly model: Model;
  readonly target: Target;
}

/** The model with the inputs that are passed as they are. */
export function boundModel(one: Case, model: GraphModel): GraphModel {
  return Object.keys(one.extra).length > 0 ? bind(model, one.extra) : model;
}

/** The view of the model that a case speaks of: its extra inputs bound, at its layer or up to its neuron. */
export function questionOf(one: Case, onnx: GraphModel): Question {
  const bound = boundModel(one, onnx);
  const explained = one.neuron ? upToLayer(bound, one.neuron.layer) : bound;
  const transformed = one.outputTransform === "log_softmax" ? logSoftmax(explained) : explained;
  const model = one.layer === undefined ? transformed : fromLayer(transformed, one.layer);
  return { model: limited(model, one), target: one.neuron ? { path: one.neuron.index } : one.target };
}

/** `perturbationsPerEval` copies of all examples at a time. */
function limited(model: Model, one: Case): Model {
  const given = one.options["perturbationsPerEval"];
  if (given === undefined) return model;
  const copies = readInteger(given, "options.perturbationsPerEval");
  if (copies < 1) throw wrong("options.perturbationsPerEval", "at least 1", copies);
  const examples = Math.max(1, ...Object.values(one.inputs).map(({ shape }) => shape[0] ?? 1));
  return limitBatch(model, copies * examples);
}

/** Tensors read back to the host, by name. */
export async function readAll(backend: TensorBackend, tensors: NamedTensors): Promise<Readonly<Record<string, HostData>>> {
  const entries = Object.entries(tensors).map(async ([name, tensor]) => [name, await backend.read(tensor)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
