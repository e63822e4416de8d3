import { AttributionError, InvalidArgumentError, UnsupportedError } from "@attr/core";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { TensorFlow, TensorFlowConverter, TensorFlowLayers } from "../runtime/tensor-flow.ts";
import type { Artifacts } from "./artifacts.ts";

/**
 * A live model of what was read. Nothing is trained: a training configuration is left out. No code is run: a layer is one of
 * TensorFlow.js's own, or of a class that the user has registered (`tf.serialization.registerClass`).
 *
 * @throws InvalidArgumentError where TensorFlow.js cannot make it, UnsupportedError for layers of unknown classes; nothing is left behind
 * then.
 */
export async function makeModel(tf: TensorFlow, artifacts: Artifacts): Promise<LayersModel | GraphModel> {
  return artifacts.format === "graph-model"
    ? makeGraphModel(tf, await converterOf(tf), artifacts)
    : await makeLayersModel(tf, await layersOf(tf), artifacts);
}

async function layersOf(tf: TensorFlow): Promise<TensorFlowLayers> {
  const own = tf as Partial<TensorFlowLayers>; // the union package has them
  if (typeof own.loadLayersModel === "function") return own as TensorFlowLayers;
  return await needed("@tensorflow/tfjs-layers", "layers models", () => import("@tensorflow/tfjs-layers"));
}

async function converterOf(tf: TensorFlow): Promise<TensorFlowConverter> {
  const own = tf as Partial<TensorFlowConverter>; // the union package has them
  if (typeof own.loadGraphModelSync === "function") return own as TensorFlowConverter;
  return await needed("@tensorflow/tfjs-converter", "graph models", () => import("@tensorflow/tfjs-converter"));
}

async function needed<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new UnsupportedError(`${what} need ${name}: install it, or hand in @tensorflow/tfjs as options.tf`, { cause });
  }
}

function makeGraphModel(tf: TensorFlow, converter: TensorFlowConverter, artifacts: Artifacts): GraphModel {
  const { topology, weights, description, rest } = artifacts;
  let model: GraphModel | undefined;
  tf.tidy(() => {
    try {
      const made = converter.loadGraphModelSync({
        load: () => ({ ...rest, modelTopology: topology, weightSpecs: mutable(weights), weightData: buffer(artifacts) }),
      });
      for (const tensors of Object.values(made.weights)) for (const tensor of tensors) tf.keep(tensor);
      model = made as unknown as GraphModel; // its handler's type is all that differs
    } catch (cause) {
      throw refused(description, "graph model", cause);
    }
  });
  return model!; // or something was thrown
}

async function makeLayersModel(tf: TensorFlow, layers: TensorFlowLayers, artifacts: Artifacts): Promise<LayersModel> {
  const { topology, weights, description } = artifacts;
  const engine = tf.engine();
  let known: ReadonlySet<string> | undefined;
  let asked = 0;
  const model = await (async () => {
    try {
      return await layers.loadLayersModel({
        load: async () => ({
          get modelTopology() {
            known ??= new Set(Object.keys(engine.registeredVariables));
            return topology;
          },
          weightSpecs: mutable(weights),
          // Asked for twice: whether there are weights, so that none are drawn at random; then for them, which are set below, where
          // nothing is left behind if they do not fit.
          get weightData() {
            return asked++ === 0 ? buffer(artifacts) : (undefined as unknown as ArrayBuffer); // as if there were none
          },
        }),
      });
    } catch (cause) {
      // What was made before it failed.
      for (const [name, variable] of Object.entries(engine.registeredVariables))
        if (known?.has(name) === false) variable.dispose();
      throw refused(description, "layers model", cause);
    }
  })();
  try {
    tf.tidy(() => {
      const named = tf.io.decodeWeights(buffer(artifacts), mutable(weights));
      for (const { name, group } of weights) if (group === "optimizer") delete named[name];
      model.loadWeights(named, true);
    });
  } catch (cause) {
    model.dispose();
    throw refused(description, "layers model", cause);
  }
  return model;
}

function mutable(weights: Artifacts["weights"]): Parameters<TensorFlow["io"]["decodeWeights"]>[1] {
  return weights as unknown as Parameters<TensorFlow["io"]["decodeWeights"]>[1]; // read only, and of the same fields
}

function buffer({ data }: Artifacts): ArrayBuffer {
  return data.slice().buffer;
}

function refused(description: string, kind: string, cause: unknown): Error {
  if (cause instanceof AttributionError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const [, unknown] = /Unknown [^:]*: ([\w$]+)\./.exec(message) ?? [];
  if (unknown !== undefined)
    return new UnsupportedError(
      `${description} has "${unknown}", which is not part of TensorFlow.js: register its class before (tf.serialization.registerClass); code in a model's file is never run`,
      { cause },
    );
  return new InvalidArgumentError(`${description} cannot be loaded as a ${kind}: ${message}`, { cause });
}
