import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import { isObject, isReserved, type Json, kindOf } from "./json.ts";
import { checkSizes, longestWindow, mostElements, mostRows } from "./sane-sizes.ts";

/**
 * Holds the topology of a layers model to its format, as far as TensorFlow.js would stumble over it without saying where, or would wait
 * for ever: layers that read each other in a circle, or what is not there.
 *
 * @throws InvalidArgumentError naming the file and the field; UnsupportedError for a name that cannot be one.
 */
export function checkLayersTopology(topology: Json, file: string): void {
  const { model_config: inner } = topology;
  const where = `${file}: modelTopology`;
  if (inner === undefined || inner === null) checkModel(topology, where);
  else checkModel(inner, `${where}.model_config`);
}

const containers: ReadonlySet<unknown> = new Set(["Sequential", "Model", "Functional"]);

function checkModel(model: unknown, what: string): void {
  const { className, config } = readObject(model, what);
  if (!containers.has(className)) return;
  const { layers } = config;
  const isBareList = className === "Sequential" && Array.isArray(config);
  if (isBareList || className === "Sequential") {
    const list: unknown = isBareList ? config : layers;
    for (const [i, layer] of listOf(list, `${what}.config.layers`).entries()) checkLayer(layer, `${what}.config.layers[${i}]`);
    return;
  }
  checkCalls(
    listOf(layers, `${what}.config.layers`).map((layer, i) => checkLayer(layer, `${what}.config.layers[${i}]`)),
    config,
    what,
  );
}

function listOf(list: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(list)) throw new InvalidArgumentError(`${what} must be an array, got ${kindOf(list)}`);
  return list;
}

function readObject(object: unknown, what: string): { readonly className: string; readonly config: Json; readonly object: Json } {
  if (!isObject(object)) throw new InvalidArgumentError(`${what} must be an object, got ${kindOf(object)}`);
  const { class_name: className, config } = object;
  if (typeof className !== "string" || className === "")
    throw new InvalidArgumentError(`${what}.class_name must be the name of a class, got ${kindOf(className)}`);
  if (!isObject(config) && !(className === "Sequential" && Array.isArray(config)))
    throw new InvalidArgumentError(`${what}.config must be an object, got ${kindOf(config)}`);
  checkName(config["name" as keyof typeof config], `${what}.config.name`);
  return { className, config: config as Json, object };
}

function checkName(name: unknown, what: string): void {
  if (typeof name === "string" && isReserved(name)) throw new UnsupportedError(`${what}: no layer can be called "${name}"`);
  if (name !== undefined && name !== null && (typeof name !== "string" || name === ""))
    throw new InvalidArgumentError(`${what} must be a name, got ${kindOf(name)}`);
}

/** A layer of a functional model. */
interface FileLayer {
  readonly what: string;
  readonly name: unknown;
  /** Calls that it has before others call it. */
  readonly own: number;
  readonly object: Json;
}

function checkLayer(layer: unknown, what: string): FileLayer {
  const { className, config, object } = readObject(layer, what);
  checkName(object["name"], `${what}.name`);
  if (containers.has(className)) checkModel(layer, what);
  if (sized.has(className)) checkFields(config, `${what}.config`);
  checkInputShape(config["batch_input_shape"], `${what}.config.batch_input_shape`);
  for (const field of ["activation", "recurrent_activation"] as const) checkActivation(config[field], `${what}.config.${field}`);
  const inner = config["layer"];
  // Wrappers have a layer inside.
  if (inner !== undefined && inner !== null) checkLayer(inner, `${what}.config.layer`);
  const isModel = className === "Model" || className === "Functional" || (className === "Sequential" && hasInputShape(config));
  return { what, name: object["name"], own: className === "InputLayer" || isModel ? 1 : 0, object };
}

/** A layer can be one, such as a leaky rectifier, but none with weights: it would be built when the model is run. */
function checkActivation(activation: unknown, what: string): void {
  if (!isObject(activation)) return;
  const { className, config } = readObject(activation, what);
  const isMore = ["layer", "layers", "cell", "cells"].some((field) => field in config);
  if (isMore || sized.has(className) || containers.has(className))
    throw new InvalidArgumentError(`${what} must be an activation, got the layer ${kindOf(className)}`);
}

/** Fields of layers that say how large something is, with the least that each takes. */
const windows = ["pool_size", "kernel_size", "strides", "dilation_rate", "size"] as const;
const axes = ["axis", "axes", "dims"] as const;
/** One more than TensorFlow.js has. */
const highestRank = 7;
const amounts: Readonly<Record<string, number>> = {
  ...{ n: 0, padding: 0, cropping: 0, target_shape: -1, depth_multiplier: 1 },
  ...{ units: 1, filters: 1, input_dim: 1, output_dim: 1, input_length: 1 },
};

/** Classes of TensorFlow.js that have such fields: in a registered class they may mean something else. */
const sized: ReadonlySet<string> = new Set([
  ...["Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose", "DepthwiseConv2D", "SeparableConv2D"],
  ...["ConvLSTM2D", "ConvLSTM2DCell", "ZeroPadding2D", "UpSampling2D", "Cropping2D", "RepeatVector", "Reshape"],
  ...["MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"],
  ...["Concatenate", "Dot", "Permute", "Softmax", "BatchNormalization", "LayerNormalization"],
  ...["Dense", "Embedding", "SimpleRNN", "SimpleRNNCell", "GRU", "GRUCell", "LSTM", "LSTMCell"],
]);

function checkFields(config: Json, what: string): void {
  for (const field of windows) checkSizes(config[field], `${what}.${field}`, 1, longestWindow);
  for (const field of axes) checkSizes(config[field], `${what}.${field}`, -highestRank, highestRank);
  for (const [field, least] of Object.entries(amounts)) checkSizes(config[field], `${what}.${field}`, least, mostElements);
}

function checkInputShape(shape: unknown, what: string): void {
  if (shape === undefined || shape === null) return;
  const sizes = Array.isArray(shape) ? (shape as readonly unknown[]) : [false];
  const isShape = sizes.every((size) => size === null || (Number.isSafeInteger(size) && (size as number) >= 0));
  if (Number(sizes[0]) > mostRows)
    throw new InvalidArgumentError(`${what} must have at most ${mostRows} rows, got ${Number(sizes[0])}`);
  if (!isShape || sizes.reduce<number>((product, size) => product * Number(size ?? 1), 1) > mostElements)
    throw new InvalidArgumentError(
      `${what} must be an array of sizes, null where any is taken, of at most ${mostElements} elements, got ${JSON.stringify(shape)?.slice(0, 80)}`,
    );
}

function hasInputShape(config: Json): boolean {
  const list: unknown = Array.isArray(config) ? config : config["layers"];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  if (!isObject(first) || !isObject(first["config"])) return false;
  return containers.has(first["class_name"]) || Array.isArray(first["config"]["batch_input_shape"]);
}

/** One tensor that a call reads: the layer, and which call of it. */
interface Read {
  readonly layer: string;
  readonly call: number;
}

function checkCalls(layers: readonly FileLayer[], config: Json, what: string): void {
  const made = new Map<string, number>();
  const waiting: { readonly layer: string; readonly reads: readonly Read[]; readonly what: string }[] = [];
  for (const { name, own, object, what: where } of layers) {
    if (typeof name !== "string") throw new InvalidArgumentError(`${where}.name must be a name, got ${kindOf(name)}`);
    const { config } = object;
    const inner = isObject(config) ? config["name"] : undefined;
    if (inner !== name)
      throw new InvalidArgumentError(`${where}.config.name must be the layer's name, "${name}", got ${kindOf(inner)}`);
    if (made.has(name)) throw new InvalidArgumentError(`${where}: there are two layers called "${name}"`);
    made.set(name, own);
  }
  for (const { name, object, what: where } of layers) {
    const calls = object["inbound_nodes"] ?? [];
    for (const [i, call] of listOf(calls, `${where}.inbound_nodes`).entries()) {
      const reads = listOf(call, `${where}.inbound_nodes[${i}]`).map((read, k) =>
        readTensor(read, made, `${where}.inbound_nodes[${i}][${k}]`),
      );
      if (reads.length === 0)
        throw new InvalidArgumentError(`${where}.inbound_nodes[${i}] is empty: a layer is called with something`);
      waiting.push({ layer: name as string, reads, what: `${where}.inbound_nodes[${i}]` }); // looked at above
    }
  }
  for (let left = waiting; left.length > 0; ) {
    const stuck = left.filter(({ layer, reads }) => {
      if (!reads.every((read) => read.call < made.get(read.layer)!)) return true;
      made.set(layer, made.get(layer)! + 1);
      return false;
    });
    if (stuck.length === left.length)
      throw new InvalidArgumentError(
        `${stuck[0]!.what} of layer "${stuck[0]!.layer}" waits for a call that is never made: the layers form a cycle, or a call is missing`,
      );
    left = stuck;
  }
  for (const side of ["input_layers", "output_layers"] as const)
    for (const [i, read] of listOf(config[side], `${what}.config.${side}`).entries()) {
      const { layer, call } = readTensor(read, made, `${what}.config.${side}[${i}]`);
      if (call >= made.get(layer)!)
        throw new InvalidArgumentError(`${what}.config.${side}[${i}] is call ${call} of layer "${layer}", which is never made`);
    }
}

function readTensor(read: unknown, layers: ReadonlyMap<string, number>, what: string): Read {
  if (!Array.isArray(read) || read.length < 3)
    throw new InvalidArgumentError(`${what} must be an array of a layer, a call and a tensor, got ${kindOf(read)}`);
  const [layer, call, tensor] = read as readonly unknown[];
  if (typeof layer !== "string" || !layers.has(layer))
    throw new InvalidArgumentError(`${what} names ${kindOf(layer)}, which is no layer of the model`);
  for (const number of [call, tensor])
    if (!Number.isInteger(number) || (number as number) < 0)
      throw new InvalidArgumentError(`${what} must have whole numbers for its call and tensor, got ${kindOf(number)}`);
  return { layer, call: call as number }; // looked at just now
}
