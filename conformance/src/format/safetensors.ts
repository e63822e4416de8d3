import { type DataOf, type DType, type HostTensor, hostBackend, InvalidArgumentError } from "@attr/core";
import { parseJson, readInteger, readList, readObject, readString, wrong } from "./read-json.ts";

/** Tensors of a file, by name. */
export type NamedHostTensors = ReadonlyMap<string, HostTensor>;

const dtypes = {
  F32: "float32",
  F64: "float64",
  I32: "int32",
  I64: "int64",
  U8: "uint8",
  BOOL: "bool",
} as const satisfies Record<string, DType>;
const arrays: { readonly [T in DType]: new (buffer: ArrayBuffer) => DataOf[T] } = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** The longest header the format allows, in bytes. */
const headerLimit = 100_000_000;

/**
 * Reads a safetensors file: eight bytes of header length, a JSON header that says where each tensor lies, then the elements,
 * little-endian and row-major.
 */
export function readSafetensors(bytes: Uint8Array, where: string): NamedHostTensors {
  if (bytes.length < 8) throw new InvalidArgumentError(`${where} is cut off: ${bytes.length} bytes hold no header length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(Math.min(headerLimit, bytes.length - 8)))
    throw new InvalidArgumentError(`${where} says its header takes ${length} bytes, got a file of ${bytes.length}`);
  const start = 8 + Number(length);
  const header = readObject(parseJson(new TextDecoder().decode(bytes.subarray(8, start)), `the header of ${where}`), where);
  const elements = bytes.subarray(start);
  const tensors = new Map<string, HostTensor>();
  for (const [name, entry] of Object.entries(header))
    if (name !== "__metadata__") tensors.set(name, readTensor(entry, elements, `tensor "${name}" of ${where}`));
  return tensors;
}

function readTensor(value: unknown, elements: Uint8Array, where: string): HostTensor {
  const entry = readObject(value, where);
  const spelled = readString(entry["dtype"], `the dtype of ${where}`);
  if (!Object.hasOwn(dtypes, spelled)) throw wrong(`the dtype of ${where}`, `one of ${Object.keys(dtypes).join(", ")}`, spelled);
  const dtype = dtypes[spelled as keyof typeof dtypes]; // hasOwn has looked
  const shape = readList(entry["shape"], `the shape of ${where}`, readInteger);
  const [begin, end, ...more] = readList(entry["data_offsets"], `the data_offsets of ${where}`, readInteger);
  const size = shape.reduce((product, length) => product * length, 1);
  const bytes = size * arrays[dtype].prototype.BYTES_PER_ELEMENT;
  if (shape.some((length) => length < 0) || begin === undefined || end === undefined || more.length > 0 || end - begin !== bytes)
    throw new InvalidArgumentError(
      `${where} of shape [${shape}] takes ${bytes} bytes, got data_offsets [${entry["data_offsets"]}]`,
    );
  if (begin < 0 || end > elements.length)
    throw new InvalidArgumentError(`${where} lies at bytes ${begin} to ${end}, outside the ${elements.length} that are there`);
  // A copy of its own: aligned, and of the size of the tensor. A Buffer's own slice would be a view of the file.
  const copy = new Uint8Array(bytes);
  copy.set(elements.subarray(begin, end));
  return hostBackend.fromData(new arrays[dtype](copy.buffer), shape, dtype);
}
