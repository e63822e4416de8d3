import { ElementBytes } from "./element-bytes.ts";
import type {
  AttributeProto,
  DimensionProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  OperatorSetId,
  SparseTensorProto,
  StringStringEntry,
  TensorProto,
  TensorShapeProto,
  TensorTypeProto,
  TypeProto,
  ValueInfoProto,
} from "./proto.ts";
import { malformed, WireReader } from "./wire-reader.ts";

/**
 * Reads an ONNX file. Weights are views of `bytes`, which must not be changed while the model is in use; `writeModel` gives the same
 * model back. Only the encoding is checked here: `checkModel` tells whether the graph makes sense.
 *
 * @throws InvalidArgumentError where the bytes are no ONNX file: cut off, or with lengths, numbers or texts that cannot be.
 */
export function readModel(bytes: Uint8Array): ModelProto {
  if (bytes.length === 0) throw malformed("it is empty");
  const model = readModelMessage(WireReader.of(bytes));
  if (model === undefined) throw malformed("it holds no graph");
  return model;
}

/** A message while it is read: protobuf lets a field come in several places, which are merged. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** The list of most messages' repeated fields: shared, so that an empty one costs nothing. */
const none: readonly never[] = Object.freeze([]);

function add<T>(list: readonly T[], item: T): readonly T[] {
  if (list.length === 0) return [item];
  // Not shared: every list that is not empty was made by the line above.
  (list as T[]).push(item);
  return list;
}

function keep(draft: { unknown?: readonly Uint8Array[] | undefined }, reader: WireReader): void {
  // Made here, and nobody else has it yet.
  const unknown = (draft.unknown as Uint8Array[] | undefined) ?? [];
  reader.skip(unknown);
  draft.unknown = unknown;
}

function readModelMessage(reader: WireReader): ModelProto | undefined {
  let graph: Draft<GraphProto> | undefined;
  const model: Draft<Omit<ModelProto, "graph">> = { irVersion: 0, opsetImports: none, metadataProps: none, functions: none };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        model.irVersion = reader.integer("IR version");
        break;
      case 2:
        model.producerName = reader.string();
        break;
      case 3:
        model.producerVersion = reader.string();
        break;
      case 7:
        graph = readGraph(reader.message(), graph);
        break;
      case 8:
        model.opsetImports = add(model.opsetImports, readOperatorSet(reader.message()));
        break;
      case 14:
        model.metadataProps = add(model.metadataProps, readEntry(reader.message()));
        break;
      case 25:
        model.functions = add(model.functions, readFunction(reader.message()));
        break;
      default:
        keep(model, reader);
    }
  }
  return graph === undefined ? undefined : { ...model, graph };
}

function readOperatorSet(reader: WireReader): OperatorSetId {
  const set: Draft<OperatorSetId> = { domain: "", version: 0 };
  while (reader.next()) {
    if (reader.field === 1) set.domain = reader.string();
    else if (reader.field === 2) set.version = reader.integer("operator set version");
    else keep(set, reader);
  }
  return set;
}

function readEntry(reader: WireReader): StringStringEntry {
  const entry: Draft<StringStringEntry> = { key: "", value: "" };
  while (reader.next()) {
    if (reader.field === 1) entry.key = reader.string();
    else if (reader.field === 2) entry.value = reader.string();
    else keep(entry, reader);
  }
  return entry;
}

function readGraph(reader: WireReader, into?: Draft<GraphProto>): Draft<GraphProto> {
  const graph: Draft<GraphProto> = into ?? {
    name: "",
    nodes: none,
    initializers: none,
    sparseInitializers: none,
    inputs: none,
    outputs: none,
    valueInfos: none,
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        graph.nodes = add(graph.nodes, readNode(reader.message()));
        break;
      case 2:
        graph.name = reader.string();
        break;
      case 5:
        graph.initializers = add(graph.initializers, readTensor(reader.message()));
        break;
      case 11:
        graph.inputs = add(graph.inputs, readValueInfo(reader.message()));
        break;
      case 12:
        graph.outputs = add(graph.outputs, readValueInfo(reader.message()));
        break;
      case 13:
        graph.valueInfos = add(graph.valueInfos, readValueInfo(reader.message()));
        break;
      case 15:
        graph.sparseInitializers = add(graph.sparseInitializers, readSparseTensor(reader.message()));
        break;
      default:
        keep(graph, reader);
    }
  }
  return graph;
}

function readNode(reader: WireReader): NodeProto {
  const node: Draft<NodeProto> = { inputs: none, outputs: none, name: "", opType: "", domain: "", attributes: none };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        node.inputs = add(node.inputs, reader.string());
        break;
      case 2:
        node.outputs = add(node.outputs, reader.string());
        break;
      case 3:
        node.name = reader.string();
        break;
      case 4:
        node.opType = reader.string();
        break;
      case 5:
        node.attributes = add(node.attributes, readAttribute(reader.message()));
        break;
      case 7:
        node.domain = reader.string();
        break;
      default:
        keep(node, reader);
    }
  }
  return node;
}

function readAttribute(reader: WireReader): AttributeProto {
  const attribute: Draft<AttributeProto> = { name: "", type: 0 };
  let tensor: Draft<TensorProto> | undefined;
  let graph: Draft<GraphProto> | undefined;
  const floats = new ElementBytes();
  const ints = new ElementBytes();
  let hasFloats = false;
  let hasInts = false;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        attribute.name = reader.string();
        break;
      case 2:
        attribute.f = reader.float();
        break;
      case 3:
        attribute.i = reader.int64();
        break;
      case 4:
        attribute.s = reader.bytes();
        break;
      case 5:
        tensor = readTensor(reader.message(), tensor);
        break;
      case 6:
        graph = readGraph(reader.message(), graph);
        break;
      case 7:
        hasFloats = true;
        floats.add(reader.fixed(4));
        break;
      case 8:
        hasInts = true;
        ints.add(bytesOf(reader.int64s()));
        break;
      case 9:
        attribute.strings = add(attribute.strings ?? none, reader.bytes());
        break;
      case 10:
        attribute.tensors = add(attribute.tensors ?? none, readTensor(reader.message()));
        break;
      case 11:
        attribute.graphs = add(attribute.graphs ?? none, readGraph(reader.message()));
        break;
      case 20:
        attribute.type = reader.integer("attribute type");
        break;
      case 21:
        attribute.refAttrName = reader.string();
        break;
      case 22:
        attribute.sparseTensor = readSparseTensor(reader.message());
        break;
      default:
        keep(attribute, reader);
    }
  }
  if (tensor !== undefined) attribute.t = tensor;
  if (graph !== undefined) attribute.g = graph;
  if (hasFloats) attribute.floats = new Float32Array(floats.finish());
  if (hasInts) attribute.ints = new BigInt64Array(ints.finish());
  return attribute;
}

function readTensor(reader: WireReader, into?: Draft<TensorProto>): Draft<TensorProto> {
  const tensor: Draft<TensorProto> = into ?? { name: "", dims: none, dataType: 0 };
  const dims: number[] = [];
  const elements = new Map<number, ElementBytes>();
  const gather = (piece: Uint8Array): void => {
    let bytes = elements.get(reader.field);
    if (bytes === undefined) {
      bytes = new ElementBytes();
      elements.set(reader.field, bytes);
    }
    bytes.add(piece);
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        reader.integers(dims, "dimension");
        break;
      case 2:
        tensor.dataType = reader.integer("element type");
        break;
      case 4:
      case 10:
        gather(reader.fixed(reader.field === 4 ? 4 : 8));
        break;
      case 5:
        gather(bytesOf(reader.int32s()));
        break;
      case 6:
        tensor.stringData = add(tensor.stringData ?? none, reader.bytes());
        break;
      case 7:
      case 11:
        gather(bytesOf(reader.int64s()));
        break;
      case 8:
        tensor.name = reader.string();
        break;
      case 9:
        tensor.rawData = reader.bytes();
        break;
      case 13:
        tensor.externalData = add(tensor.externalData ?? none, readEntry(reader.message()));
        break;
      case 14:
        tensor.dataLocation = reader.integer("data location");
        break;
      default:
        keep(tensor, reader);
    }
  }
  if (dims.length > 0) tensor.dims = [...tensor.dims, ...dims];
  const buffer = (field: number, before: ArrayBufferView | undefined): ArrayBuffer | undefined => {
    const bytes = elements.get(field);
    if (bytes === undefined) return undefined;
    if (before === undefined) return bytes.finish();
    const all = new ElementBytes();
    all.add(bytesOf(before));
    all.add(new Uint8Array(bytes.finish()));
    return all.finish();
  };
  const floats = buffer(4, tensor.floatData);
  if (floats !== undefined) tensor.floatData = new Float32Array(floats);
  const int32s = buffer(5, tensor.int32Data);
  if (int32s !== undefined) tensor.int32Data = new Int32Array(int32s);
  const int64s = buffer(7, tensor.int64Data);
  if (int64s !== undefined) tensor.int64Data = new BigInt64Array(int64s);
  const doubles = buffer(10, tensor.doubleData);
  if (doubles !== undefined) tensor.doubleData = new Float64Array(doubles);
  const uint64s = buffer(11, tensor.uint64Data);
  if (uint64s !== undefined) tensor.uint64Data = new BigUint64Array(uint64s);
  return tensor;
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function readSparseTensor(reader: WireReader): SparseTensorProto {
  let values: Draft<TensorProto> | undefined;
  let indices: Draft<TensorProto> | undefined;
  const dims: number[] = [];
  const sparse: { unknown?: readonly Uint8Array[] } = {};
  while (reader.next()) {
    if (reader.field === 1) values = readTensor(reader.message(), values);
    else if (reader.field === 2) indices = readTensor(reader.message(), indices);
    else if (reader.field === 3) reader.integers(dims, "dimension");
    else keep(sparse, reader);
  }
  if (values === undefined || indices === undefined) throw malformed("a sparse tensor has no values or no indices");
  return { ...sparse, values, indices, dims };
}

function readValueInfo(reader: WireReader): ValueInfoProto {
  const info: Draft<ValueInfoProto> = { name: "" };
  let type: Draft<TypeProto> | undefined;
  while (reader.next()) {
    if (reader.field === 1) info.name = reader.string();
    else if (reader.field === 2) type = readType(reader.message(), type);
    else keep(info, reader);
  }
  if (type !== undefined) info.type = type;
  return info;
}

function readType(reader: WireReader, into?: Draft<TypeProto>): Draft<TypeProto> {
  const type: Draft<TypeProto> = into ?? {};
  while (reader.next()) {
    if (reader.field === 1) type.tensorType = readTensorType(reader.message(), type.tensorType);
    else keep(type, reader);
  }
  return type;
}

function readTensorType(reader: WireReader, into: TensorTypeProto | undefined): TensorTypeProto {
  const type: Draft<TensorTypeProto> = into === undefined ? { elemType: 0 } : { ...into };
  while (reader.next()) {
    if (reader.field === 1) type.elemType = reader.integer("element type");
    else if (reader.field === 2) type.shape = readShape(reader.message(), type.shape);
    else keep(type, reader);
  }
  return type;
}

function readShape(reader: WireReader, into: TensorShapeProto | undefined): TensorShapeProto {
  const shape: Draft<TensorShapeProto> = into === undefined ? { dims: none } : { ...into };
  while (reader.next()) {
    if (reader.field === 1) shape.dims = add(shape.dims, readDimension(reader.message()));
    else keep(shape, reader);
  }
  return shape;
}

function readDimension(reader: WireReader): DimensionProto {
  const dimension: Draft<DimensionProto> = {};
  while (reader.next()) {
    // A dimension is a size or a name: the last one given holds.
    if (reader.field === 1) {
      dimension.value = reader.integer("dimension");
      dimension.param = undefined;
    } else if (reader.field === 2) {
      dimension.param = reader.string();
      dimension.value = undefined;
    } else keep(dimension, reader);
  }
  return dimension;
}

function readFunction(reader: WireReader): FunctionProto {
  const definition: Draft<FunctionProto> = {
    name: "",
    domain: "",
    inputs: none,
    outputs: none,
    attributes: none,
    attributeProtos: none,
    nodes: none,
    opsetImports: none,
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        definition.name = reader.string();
        break;
      case 4:
        definition.inputs = add(definition.inputs, reader.string());
        break;
      case 5:
        definition.outputs = add(definition.outputs, reader.string());
        break;
      case 6:
        definition.attributes = add(definition.attributes, reader.string());
        break;
      case 7:
        definition.nodes = add(definition.nodes, readNode(reader.message()));
        break;
      case 9:
        definition.opsetImports = add(definition.opsetImports, readOperatorSet(reader.message()));
        break;
      case 10:
        definition.domain = reader.string();
        break;
      case 11:
        definition.attributeProtos = add(definition.attributeProtos, readAttribute(reader.message()));
        break;
      default:
        keep(definition, reader);
    }
  }
  return definition;
}
