import { smallBytes } from "./large-file.ts";
import type { ModelProto } from "./proto.ts";

/** An ONNX file: a path (in Node), an address, or its bytes. */
export type OnnxFile = string | URL | Uint8Array | ArrayBuffer;

/** An ONNX file together with the files that hold its weights, by the name the model knows them under. */
export interface OnnxFiles {
  readonly model: OnnxFile;
  readonly externalData?: Readonly<Record<string, Uint8Array | ArrayBuffer>> | undefined;
}

/** A model and where the elements are that it does not hold itself. */
export interface OpenModel {
  readonly model: ModelProto;
  /** What sentences call it: `"resnet18.onnx"`, `the ONNX model`. */
  readonly name: string;
  /** Files by location, in memory. */
  readonly external: ReadonlyMap<string, Uint8Array>;
  /** Folder from which the runtime reads external files by itself. */
  readonly folder?: string | undefined;
  /** Size of an external file, where it exists. */
  sizeOf(location: string): number | undefined;
  /** The file's own weights where they are left in it: external data to the runtime, though the file says nothing of it. */
  readonly inPlace?: WeightsInPlace | undefined;
  /** @throws AttributionError where a file on disk that weights are still to be read from is another than when it was opened. */
  checkUnchanged(): void;
}

/** Weights that lie in the file itself and that the runtime gets as external data. */
export interface WeightsInPlace {
  /** The name that stands for the file in the external data. */
  readonly location: string;
  read(offset: number, length: number): Uint8Array;
}

/** A model all of whose files are in memory. */
export function inMemory(
  whole: ModelProto,
  bytes: Uint8Array,
  external: Map<string, Uint8Array>,
  name: string,
  large: number,
): OpenModel {
  const sizeOf = (location: string): number | undefined => external.get(location)?.length;
  const checkUnchanged = (): void => undefined;
  if (bytes.length < large) return { model: whole, name, external, sizeOf, checkUnchanged };
  let location = "weights";
  while (external.has(location)) location += "_";
  external.set(location, bytes);
  const inPlace = { location, read: (offset: number, length: number) => bytes.subarray(offset, offset + length) };
  return { model: withWeightsOutside(whole, bytes, location), name, external, sizeOf, inPlace, checkUnchanged };
}

/**
 * The same model with its weights as external data in the file's own bytes: the runtime gets those as they are, so that no edit of the
 * graph copies them.
 */
function withWeightsOutside(model: ModelProto, bytes: Uint8Array, location: string): ModelProto {
  const initializers = model.graph.initializers.map((tensor) => {
    const { rawData } = tensor;
    if (rawData === undefined || rawData.length <= smallBytes) return tensor;
    const entries = { location, offset: String(rawData.byteOffset - bytes.byteOffset), length: String(rawData.length) };
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    return { ...tensor, rawData: undefined, externalData, dataLocation: 1 };
  });
  return { ...model, graph: { ...model.graph, initializers } };
}

export function bytesOf(file: Uint8Array | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(file) ? new Uint8Array(file.buffer, file.byteOffset, file.byteLength) : new Uint8Array(file);
}

/** Files that were handed over, by the location that a model knows them under. */
export function givenFiles(externalData: OnnxFiles["externalData"]): Map<string, Uint8Array> {
  const files = Object.entries(externalData ?? {}).map(([name, file]): [string, Uint8Array] => [
    name.replace(/^\.\//, ""),
    bytesOf(file),
  ]);
  return new Map(files);
}
