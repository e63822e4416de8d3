import { InvalidArgumentError, RemoteError, UnsupportedError } from "./errors.ts";

/** The part of the platform's `URL` that is looked at. Core has no Node or DOM types, so it is written down here. */
export interface UrlLike {
  readonly href: string;
}

/**
 * Where the files of a model are: a directory (a path or a `file:` URL, in Node), the address of one (`http:` or `https:`), or the
 * bytes themselves by name.
 */
export type FileSource = string | UrlLike | Readonly<Record<string, Uint8Array>>;

/** The files of a model, by names relative to where they are: "config.json", "onnx/model.onnx". */
export interface ModelFiles {
  /** Where they are, for messages. */
  readonly description: string;
  /** The bytes of a file; undefined where there is none of that name. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** A file as text (UTF-8; a byte order mark is dropped); undefined where there is none of that name. */
  readText(name: string): Promise<string | undefined>;
  /** Where a file lies on disk, for runtimes that open files themselves; absent where the files are not on disk, undefined for a missing file. */
  path?(name: string): string | undefined;
}

/**
 * Opens the files of a model.
 *
 * @throws InvalidArgumentError where there is no such directory, and for names that would lead out of it; UnsupportedError for a
 * directory where the platform has no file system; RemoteError where a server does not answer.
 */
export function openFiles(source: FileSource): ModelFiles {
  const address = typeof source === "string" ? source : isUrl(source) ? source.href : undefined;
  if (address !== undefined) {
    if (/^https?:\/\//i.test(address)) return remoteFiles(address);
    const isFileUrl = /^file:/i.test(address);
    if (!isFileUrl && /^[a-z][a-z0-9+.-]+:\/\//i.test(address))
      throw new InvalidArgumentError(`source ${JSON.stringify(address)} is neither a directory nor an http(s) or file URL`);
    return localFiles(address, isFileUrl);
  }
  if (isBytesByName(source)) return givenFiles(source);
  throw new InvalidArgumentError("source must be a directory, a URL, or an object of bytes by file name");
}

function isBytesByName(source: unknown): source is Readonly<Record<string, Uint8Array>> {
  return typeof source === "object" && source !== null && !Array.isArray(source) && !ArrayBuffer.isView(source);
}

function isUrl(source: unknown): source is UrlLike {
  return typeof source === "object" && source !== null && "href" in source && typeof source.href === "string";
}

/** A name must stay below where the files are: it may come from inside a model file. */
function checkName(name: string): void {
  const parts = typeof name === "string" ? name.split("/") : [""];
  const bad = /[\\\0]/.test(name) || /^[a-z]:/i.test(name) || parts.some((part) => part === "" || part === "." || part === "..");
  if (bad)
    throw new InvalidArgumentError(
      `file name ${JSON.stringify(name)} is refused: names are relative, with forward slashes, and never lead out of the directory`,
    );
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  // Every platform we run on has it; core's types do not.
  const { TextDecoder } = globalThis as unknown as {
    TextDecoder: new (encoding: string) => { decode(bytes: Uint8Array): string };
  };
  return new TextDecoder("utf-8").decode(bytes);
}

function givenFiles(files: Readonly<Record<string, Uint8Array>>): ModelFiles {
  const read = async (name: string): Promise<Uint8Array | undefined> => {
    checkName(name);
    if (!Object.hasOwn(files, name)) return undefined;
    const bytes: unknown = files[name];
    if (bytes instanceof Uint8Array) return bytes;
    if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
    throw new InvalidArgumentError(`file "${name}" must be given as a Uint8Array, got ${typeof bytes}`);
  };
  const names = Object.keys(files);
  const shown = names.slice(0, 4).join(", ") + (names.length > 4 ? ", …" : "");
  return { description: `the given files (${shown})`, read, readText: async (name) => textOf(await read(name)) };
}

/** The part of `fetch` that is used. */
type Fetch = (url: string) => Promise<{
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}>;

function remoteFiles(address: string): ModelFiles {
  // A query goes with every file: addresses signed that way work for all of them.
  const [path = "", query] = address.replace(/#.*$/s, "").split(/\?(.*)/s);
  const directory = path.endsWith("/") ? path : `${path}/`;
  const read = async (name: string): Promise<Uint8Array | undefined> => {
    checkName(name);
    const { fetch } = globalThis as { readonly fetch?: Fetch };
    if (fetch === undefined) throw new UnsupportedError("this platform has no fetch: give the files' bytes by name");
    const url = directory + name.split("/").map(encodeURIComponent).join("/") + (query === undefined ? "" : `?${query}`);
    let response: Awaited<ReturnType<Fetch>>;
    try {
      response = await fetch(url);
      if (response.status === 404 || response.status === 410) return undefined;
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
    } catch (cause) {
      throw new RemoteError(
        `${directory}${name} could not be fetched: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    }
    throw new RemoteError(
      `${directory}${name} could not be fetched: the server answered ${response.status} ${response.statusText}`.trimEnd(),
    );
  };
  return { description: directory, read, readText: async (name) => textOf(await read(name)) };
}

interface FileHandle {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
}

/** The parts of Node that are used, where it is there. */
interface NodeModules {
  readonly fs: {
    statSync(path: string, options: { throwIfNoEntry: false }): { isDirectory(): boolean; isFile(): boolean } | undefined;
    readonly promises: { open(path: string, flags: "r"): Promise<FileHandle> };
  };
  readonly path: { join(...parts: string[]): string; resolve(path: string): string };
  readonly url: { fileURLToPath(url: string): string };
}

function nodeModules(): NodeModules | undefined {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
  const load = (name: string): unknown => process?.getBuiltinModule?.(name);
  const [fs, path, url] = [load("node:fs"), load("node:path"), load("node:url")];
  // What Node calls by these names has these members.
  return fs === undefined || path === undefined || url === undefined ? undefined : ({ fs, path, url } as NodeModules);
}

/** Reads go in pieces of this size: one read of Node takes at most 2 GiB. */
const pieceSize = 2 ** 30;

function localFiles(address: string, isUrl: boolean): ModelFiles {
  const node = nodeModules();
  if (node === undefined)
    throw new UnsupportedError(
      `the directory ${JSON.stringify(address)} cannot be read here: this platform has no file system; give an http(s) URL or the files' bytes by name`,
    );
  const { fs, path } = node;
  const directory = isUrl ? node.url.fileURLToPath(address) : path.resolve(address);
  let stats: ReturnType<typeof fs.statSync>;
  try {
    stats = fs.statSync(directory, { throwIfNoEntry: false });
  } catch (cause) {
    throw new InvalidArgumentError(`the directory ${JSON.stringify(address)} cannot be read: ${messageOf(cause)}`, { cause });
  }
  if (stats === undefined)
    throw new InvalidArgumentError(
      `there is no directory ${JSON.stringify(address)}${directory === address ? "" : ` (${directory})`}`,
    );
  if (!stats.isDirectory()) throw new InvalidArgumentError(`${JSON.stringify(address)} is a file: give the directory it is in`);

  const pathOf = (name: string): string | undefined => {
    checkName(name);
    const file = path.join(directory, name);
    try {
      return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true ? file : undefined;
    } catch (cause) {
      // A name below a file, "config.json/x", is no file either.
      if (codeOf(cause) === "ENOTDIR" || codeOf(cause) === "ENAMETOOLONG") return undefined;
      throw new InvalidArgumentError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
    }
  };
  const read = async (name: string): Promise<Uint8Array | undefined> => {
    const file = pathOf(name);
    if (file === undefined) return undefined;
    try {
      return await readWhole(await fs.promises.open(file, "r"));
    } catch (cause) {
      throw new InvalidArgumentError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
    }
  };
  return { description: directory, read, readText: async (name) => textOf(await read(name)), path: pathOf };
}

async function readWhole(file: FileHandle): Promise<Uint8Array> {
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(bytes, filled, Math.min(pieceSize, size - filled), filled);
      // Shorter than it said: it was cut while we read.
      if (bytesRead === 0) return bytes.slice(0, filled);
      filled += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
