import { AttributionError, InvalidArgumentError, UnsupportedError } from "@attr/core";
import { externalLocations } from "./external-data.ts";
import { openLargeFile } from "./large-file.ts";
import { givenFiles, inMemory, type OnnxFiles, type OpenModel } from "./opened-model.ts";
import type { ModelProto } from "./proto.ts";
import { readModel } from "./read-model.ts";

/** The path a string or file URL stands for in Node; undefined for an address to be fetched. */
export function localPath(file: string | URL): string | undefined {
  const text = String(file);
  if (/^(https?|data|blob):/i.test(text)) return undefined;
  const { url } = node() ?? {};
  if (url === undefined) return undefined;
  return /^file:/i.test(text) ? url.fileURLToPath(text) : text;
}

/**
 * Opens a file on disk. Where the runtime can read weights from files by itself (`readsFiles`), those of a large file and those in other
 * files are not read.
 */
export function openPath(path: string, externalData: OnnxFiles["externalData"], readsFiles: boolean, large: number): OpenModel {
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
  const external = givenFiles(externalData);
  const watched: FileState[] = [];
  const sizes = new Map<string, number>();
  const findExternal = (model: ModelProto): void => {
    for (const location of externalLocations(model)) {
      const held = external.get(location);
      if (held !== undefined) sizes.set(location, held.length);
      else {
        const file = confined(modules, folder, location, name);
        const state = stateOf(fs, file);
        sizes.set(location, state.size);
        if (readsFiles) watched.push(state);
        else external.set(location, readWhole(fs, file, state.size));
      }
    }
  };
  if (!readsFiles) {
    const bytes = readWhole(fs, path, stat.size);
    const model = readModel(bytes);
    findExternal(model);
    return inMemory(model, bytes, external, name, large);
  }
  const own = modules.path.basename(fs.realpathSync(path));
  const isLarge = stat.size >= large && !external.has(own);
  const model = isLarge ? openLargeFile(fs, path, own) : readModel(readWhole(fs, path, stat.size));
  findExternal(model);
  const real = modules.path.join(folder, own);
  return {
    model,
    name,
    external,
    folder,
    sizeOf: (location) => sizes.get(location),
    inPlace: isLarge ? { location: own, read: (offset, length) => readPart(fs, real, offset, length) } : undefined,
    checkUnchanged() {
      for (const state of watched) checkState(fs, state, name);
    },
  };
}

/** A file as it was when the model was opened. */
interface FileState {
  readonly path: string;
  readonly size: number;
  readonly changed: number;
}

function stateOf(fs: NodeModules["fs"], path: string): FileState {
  const { size, mtimeMs } = fs.statSync(path);
  return { path, size, changed: mtimeMs };
}

function checkState(fs: NodeModules["fs"], state: FileState, name: string): void {
  const now = fs.statSync(state.path, { throwIfNoEntry: false });
  if (now !== undefined && now.size === state.size && now.mtimeMs === state.changed) return;
  throw new AttributionError(
    `the weights of ${name} cannot be read any more: "${state.path}" was ${now === undefined ? "removed" : "changed"} since the model was loaded; load it again`,
  );
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

function readWhole(fs: NodeModules["fs"], path: string, size: number): Uint8Array {
  return readPart(fs, path, 0, size);
}

/** readFileSync refuses files of 2 GiB and more. */
function readPart(fs: NodeModules["fs"], path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const descriptor = fs.openSync(path, "r");
  try {
    let position = 0;
    while (position < length) {
      const count = fs.readSync(descriptor, bytes, position, Math.min(length - position, 1 << 30), offset + position);
      if (count === 0) throw new InvalidArgumentError(`"${path}" ended after ${offset + position} of ${offset + length} bytes`);
      position += count;
    }
  } finally {
    fs.closeSync(descriptor);
  }
  return bytes;
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
