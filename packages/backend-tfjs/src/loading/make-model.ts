import { AttributionError, InvalidArgumentError, UnsupportedError } from "@attr/core";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { TensorFlow, TensorFlowConverter, TensorFlowLayers, TfTensor } from "../runtime/tensor-flow.ts";
import type { Artifacts } from "./artifacts.ts";
import { checkGraphSizes } from "./graph-sizes.ts";
import { checkGraphTopology } from "./graph-topology.ts";
import type { Json } from "./json.ts";
import { checkLayerSizes } from "./layer-sizes.ts";
import { checkLayersTopology } from "./layers-topology.ts";
import { limitWeights } from "./weight-budget.ts";
import { withoutTraining } from "./without-training.ts";

/** A live model, and what frees all that was made for it. */
export interface LoadedModel {
  readonly model: LayersModel | GraphModel;
  dispose(): void;
}

/**
 * A live model of what was read. Nothing is trained: a training configuration is left out. No code is run: a layer is one of
 * TensorFlow.js's own, or of a class that the user has registered (`tf.serialization.registerClass`).
 *
 * @throws InvalidArgumentError where TensorFlow.js cannot make it, UnsupportedError for layers of unknown classes; nothing is left behind
 * then.
 */
export async function makeModel(tf: TensorFlow, artifacts: Artifacts): Promise<LoadedModel> {
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

function makeGraphModel(tf: TensorFlow, converter: TensorFlowConverter, artifacts: Artifacts): LoadedModel {
  const { topology, weights, description, rest } = artifacts;
  checked(description, "graph model", () => {
    const names = new Set(weights.map(({ name }) => name));
    checkGraphTopology(topology as Json, rest["signature"], names, description);
  });
  let model: GraphModel | undefined;
  tf.tidy(() => {
    try {
      const made = converter.loadGraphModelSync({
        load: () => ({ ...rest, modelTopology: topology, weightSpecs: mutable(weights), weightData: buffer(artifacts) }),
      });
      if (made.outputs.length === 0) throw new InvalidArgumentError(`${description}: the graph has no outputs`);
      checkGraphSizes(topology as Json, (name) => integers(made.weights[name]?.[0]), description);
      for (const tensors of Object.values(made.weights)) for (const tensor of tensors) tf.keep(tensor);
      model = made as unknown as GraphModel; // its handler's type is all that differs
    } catch (cause) {
      throw refused(description, "graph model", cause);
    }
  });
  const loaded = model!; // or something was thrown
  return { model: loaded, dispose: () => loaded.dispose() };
}

async function makeLayersModel(tf: TensorFlow, layers: TensorFlowLayers, artifacts: Artifacts): Promise<LoadedModel> {
  const { weights, description } = artifacts;
  const topology = checked(description, "layers model", () => {
    checkLayersTopology(artifacts.topology as Json, description);
    return withoutTraining(artifacts.topology) as object; // one makes one
  });
  const engine = tf.engine();
  let known: ReadonlySet<string> | undefined;
  let asked = 0;
  let unlimited: (() => void) | undefined;
  /** Variables made since, of layers of the model or of others that its file mentions: disposing of a model forgets shared ones. */
  const made = (): readonly TfVariable[] =>
    Object.entries(engine.registeredVariables).flatMap(([name, variable]) => (known?.has(name) === false ? [variable] : []));
  const model = await (async () => {
    try {
      return await layers.loadLayersModel({
        load: async () => ({
          get modelTopology() {
            known ??= new Set(Object.keys(engine.registeredVariables));
            unlimited ??= limitWeights(layers.layers.Layer.prototype, weights, description);
            return topology;
          },
          weightSpecs: mutable(weights),
          // Asked for twice: whether there are weights, so that none are drawn at random; then for them, which are set below, where
          // nothing is left behind if they do not fit.
          get weightData() {
            if (asked++ === 0) return buffer(artifacts);
            unlimited?.();
            return undefined as unknown as ArrayBuffer; // as if there were none
          },
        }),
      });
    } catch (cause) {
      for (const variable of made()) variable.dispose();
      throw refused(description, "layers model", cause);
    } finally {
      unlimited?.();
    }
  })();
  const own = made();
  const dispose = (): void => {
    if (model.built) model.dispose(); // or there is nothing that it knows of
    for (const variable of own) if (!variable.isDisposed) variable.dispose();
  };
  try {
    // What a file calls a model may be another class of TensorFlow.js.
    if (!Array.isArray((model as Partial<LayersModel>).layers))
      throw new InvalidArgumentError(`${description}: modelTopology.class_name is not that of a model`);
    checkLayerSizes(model, description);
    tf.tidy(() => {
      const named = tf.io.decodeWeights(buffer(artifacts), mutable(weights));
      for (const { name, group } of weights) if (group === "optimizer") delete named[name];
      model.loadWeights(named, true);
    });
  } catch (cause) {
    dispose();
    throw refused(description, "layers model", cause);
  }
  return { model, dispose };
}

/** The numbers of a weight that can hold sizes. */
function integers(tensor: TfTensor | undefined): ArrayLike<number> | undefined {
  return tensor === undefined || tensor.size > 64 || tensor.dtype === "string" || tensor.dtype === "complex64"
    ? undefined
    : tensor.dataSync();
}

type TfVariable = ReturnType<TensorFlow["engine"]>["registeredVariables"][string];

/** A deep enough file overflows the stack of what looks at it. */
function checked<T>(description: string, kind: string, look: () => T): T {
  try {
    return look();
  } catch (cause) {
    throw refused(description, kind, cause);
  }
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
  // What TensorFlow.js did not look at itself.
  const vague = cause instanceof TypeError ? "a field of modelTopology is not what TensorFlow.js takes there: " : "";
  return new InvalidArgumentError(`${description} cannot be loaded as a ${kind}: ${vague}${message}`, { cause });
}
