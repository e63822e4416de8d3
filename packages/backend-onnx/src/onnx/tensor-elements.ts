import { InvalidArgumentError } from "@attr/core";
import { elementTypeOf } from "./element-type.ts";
import { externalReference, isExternalTensor } from "./external-data.ts";
import type { SparseTensorProto, TensorProto } from "./proto.ts";

/** More elements than any array, or any file that a machine can hold. */
const mostElements = 2 ** 40;

/** A sparse constant is made dense by the runtime. */
const mostDenseElements = 2 ** 28;

/**
 * Holds a constant's dimensions against its elements: dimensions that are sizes, a type that exists, exactly as many elements as they
 * say, in one place.
 *
 * @param sizeOf the size of an external file, undefined where it is not there
 * @throws InvalidArgumentError naming the tensor
 */
export function checkTensor(tensor: TensorProto, sizeOf: (location: string) => number | undefined, place: string): void {
  const subject = tensor.name === "" ? `a constant of ${place}` : `"${tensor.name}"`;
  const wrong = (what: string): InvalidArgumentError =>
    new InvalidArgumentError(`the ONNX file is malformed: ${subject} ${what}`);
  const type = elementTypeOf(tensor.dataType);
  if (type === undefined) throw wrong(`has the element type ${tensor.dataType}, which does not exist`);
  const count = elementCount(tensor.dims);
  if (count === undefined) throw wrong(`has the dimensions [${tensor.dims.join(", ")}]`);
  const bytes = Math.ceil((count * type.bits) / 8);
  if (isExternalTensor(tensor)) {
    if (type.bits === 0) throw wrong("has texts as external data");
    const { location, offset, length } = externalReference(tensor);
    const size = sizeOf(location);
    if (size === undefined) throw wrong(`lies in "${location}", which is not there`);
    if (offset > size) throw wrong(`begins at byte ${offset} of "${location}", which has ${size}`);
    if ((length ?? size - offset) < bytes || (length !== undefined && length !== bytes))
      throw wrong(`[${tensor.dims.join(", ")}] takes ${bytes} bytes, but ${length ?? size - offset} are given in "${location}"`);
    if (offset + bytes > size) throw wrong(`ends at byte ${offset + bytes} of "${location}", which has ${size}`);
    return;
  }
  if (tensor.dataLocation !== undefined && tensor.dataLocation !== 0) throw wrong(`has the data location ${tensor.dataLocation}`);
  if (tensor.rawData !== undefined) {
    if (tensor.rawData.length !== bytes || type.bits === 0)
      throw wrong(`[${tensor.dims.join(", ")}] of ${type.name} takes ${bytes} bytes, but has ${tensor.rawData.length}`);
    return;
  }
  const { wanted, got } = typedElements(tensor, type.name, count, type.bits);
  if (wanted !== got) throw wrong(`[${tensor.dims.join(", ")}] of ${type.name} takes ${wanted} elements, but has ${got}`);
}

/** How many elements dimensions make; undefined where they are negative or make more than can be. */
export function elementCount(dims: readonly number[]): number | undefined {
  let count = 1;
  for (const size of dims) {
    if (size < 0) return undefined;
    count *= size;
    // Held against the product so far as well, so that a zero that follows does not hide an overflow.
    if (count > mostElements || size > mostElements) return undefined;
  }
  return count;
}

/** The entries of the typed list that a type's elements lie in, as many as there should be and as many as there are. */
function typedElements(
  tensor: TensorProto,
  name: string,
  count: number,
  bits: number,
): { readonly wanted: number; readonly got: number } {
  switch (name) {
    case "float32":
      return { wanted: count, got: tensor.floatData?.length ?? 0 };
    case "complex64":
      return { wanted: 2 * count, got: tensor.floatData?.length ?? 0 };
    case "float64":
      return { wanted: count, got: tensor.doubleData?.length ?? 0 };
    case "complex128":
      return { wanted: 2 * count, got: tensor.doubleData?.length ?? 0 };
    case "int64":
      return { wanted: count, got: tensor.int64Data?.length ?? 0 };
    case "uint32":
    case "uint64":
      return { wanted: count, got: tensor.uint64Data?.length ?? 0 };
    case "string":
      return { wanted: count, got: tensor.stringData?.length ?? 0 };
    default:
      // Types below a byte are packed, an entry a byte.
      return { wanted: bits < 8 ? Math.ceil((count * bits) / 8) : count, got: tensor.int32Data?.length ?? 0 };
  }
}

/** @throws InvalidArgumentError where an index of a sparse constant is outside its dimensions. */
export function checkSparseTensor(
  sparse: SparseTensorProto,
  sizeOf: (location: string) => number | undefined,
  place: string,
): void {
  const { values, indices, dims } = sparse;
  checkTensor(values, sizeOf, place);
  checkTensor(indices, sizeOf, place);
  const wrong = (what: string): InvalidArgumentError =>
    new InvalidArgumentError(`the ONNX file is malformed: the sparse tensor "${values.name}" ${what}`);
  const count = elementCount(dims);
  if (count === undefined || count > mostDenseElements) throw wrong(`has the dimensions [${dims.join(", ")}]`);
  if (values.dims.length !== 1) throw wrong(`has values of ${values.dims.length} axes instead of 1`);
  const entries = values.dims[0]!;
  const linear = indices.dims.length === 1;
  if (indices.dims[0] !== entries || !(linear || (indices.dims.length === 2 && indices.dims[1] === dims.length)))
    throw wrong(`has indices [${indices.dims.join(", ")}] for ${entries} values of ${dims.length} axes`);
  const numbers = int64Elements(indices);
  if (numbers === undefined) throw wrong("has indices that are no int64 in the file itself");
  numbers.forEach((index, i) => {
    const bound = linear ? count : dims[i % dims.length]!;
    if (index < 0n || index >= bound) throw wrong(`has the index ${index} at an axis of ${bound}`);
  });
}

/** The elements of an int64 constant that lie in the file itself. */
export function int64Elements(tensor: TensorProto): BigInt64Array | undefined {
  if (elementTypeOf(tensor.dataType)?.name !== "int64" || isExternalTensor(tensor)) return undefined;
  const { rawData } = tensor;
  return rawData === undefined ? (tensor.int64Data ?? new BigInt64Array(0)) : new BigInt64Array(rawData.slice().buffer);
}

/** The elements of a float32 constant that lie in the file itself. */
export function float32Elements(tensor: TensorProto): Float32Array | undefined {
  if (elementTypeOf(tensor.dataType)?.name !== "float32" || isExternalTensor(tensor)) return undefined;
  const { rawData } = tensor;
  return rawData === undefined ? (tensor.floatData ?? new Float32Array(0)) : new Float32Array(rawData.slice().buffer);
}
