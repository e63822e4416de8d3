import { type FileSource, InvalidArgumentError, openFiles, UnsupportedError } from "@attr/core";
import type { TensorFlow } from "../runtime/tensor-flow.ts";
import { checkBytes, formatOf, type Manifest, readManifest, readSpec, type WeightSpec } from "./manifest.ts";

/**
 * Where a model is: its model.json or the folder of it, as a path (in Node), an `http:`, `https:` or `file:` URL; its files by name; or
 * the name it was saved under in the browser, `indexeddb://name` or `localstorage://name`.
 */
export type TfjsSource = FileSource;

/** A model as it was written down, held against its format. */
export interface Artifacts {
  readonly format: Manifest["format"];
  readonly topology: object;
  readonly weights: readonly WeightSpec[];
  readonly data: Uint8Array;
  readonly rest: Manifest["rest"];
  /** How messages call it: the path of its model.json. */
  readonly description: string;
}

/**
 * Reads a model's files.
 *
 * @throws InvalidArgumentError naming the file, and the field or weight, that is missing or wrong; UnsupportedError for a source that
 * this platform cannot read; RemoteError where a server does not answer.
 */
export async function readArtifacts(tf: TensorFlow, source: TfjsSource): Promise<Artifacts> {
  const address = addressOf(source);
  if (address !== undefined && /^(indexeddb|localstorage):\/\//i.test(address)) return await readSaved(tf, address);
  const { folder, name } = address === undefined ? { folder: source, name: "model.json" } : splitAddress(address);
  const files = openFiles(folder);
  const text = await files.readText(name);
  if (text === undefined) throw new InvalidArgumentError(`there is no ${name} in ${files.description}`);
  const { format, topology, groups, rest } = readManifest(text, name);
  const parts: Uint8Array[] = [];
  for (const { paths, weights } of groups) {
    const shards: Uint8Array[] = [];
    for (const path of paths) {
      const shard = await files.read(path).catch((error: unknown) => {
        if (!(error instanceof InvalidArgumentError)) throw error;
        throw new InvalidArgumentError(`${name} lists a file that cannot be read: ${error.message}`, { cause: error });
      });
      if (shard === undefined)
        throw new InvalidArgumentError(`the file ${JSON.stringify(path)} that ${name} lists is missing in ${files.description}`);
      shards.push(shard);
    }
    const bytes = joined(shards);
    checkBytes(weights, bytes, paths.length === 0 ? `a group of weights in ${name} without files` : paths.join(", "));
    parts.push(bytes);
  }
  return {
    ...{ format, topology, rest },
    weights: groups.flatMap(({ weights }) => weights),
    data: joined(parts),
    description: address ?? `${name} of ${files.description}`,
  };
}

function addressOf(source: TfjsSource): string | undefined {
  if (typeof source === "string") {
    if (source === "") throw new InvalidArgumentError("source is empty: give the path of a model.json");
    return source;
  }
  if (typeof source === "object" && source !== null && "href" in source && typeof source.href === "string") return source.href;
  return undefined;
}

/** The folder of a model.json, and its name there; the address of a folder stands for the model.json in it. */
function splitAddress(address: string): { readonly folder: string; readonly name: string } {
  const [path = "", query] = address.split(/(?=[?#])(.*)/s);
  const isAddress = /^[a-z][a-z0-9+.-]+:\/\//i.test(address);
  const [whole, tail] = isAddress ? [path, query ?? ""] : [address, ""];
  if (!/\.json$/i.test(whole)) return { folder: address, name: "model.json" };
  const at = Math.max(whole.lastIndexOf("/"), isAddress ? -1 : whole.lastIndexOf("\\"));
  const name = whole.slice(at + 1);
  const folder = at < 0 ? "." : at === 0 ? "/" : whole.slice(0, at);
  return { folder: isAddress ? `${folder}/${tail}` : folder, name: isAddress ? decodeURIComponent(name) : name };
}

async function readSaved(tf: TensorFlow, address: string): Promise<Artifacts> {
  const [handler] = tf.io.getLoadHandlers(address);
  if (handler?.load === undefined)
    throw new UnsupportedError(`${JSON.stringify(address)} cannot be read here: this platform has no such storage`);
  let saved: Awaited<ReturnType<typeof handler.load>>;
  try {
    saved = await handler.load();
  } catch (cause) {
    throw new InvalidArgumentError(
      `${JSON.stringify(address)} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const { modelTopology, weightSpecs = [], weightData, format, signature, userDefinedMetadata } = saved;
  if (typeof modelTopology !== "object" || modelTopology === null || modelTopology instanceof ArrayBuffer)
    throw new InvalidArgumentError(`${address} holds no model that can be read: modelTopology must be an object`);
  const weights = weightSpecs.map((spec, i) => readSpec(spec, `${address}: weightSpecs[${i}]`));
  const buffers = weightData === undefined ? [] : Array.isArray(weightData) ? weightData : [weightData];
  const data = joined(buffers.map((buffer) => new Uint8Array(buffer)));
  checkBytes(weights, data, `weightData of ${address}`);
  return {
    format: formatOf(format, modelTopology as Readonly<Record<string, unknown>>, address),
    topology: modelTopology,
    ...{ weights, data },
    rest: { ...(signature && { signature }), ...(userDefinedMetadata && { userDefinedMetadata }) },
    description: address,
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
