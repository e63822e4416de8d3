import { InvalidArgumentError } from "@attr/core";
import { externalLocations } from "./external-data.ts";
import { localPath, openPath } from "./open-path.ts";
import { bytesOf, givenFiles, inMemory, type OnnxFile, type OnnxFiles, type OpenModel } from "./opened-model.ts";
import type { ModelProto } from "./proto.ts";
import { readModel } from "./read-model.ts";

/**
 * Weights of files from this size on stay where they are, in the file or in its bytes: what the runtime gets for a session refers to
 * them. Smaller files are read and copied, so that nothing has to be left on the disk.
 */
const largeFrom = 4 * 1024 * 1024;

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
    return path === undefined
      ? openAddress(file, files.externalData, large)
      : openPath(path, files.externalData, readsFiles, large);
  }
  const bytes = bytesOf(file);
  const external = givenFiles(files.externalData);
  const whole = readModel(bytes);
  checkAllGiven(whole, external, "the ONNX model");
  return inMemory(whole, bytes, external, "the ONNX model", large);
}

function isFiles(source: OnnxFile | OnnxFiles): source is OnnxFiles {
  return typeof source === "object" && "model" in source;
}

function checkAllGiven(model: ModelProto, external: ReadonlyMap<string, Uint8Array>, name: string): void {
  const missing = externalLocations(model).filter((location) => !external.has(location));
  if (missing.length > 0)
    throw new InvalidArgumentError(
      `${name} keeps weights in other files, which were not given: pass { model, externalData: { "${missing[0]}": bytes } }${missing.length > 1 ? ` (${missing.length} files in all)` : ""}`,
    );
}

async function openAddress(address: string | URL, externalData: OnnxFiles["externalData"], large: number): Promise<OpenModel> {
  const name = `"${shortName(String(address))}"`;
  const bytes = await fetched(String(address));
  const model = readModel(bytes);
  const external = givenFiles(externalData);
  for (const location of externalLocations(model))
    if (!external.has(location)) external.set(location, await fetched(new URL(location, new URL(address, baseAddress())).href));
  return inMemory(model, bytes, external, name, large);
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
