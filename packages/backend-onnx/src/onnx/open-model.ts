import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import { externalLocations } from "./external-data.ts";
import { openLargeFile, smallBytes } from "./large-file.ts";
import type { ModelProto } from "./proto.ts";
import { readModel } from "./read-model.ts";

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
}

/** Weights of files from this size on stay where they are, in the file or in its bytes, and are not copied into what the runtime gets. */
const largeFrom = 64 * 1024 * 1024;

/**
 * Opens an ONNX file. Where `readsFiles` (the runtime can read weights from files by itself), weights of a large file and external ones
 * stay on disk, so that files of any size can be opened.
 *
 * @throws InvalidArgumentError where there is no such file, or it is no ONNX file.
 */
export async function openModel(
  source: OnnxFile | OnnxFiles,
  readsFiles: boolean,
  large: number = largeFrom,
): Promise<OpenModel> {
  const files = isFiles(source) ? source : { model: source };
  const file = files.model;
  if (typeof file === "string" || file instanceof URL) {
    const path = localPath(file);
    return path === undefined ? openAddress(file, files.externalData) : openPath(path, files.externalData, readsFiles, large);
  }
  const bytes = bytesOf(file);
  const external = given(files.externalData);
  const whole = readModel(bytes);
  checkAllGiven(whole, external, "the ONNX model");
  const model = bytes.length < large ? whole : withWeightsOutside(whole, bytes, external);
  return { model, name: "the ONNX model", external, sizeOf: (location) => external.get(location)?.length };
}

function isFiles(source: OnnxFile | OnnxFiles): source is OnnxFiles {
  return typeof source === "object" && "model" in source;
}

function bytesOf(file: Uint8Array | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(file) ? new Uint8Array(file.buffer, file.byteOffset, file.byteLength) : new Uint8Array(file);
}

function given(externalData: OnnxFiles["externalData"]): Map<string, Uint8Array> {
  const files = Object.entries(externalData ?? {}).map(([name, file]): [string, Uint8Array] => [
    name.replace(/^\.\//, ""),
    bytesOf(file),
  ]);
  return new Map(files);
}

function checkAllGiven(model: ModelProto, external: ReadonlyMap<string, Uint8Array>, name: string): void {
  const missing = externalLocations(model).filter((location) => !external.has(location));
  if (missing.length > 0)
    throw new InvalidArgumentError(
      `${name} keeps weights in other files, which were not given: pass { model, externalData: { "${missing[0]}": bytes } }${missing.length > 1 ? ` (${missing.length} files in all)` : ""}`,
    );
}

/**
 * The same model with its weights as external data in the file's own bytes: the runtime gets those as they are, so that no edit of the
 * graph copies them.
 */
function withWeightsOutside(model: ModelProto, bytes: Uint8Array, external: Map<string, Uint8Array>): ModelProto {
  let location = "weights";
  while (external.has(location)) location += "_";
  external.set(location, bytes);
  const initializers = model.graph.initializers.map((tensor) => {
    const { rawData } = tensor;
    if (rawData === undefined || rawData.length <= smallBytes) return tensor;
    const entries = { location, offset: String(rawData.byteOffset - bytes.byteOffset), length: String(rawData.length) };
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
    return { ...tensor, rawData: undefined, externalData, dataLocation: 1 };
  });
  return { ...model, graph: { ...model.graph, initializers } };
}

/** The path a string or file URL stands for in Node; undefined for an address to be fetched. */
function localPath(file: string | URL): string | undefined {
  const text = String(file);
  if (/^(https?|data|blob):/i.test(text)) return undefined;
  const { url } = node() ?? {};
  if (url === undefined) return undefined;
  return /^file:/i.test(text) ? url.fileURLToPath(text) : text;
}

interface NodeModules {
  readonly fs: typeof import("node:fs");
  readonly path: typeof import("node:path");
  readonly url: typeof import("node:url");
}

/** Node's own modules where this is Node: looked up at run time, so that bundlers for browsers do not stumble over them. */
function node(): NodeModules | undefined {
  if (typeof process === "undefined" || typeof process.getBuiltinModule !== "function") return undefined;
  return {
    fs: process.getBuiltinModule("node:fs"),
    path: process.getBuiltinModule("node:path"),
    url: process.getBuiltinModule("node:url"),
  };
}

async function openAddress(address: string | URL, externalData: OnnxFiles["externalData"]): Promise<OpenModel> {
  const name = `"${shortName(String(address))}"`;
  const model = readModel(await fetched(String(address)));
  const external = given(externalData);
  for (const location of externalLocations(model))
    if (!external.has(location)) external.set(location, await fetched(new URL(location, new URL(address, baseAddress())).href));
  return { model, name, external, sizeOf: (location) => external.get(location)?.length };
}

function baseAddress(): string | undefined {
  return typeof location === "object" ? location.href : undefined;
}

function shortName(address: string): string {
  return address.startsWith("data:") ? "data:…" : (address.split(/[?#]/)[0]!.split(/[/\\]/).pop() ?? address);
}

async function fetched(address: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch (cause) {
    throw new InvalidArgumentError(`${address} could not be fetched: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  if (!response.ok) throw new InvalidArgumentError(`${address} could not be fetched: the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function openPath(path: string, externalData: OnnxFiles["externalData"], readsFiles: boolean, large: number): OpenModel {
  const modules = node();
  if (modules === undefined) throw new UnsupportedError(`the path "${path}" can only be read in Node: pass the file's bytes`);
  const { fs } = modules;
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new InvalidArgumentError(`there is no file "${path}"`);
  if (stat.isDirectory())
    throw new InvalidArgumentError(
      `"${path}" is a folder, not an ONNX file: pass the file in it, or load a language model's folder with OnnxCausalLm.load`,
    );
  const name = `"${modules.path.basename(path)}"`;
  // External data is confined to this folder, links followed.
  const folder = modules.path.dirname(fs.realpathSync(path));
  const isLarge = readsFiles && stat.size >= large;
  const model = isLarge
    ? openLargeFile(fs, path, modules.path.basename(fs.realpathSync(path)))
    : readModel(readWhole(fs, path, stat.size));
  const external = given(externalData);
  const sizes = new Map<string, number>();
  for (const location of externalLocations(model)) {
    const held = external.get(location);
    if (held !== undefined) sizes.set(location, held.length);
    else {
      const file = confined(modules, folder, location, name);
      const { size } = fs.statSync(file);
      sizes.set(location, size);
      if (!readsFiles) external.set(location, readWhole(fs, file, size));
    }
  }
  return { model, name, external, folder: readsFiles ? folder : undefined, sizeOf: (location) => sizes.get(location) };
}

function confined(modules: NodeModules, folder: string, location: string, name: string): string {
  const file = modules.path.join(folder, location);
  if (!modules.fs.existsSync(file))
    throw new InvalidArgumentError(`${name} keeps weights in "${location}", and there is no such file beside it`);
  const real = modules.fs.realpathSync(file);
  if (
    !real.startsWith(folder.endsWith(modules.path.sep) ? folder : folder + modules.path.sep) ||
    !modules.fs.statSync(real).isFile()
  )
    throw new InvalidArgumentError(`${name} keeps weights in "${location}", which is no file in the model's folder`);
  return real;
}

/** readFileSync refuses files of 2 GiB and more. */
function readWhole(fs: NodeModules["fs"], path: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const descriptor = fs.openSync(path, "r");
  try {
    let position = 0;
    while (position < size) {
      const count = fs.readSync(descriptor, bytes, position, Math.min(size - position, 1 << 30), position);
      if (count === 0) throw new InvalidArgumentError(`"${path}" ended after ${position} of ${size} bytes`);
      position += count;
    }
  } finally {
    fs.closeSync(descriptor);
  }
  return bytes;
}
