import { formatShape, InvalidArgumentError, sizeOf, UnsupportedError } from "@attr/core";
import { isObject, isReserved, type Json, kindOf } from "./json.ts";

/** One weight as a manifest lists it. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: "float32" | "int32" | "bool" | "string" | "complex64";
  readonly group?: string | undefined;
  readonly quantization?: object | undefined;
}

/** Weights that lie in the same files, one after the other. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

/** What a model.json says, held against the format. */
export interface Manifest {
  readonly format: "layers-model" | "graph-model";
  readonly topology: object;
  readonly groups: readonly WeightGroup[];
  /** Fields that are passed on to TensorFlow.js as they are. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/**
 * Reads a model.json.
 *
 * @param file names it in messages.
 * @throws InvalidArgumentError naming the file and the field that is wrong.
 */
export function readManifest(text: string, file: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(`${file} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (!isObject(json)) throw new InvalidArgumentError(`${file} must hold an object, got ${kindOf(json)}`);
  const { modelTopology, weightsManifest = [] } = json;
  if (!isObject(modelTopology))
    throw new InvalidArgumentError(`${file}: modelTopology must be an object, got ${kindOf(modelTopology)}`);
  if (!Array.isArray(weightsManifest))
    throw new InvalidArgumentError(`${file}: weightsManifest must be an array, got ${kindOf(weightsManifest)}`);
  const groups = weightsManifest.map((group: unknown, i) => readGroup(group, `${file}: weightsManifest[${i}]`));
  checkNames(
    groups.flatMap(({ weights }) => weights),
    file,
  );
  const { signature, userDefinedMetadata, modelInitializer, initializerSignature } = json;
  return {
    format: formatOf(json["format"], modelTopology, file),
    topology: modelTopology,
    groups,
    rest: withoutAbsent({ signature, userDefinedMetadata, modelInitializer, initializerSignature }),
  };
}

/** Told by the field, or by the topology in files of old converters, which have none. */
export function formatOf(format: unknown, topology: Json, file: string): Manifest["format"] {
  if (format === "layers-model" || format === "graph-model") return format;
  if (format !== undefined && format !== null)
    throw new InvalidArgumentError(`${file}: format must be "layers-model" or "graph-model", got ${kindOf(format)}`);
  if ("node" in topology) return "graph-model";
  if ("model_config" in topology || "class_name" in topology || "config" in topology) return "layers-model";
  throw new InvalidArgumentError(`${file}: modelTopology is neither that of a layers model nor of a graph model`);
}

function readGroup(group: unknown, what: string): WeightGroup {
  if (!isObject(group)) throw new InvalidArgumentError(`${what} must be an object, got ${kindOf(group)}`);
  const { paths, weights } = group;
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string"))
    throw new InvalidArgumentError(`${what}.paths must be an array of file names, got ${kindOf(paths)}`);
  if (!Array.isArray(weights)) throw new InvalidArgumentError(`${what}.weights must be an array, got ${kindOf(weights)}`);
  return { paths, weights: weights.map((weight: unknown, i) => readSpec(weight, `${what}.weights[${i}]`)) };
}

const dtypes: ReadonlySet<unknown> = new Set(["float32", "int32", "bool", "string", "complex64"]);

/** Holds one entry of a manifest to the format. */
export function readSpec(weight: unknown, what: string): WeightSpec {
  if (!isObject(weight)) throw new InvalidArgumentError(`${what} must be an object, got ${kindOf(weight)}`);
  const { name, shape, dtype, quantization, group } = weight;
  if (typeof name !== "string" || name === "")
    throw new InvalidArgumentError(`${what}.name must be a name, got ${name === "" ? "an empty one" : kindOf(name)}`);
  const subject = `${what} (${JSON.stringify(name)})`;
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new InvalidArgumentError(
      `${subject}.shape must be an array of whole numbers from 0 up, got ${Array.isArray(shape) ? formatShape(shape.map(String)) : kindOf(shape)}`,
    );
  if (!dtypes.has(dtype))
    throw new InvalidArgumentError(`${subject}.dtype must be one of ${[...dtypes].join(", ")}, got ${kindOf(dtype)}`);
  if (quantization !== undefined) checkQuantization(quantization, String(dtype), `${subject}.quantization`);
  return {
    name,
    shape: shape as number[], // looked at above
    dtype: dtype as WeightSpec["dtype"],
    ...(typeof group === "string" && { group }),
    ...(quantization !== undefined && { quantization: quantization as object }),
  };
}

function checkQuantization(quantization: unknown, dtype: string, what: string): void {
  if (!isObject(quantization)) throw new InvalidArgumentError(`${what} must be an object, got ${kindOf(quantization)}`);
  const { dtype: stored, scale, min } = quantization;
  if (stored === "float16") {
    if (dtype !== "float32") throw new InvalidArgumentError(`${what}.dtype is "float16", which holds float32, not ${dtype}`);
    return;
  }
  if (stored !== "uint8" && stored !== "uint16")
    throw new InvalidArgumentError(`${what}.dtype must be "uint8", "uint16" or "float16", got ${kindOf(stored)}`);
  if (dtype !== "float32" && dtype !== "int32")
    throw new InvalidArgumentError(`${what}.dtype is "${stored}", which holds float32 or int32, not ${dtype}`);
  for (const [field, number] of Object.entries({ scale, min }))
    if (typeof number !== "number" || !Number.isFinite(number))
      throw new InvalidArgumentError(`${what}.${field} must be a number, got ${kindOf(number)}`);
}

function checkNames(weights: readonly WeightSpec[], file: string): void {
  const seen = new Set<string>();
  for (const { name } of weights) {
    if (isReserved(name)) throw new UnsupportedError(`${file}: no weight can be called "${name}"`);
    if (seen.has(name)) throw new InvalidArgumentError(`${file}: weightsManifest lists the weight ${JSON.stringify(name)} twice`);
    seen.add(name);
  }
}

const elementBytes = { float32: 4, int32: 4, bool: 1, complex64: 8, string: 0 } as const;
const storedBytes: Readonly<Record<string, number>> = { uint8: 1, uint16: 2, float16: 2 };

/**
 * Holds the bytes of a group against what its weights take.
 *
 * @param where names the files in messages.
 * @throws InvalidArgumentError naming the weight that goes past the end, or how many bytes are left over.
 */
export function checkBytes(weights: readonly WeightSpec[], bytes: Uint8Array, where: string): void {
  let offset = 0;
  for (const spec of weights) {
    const size = sizeOf(spec.shape);
    const stored = spec.quantization as { readonly dtype: string } | undefined; // looked at where it was read
    let end = offset;
    if (spec.dtype === "string" && stored === undefined) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < size && end <= bytes.length; i++)
        end = end + 4 <= bytes.length ? end + 4 + view.getUint32(end, true) : bytes.length + 4;
    } else end += size * (stored === undefined ? elementBytes[spec.dtype] : storedBytes[stored.dtype]!);
    if (!(end <= bytes.length))
      throw new InvalidArgumentError(
        `${where} ends in the middle: weight ${JSON.stringify(spec.name)} ${formatShape(spec.shape)} goes to byte ${end} of ${bytes.length}`,
      );
    offset = end;
  }
  if (offset !== bytes.length)
    throw new InvalidArgumentError(`${where} holds ${bytes.length} bytes, but the weights listed for it take ${offset}`);
}

function withoutAbsent(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}
