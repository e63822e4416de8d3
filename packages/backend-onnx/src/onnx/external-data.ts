import { InvalidArgumentError } from "@attr/core";
import type { GraphProto, ModelProto, NodeProto, TensorProto } from "./proto.ts";

/** Where a tensor's elements lie in another file. */
export interface ExternalReference {
  /** Relative to the model's folder, with `/` between its parts. */
  readonly location: string;
  readonly offset: number;
  /** Absent: to the file's end. */
  readonly length: number | undefined;
}

const isExternal = 1;

export function isExternalTensor(tensor: TensorProto): boolean {
  return tensor.dataLocation === isExternal;
}

/**
 * Reads where an external tensor's elements lie.
 *
 * @throws InvalidArgumentError where the location leads, or may lead, out of the model's folder, or a number is none.
 */
export function externalReference(tensor: TensorProto): ExternalReference {
  const entries = new Map((tensor.externalData ?? []).map(({ key, value }) => [key, value]));
  const location = entries.get("location");
  const subject = `the external data of "${tensor.name}"`;
  if (location === undefined || location === "") throw new InvalidArgumentError(`${subject} has no location`);
  const parts = location.split(/[/\\]/);
  // A colon is a Windows drive or stream, or a URL's scheme; an empty first part is an absolute path.
  if (parts[0] === "" || parts.includes("..") || /[\0:]/.test(location))
    throw new InvalidArgumentError(`${subject} is at "${location}", outside the model's folder`);
  return {
    location: parts.filter((part) => part !== "." && part !== "").join("/"),
    offset: natural(entries.get("offset"), `${subject}: its offset`) ?? 0,
    length: natural(entries.get("length"), `${subject}: its length`),
  };
}

function natural(text: string | undefined, subject: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError(`${subject} is "${text}"`);
  return value;
}

/** Every tensor of a model: initializers and attributes, those of subgraphs and functions included. */
export function* allTensors(model: ModelProto): Generator<TensorProto> {
  yield* graphTensors(model.graph);
  for (const definition of model.functions) yield* nodeTensors(definition.nodes);
}

function* graphTensors(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializers;
  for (const sparse of graph.sparseInitializers) {
    yield sparse.values;
    yield sparse.indices;
  }
  yield* nodeTensors(graph.nodes);
}

function* nodeTensors(nodes: readonly NodeProto[]): Generator<TensorProto> {
  for (const node of nodes)
    for (const attribute of node.attributes) {
      if (attribute.t !== undefined) yield attribute.t;
      if (attribute.tensors !== undefined) yield* attribute.tensors;
      if (attribute.sparseTensor !== undefined) {
        yield attribute.sparseTensor.values;
        yield attribute.sparseTensor.indices;
      }
      if (attribute.g !== undefined) yield* graphTensors(attribute.g);
      for (const graph of attribute.graphs ?? []) yield* graphTensors(graph);
    }
}

/** The files, beside the model's own, that a model's tensors lie in. */
export function externalLocations(model: ModelProto): readonly string[] {
  const locations = new Set<string>();
  for (const tensor of allTensors(model)) if (isExternalTensor(tensor)) locations.add(externalReference(tensor).location);
  return [...locations];
}
