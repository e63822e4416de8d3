import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import { externalReference, isExternalTensor } from "./external-data.ts";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto } from "./proto.ts";

/** A file of this format cannot be larger: protobuf counts its bytes in 31 bits. */
const mostBytes = 2 ** 31 - 1;

/** Reads `length` bytes (all that follow, where undefined) of a file that a model keeps weights in, from `offset` on. */
export type ReadExternalData = (location: string, offset: number, length: number | undefined) => Promise<Uint8Array>;

/**
 * The same model with all its weights in it, so that it can be written as one file that stands alone.
 *
 * @throws UnsupportedError where the weights are larger than one file can hold.
 */
export async function embedExternalData(model: ModelProto, read: ReadExternalData): Promise<ModelProto> {
  let total = 0;
  const tensor = async (outside: TensorProto): Promise<TensorProto> => {
    if (!isExternalTensor(outside)) return outside;
    const { location, offset, length } = externalReference(outside);
    if (total + (length ?? 0) > mostBytes) throw tooLarge();
    const rawData = await read(location, offset, length);
    if (length !== undefined && rawData.length !== length)
      throw new InvalidArgumentError(`"${location}" ends before the weights "${outside.name}" do`);
    total += rawData.length;
    if (total > mostBytes) throw tooLarge();
    const { externalData: _, dataLocation: __, ...rest } = outside;
    return { ...rest, rawData };
  };
  const sparse = async (one: SparseTensorProto): Promise<SparseTensorProto> => ({
    ...one,
    values: await tensor(one.values),
    indices: await tensor(one.indices),
  });
  const attribute = async (one: AttributeProto): Promise<AttributeProto> => ({
    ...one,
    ...(one.t && { t: await tensor(one.t) }),
    ...(one.tensors && { tensors: await each(one.tensors, tensor) }),
    ...(one.sparseTensor && { sparseTensor: await sparse(one.sparseTensor) }),
    ...(one.g && { g: await graph(one.g) }),
    ...(one.graphs && { graphs: await each(one.graphs, graph) }),
  });
  const node = async (one: NodeProto): Promise<NodeProto> => ({ ...one, attributes: await each(one.attributes, attribute) });
  const graph = async (one: GraphProto): Promise<GraphProto> => ({
    ...one,
    initializers: await each(one.initializers, tensor),
    sparseInitializers: await each(one.sparseInitializers, sparse),
    nodes: await each(one.nodes, node),
  });
  const functions = await each(model.functions, async (one) => ({ ...one, nodes: await each(one.nodes, node) }));
  return { ...model, graph: await graph(model.graph), functions };
}

/** One after the other: no more than one file is read at a time. */
async function each<T>(items: readonly T[], change: (item: T) => Promise<T>): Promise<readonly T[]> {
  const changed: T[] = [];
  for (const item of items) changed.push(await change(item));
  return changed;
}

function tooLarge(): UnsupportedError {
  return new UnsupportedError(
    "the model's weights are larger than the 2 GiB that one ONNX file can hold: differentiate it in memory with OnnxModel.gradient",
  );
}
