import { AttributionError } from "@attr/core";
import { extract } from "../graph/extract.ts";
import type { GraphIndex } from "../graph/graph-index.ts";
import type { ValueType, ValueTypes } from "../graph/value-type.ts";
import { elementTypeNamed, elementTypeOf } from "../onnx/element-type.ts";
import type { ModelProto, TensorProto, TypeProto, ValueInfoProto } from "../onnx/proto.ts";
import { writeModel } from "../onnx/write-model.ts";
import { distrustSizes } from "./doubtful-sizes.ts";
import type { Runtime, RuntimeSession, SessionOptions } from "./runtime.ts";
import { messageOf } from "./session-pool.ts";

/** Constants up to this size can decide shapes and are kept; larger ones are weights. */
const smallBytes = 1024;

/**
 * Types of all values, and the proof that the runtime accepts the graph: the runtime is handed the model with every value as an output
 * and its weights turned into inputs, so that this takes neither the weights' time nor their memory.
 *
 * @throws AttributionError where the runtime refuses the model.
 */
export async function discoverTypes(
  index: GraphIndex,
  runtime: Runtime,
  createSession: (model: ModelProto, options: SessionOptions) => Promise<RuntimeSession>,
): Promise<ValueTypes> {
  const types = declaredTypes(index.model);
  const { graph } = index.model;
  const weights = graph.initializers.filter((tensor) => bytesOfTensor(tensor) > smallBytes);
  const weightNames = new Set(weights.map((tensor) => tensor.name));
  const declaredOutputs = new Set(graph.outputs.map((output) => output.name));
  const made = index.values.filter((name) => index.producers.has(name) && !declaredOutputs.has(name));
  const light: ModelProto = {
    ...index.model,
    irVersion: Math.max(index.model.irVersion, 4),
    graph: {
      ...graph,
      nodes: index.nodes,
      initializers: graph.initializers.filter((tensor) => !weightNames.has(tensor.name)),
      inputs: [...graph.inputs.filter((input) => !index.constants.has(input.name)), ...weights.map(asInput)],
      outputs: [...graph.outputs, ...made.map((name): ValueInfoProto => ({ name }))],
    },
  };
  const quick = { graphOptimizationLevel: "disabled", logSeverityLevel: 4, intraOpNumThreads: 1, executionMode: "sequential" };
  let session: RuntimeSession;
  try {
    session = await runtime.createSession(writeModel(light), quick);
  } catch {
    // Some operators want constants where inputs now are, some types the runtime's interface cannot name: then the file as it is.
    try {
      const outputs = graph.outputs.map(({ name }) => name).filter((name) => !types.has(name) || types.get(name) !== undefined);
      const inputs = new Map(
        index.inputs.flatMap((name) => {
          const type = types.get(name);
          return type === undefined ? [] : [[name, type] as const];
        }),
      );
      session = await createSession(extract(index, inputs, outputs, types).model, quick);
    } catch (cause) {
      throw new AttributionError(`the runtime does not accept the ONNX file: ${messageOf(cause)}`, { cause });
    }
  }
  for (const { name, isTensor, type, shape } of session.outputMetadata ?? []) {
    const element = elementTypeNamed(type ?? "");
    if (!isTensor) types.set(name, undefined);
    else if (element !== undefined) {
      const known = types.get(name);
      // The runtime says [] for a scalar and for an unknown rank alike.
      const found = shape === undefined || shape.length === 0 ? undefined : shape.map(sizeOrName);
      types.set(name, { element, shape: known?.shape ?? found });
    }
  }
  await session.release();
  distrustSizes(index, types);
  return types;
}

/** The runtimes have three ways to say that a size is free: no name, -1, and -1 as an unsigned number. */
function sizeOrName(size: number | string): number | string | null {
  return size === "" || size === -1 || size === 2 ** 32 - 1 ? null : size;
}

function asInput(tensor: TensorProto): ValueInfoProto {
  const dims = tensor.dims.map((value) => ({ value }));
  return { name: tensor.name, type: { tensorType: { elemType: tensor.dataType, shape: { dims } } } };
}

function bytesOfTensor(tensor: TensorProto): number {
  const bits = elementTypeOf(tensor.dataType)?.bits ?? 0;
  return (tensor.dims.reduce((product, size) => product * size, 1) * bits) / 8;
}

/** The types that the file itself states. */
function declaredTypes(model: ModelProto): Map<string, ValueType | undefined> {
  const types = new Map<string, ValueType | undefined>();
  const { valueInfos, inputs, outputs } = model.graph;
  for (const info of [...valueInfos, ...inputs, ...outputs])
    if (info.type !== undefined) {
      const type = valueType(info.type);
      if (type !== "untyped") types.set(info.name, type);
    }
  return types;
}

function valueType(type: TypeProto): ValueType | undefined | "untyped" {
  const { tensorType } = type;
  if (tensorType === undefined) return type.unknown === undefined ? "untyped" : undefined;
  const element = elementTypeOf(tensorType.elemType);
  if (element === undefined) return "untyped";
  const shape = tensorType.shape?.dims.map(({ value, param }) => {
    if (value !== undefined) return value < 0 ? null : value;
    return param === undefined || param === "" ? null : param;
  });
  return { element, shape };
}
