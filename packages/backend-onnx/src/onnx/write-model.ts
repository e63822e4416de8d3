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
  TypeProto,
  ValueInfoProto,
} from "./proto.ts";
import { WireWriter } from "./wire-writer.ts";

/**
 * Writes an ONNX file: `readModel(writeModel(model))` is the same model. Numbers are written in their shortest form, repeated numbers
 * packed, unknown fields as they were read, after the known ones.
 *
 * @throws UnsupportedError where the file would be larger than protobuf allows (2 GiB): keep weights as external data.
 */
export function writeModel(model: ModelProto): Uint8Array {
  const writer = new WireWriter();
  writer.integer(1, model.irVersion);
  if (model.producerName !== undefined) writer.string(2, model.producerName);
  if (model.producerVersion !== undefined) writer.string(3, model.producerVersion);
  writer.message(7, (w) => writeGraph(w, model.graph));
  for (const set of model.opsetImports) writer.message(8, (w) => writeOperatorSet(w, set));
  for (const entry of model.metadataProps) writer.message(14, (w) => writeEntry(w, entry));
  for (const definition of model.functions) writer.message(25, (w) => writeFunction(w, definition));
  writeUnknown(writer, model);
  return writer.finish();
}

function writeUnknown(writer: WireWriter, message: { readonly unknown?: readonly Uint8Array[] | undefined }): void {
  if (message.unknown !== undefined) for (const piece of message.unknown) writer.raw(piece);
}

function writeOperatorSet(writer: WireWriter, set: OperatorSetId): void {
  writer.string(1, set.domain);
  writer.integer(2, set.version);
  writeUnknown(writer, set);
}

function writeEntry(writer: WireWriter, entry: StringStringEntry): void {
  writer.string(1, entry.key);
  writer.string(2, entry.value);
  writeUnknown(writer, entry);
}

function writeGraph(writer: WireWriter, graph: GraphProto): void {
  for (const node of graph.nodes) writer.message(1, (w) => writeNode(w, node));
  writer.string(2, graph.name);
  for (const tensor of graph.initializers) writer.message(5, (w) => writeTensor(w, tensor));
  for (const value of graph.inputs) writer.message(11, (w) => writeValueInfo(w, value));
  for (const value of graph.outputs) writer.message(12, (w) => writeValueInfo(w, value));
  for (const value of graph.valueInfos) writer.message(13, (w) => writeValueInfo(w, value));
  for (const sparse of graph.sparseInitializers) writer.message(15, (w) => writeSparseTensor(w, sparse));
  writeUnknown(writer, graph);
}

function writeNode(writer: WireWriter, node: NodeProto): void {
  for (const name of node.inputs) writer.string(1, name);
  for (const name of node.outputs) writer.string(2, name);
  if (node.name !== "") writer.string(3, node.name);
  writer.string(4, node.opType);
  for (const attribute of node.attributes) writer.message(5, (w) => writeAttribute(w, attribute));
  if (node.domain !== "") writer.string(7, node.domain);
  writeUnknown(writer, node);
}

function writeAttribute(writer: WireWriter, attribute: AttributeProto): void {
  const { f, i, s, t, g, floats, ints, sparseTensor } = attribute;
  writer.string(1, attribute.name);
  if (f !== undefined) writer.float(2, f);
  if (i !== undefined) writer.integer(3, i);
  if (s !== undefined) writer.bytes(4, s);
  if (t !== undefined) writer.message(5, (w) => writeTensor(w, t));
  if (g !== undefined) writer.message(6, (w) => writeGraph(w, g));
  if (floats !== undefined) writer.bytes(7, bytesOf(floats));
  if (ints !== undefined) writer.packed(8, ints);
  for (const text of attribute.strings ?? []) writer.bytes(9, text);
  for (const tensor of attribute.tensors ?? []) writer.message(10, (w) => writeTensor(w, tensor));
  for (const graph of attribute.graphs ?? []) writer.message(11, (w) => writeGraph(w, graph));
  if (attribute.type !== 0) writer.integer(20, attribute.type);
  if (attribute.refAttrName !== undefined) writer.string(21, attribute.refAttrName);
  if (sparseTensor !== undefined) writer.message(22, (w) => writeSparseTensor(w, sparseTensor));
  writeUnknown(writer, attribute);
}

function writeTensor(writer: WireWriter, tensor: TensorProto): void {
  if (tensor.dims.length > 0) writer.packed(1, tensor.dims);
  writer.integer(2, tensor.dataType);
  if (tensor.floatData !== undefined) writer.bytes(4, bytesOf(tensor.floatData));
  if (tensor.int32Data !== undefined) writer.packed(5, tensor.int32Data);
  for (const text of tensor.stringData ?? []) writer.bytes(6, text);
  if (tensor.int64Data !== undefined) writer.packed(7, tensor.int64Data);
  if (tensor.name !== "") writer.string(8, tensor.name);
  if (tensor.rawData !== undefined) writer.bytes(9, tensor.rawData);
  if (tensor.doubleData !== undefined) writer.bytes(10, bytesOf(tensor.doubleData));
  if (tensor.uint64Data !== undefined) writer.packed(11, tensor.uint64Data);
  for (const entry of tensor.externalData ?? []) writer.message(13, (w) => writeEntry(w, entry));
  if (tensor.dataLocation !== undefined) writer.integer(14, tensor.dataLocation);
  writeUnknown(writer, tensor);
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function writeSparseTensor(writer: WireWriter, sparse: SparseTensorProto): void {
  writer.message(1, (w) => writeTensor(w, sparse.values));
  writer.message(2, (w) => writeTensor(w, sparse.indices));
  if (sparse.dims.length > 0) writer.packed(3, sparse.dims);
  writeUnknown(writer, sparse);
}

function writeValueInfo(writer: WireWriter, value: ValueInfoProto): void {
  const { type } = value;
  writer.string(1, value.name);
  if (type !== undefined) writer.message(2, (w) => writeType(w, type));
  writeUnknown(writer, value);
}

function writeType(writer: WireWriter, type: TypeProto): void {
  const { tensorType } = type;
  if (tensorType !== undefined)
    writer.message(1, (w) => {
      const { shape } = tensorType;
      if (tensorType.elemType !== 0) w.integer(1, tensorType.elemType);
      if (shape !== undefined)
        w.message(2, (inner) => {
          for (const dimension of shape.dims) inner.message(1, (innermost) => writeDimension(innermost, dimension));
          writeUnknown(inner, shape);
        });
      writeUnknown(w, tensorType);
    });
  writeUnknown(writer, type);
}

function writeDimension(writer: WireWriter, dimension: DimensionProto): void {
  if (dimension.value !== undefined) writer.integer(1, dimension.value);
  if (dimension.param !== undefined) writer.string(2, dimension.param);
  writeUnknown(writer, dimension);
}

function writeFunction(writer: WireWriter, definition: FunctionProto): void {
  writer.string(1, definition.name);
  for (const name of definition.inputs) writer.string(4, name);
  for (const name of definition.outputs) writer.string(5, name);
  for (const name of definition.attributes) writer.string(6, name);
  for (const node of definition.nodes) writer.message(7, (w) => writeNode(w, node));
  for (const set of definition.opsetImports) writer.message(9, (w) => writeOperatorSet(w, set));
  if (definition.domain !== "") writer.string(10, definition.domain);
  for (const attribute of definition.attributeProtos) writer.message(11, (w) => writeAttribute(w, attribute));
  writeUnknown(writer, definition);
}
