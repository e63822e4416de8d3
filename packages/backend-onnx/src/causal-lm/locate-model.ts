import { InvalidArgumentError, type ModelFiles } from "@attr/core";
import { externalLocations } from "../onnx/external-data.ts";
import type { OnnxFile, OnnxFiles } from "../onnx/opened-model.ts";
import { readModel } from "../onnx/read-model.ts";

/** Number formats of a folder's files, under the names transformers.js gives them. */
export type OnnxDType = "fp32" | "fp16" | "q8" | "int8" | "uint8" | "q4" | "q4f16" | "bnb4";

/** How a file's name ends for each of them. */
const suffixes: Readonly<Record<OnnxDType, string>> = {
  fp32: "",
  fp16: "_fp16",
  q8: "_quantized",
  int8: "_int8",
  uint8: "_uint8",
  q4: "_q4",
  q4f16: "_q4f16",
  bnb4: "_bnb4",
};

/** What a decoder's file is called, the usual name first. */
const stems = ["model", "decoder_model_merged", "decoder_model"];

export interface WhichFile {
  readonly file?: string | undefined;
  readonly dtype?: OnnxDType | undefined;
}

/** A model's file, found in its folder. */
export interface LocatedModel {
  readonly source: OnnxFile | OnnxFiles;
  /** What sentences call it. */
  readonly name: string;
}

/** The names looked for, in order. @throws InvalidArgumentError where the number format is none */
export function candidateFiles({ file, dtype = "fp32" }: WhichFile): readonly string[] {
  if (file !== undefined) return [file];
  const suffix = suffixes[dtype];
  if (typeof suffix !== "string")
    throw new InvalidArgumentError(`dtype must be one of ${Object.keys(suffixes).join(", ")}, got ${String(dtype)}`);
  const names = stems.map((stem) => `${stem}${suffix}.onnx`);
  return [...names.map((name) => `onnx/${name}`), ...names];
}

/**
 * Finds the model's file in a folder: the one named by `which.file`, else `onnx/model.onnx` or `model.onnx` and their older names. A
 * file on disk is left there; else its bytes are read, and those of the files its weights are in.
 *
 * @throws InvalidArgumentError naming what was looked for, where there is none
 */
export async function locateModel(files: ModelFiles, which: WhichFile): Promise<LocatedModel> {
  const candidates = candidateFiles(which);
  for (const candidate of candidates) {
    const path = files.path?.(candidate);
    if (path !== undefined) return { source: path, name: `"${candidate}"` };
    const model = await files.read(candidate);
    if (model === undefined) continue;
    return { source: { model, externalData: await readExternalData(files, candidate, model) }, name: `"${candidate}"` };
  }
  const others = await otherFormats(files, which);
  throw new InvalidArgumentError(
    `no model in ${files.description}: looked for ${candidates.map((name) => `"${name}"`).join(", ")}${others}`,
  );
}

async function readExternalData(files: ModelFiles, file: string, model: Uint8Array): Promise<Record<string, Uint8Array>> {
  const folder = file.slice(0, file.lastIndexOf("/") + 1);
  const data: Record<string, Uint8Array> = {};
  for (const location of externalLocations(readModel(model))) {
    const name = folder + location;
    const bytes = await files.read(name);
    if (bytes === undefined)
      throw new InvalidArgumentError(`"${file}" in ${files.description} keeps weights in "${name}", and there is no such file`);
    data[location] = bytes;
  }
  return data;
}

/** Names the number formats that are there, where the one looked for is not. Only said of folders on disk: elsewhere looking is loading. */
async function otherFormats(files: ModelFiles, { file, dtype = "fp32" }: WhichFile): Promise<string> {
  if (file !== undefined || files.path === undefined) return "";
  const found: string[] = [];
  for (const other of Object.keys(suffixes) as OnnxDType[]) {
    if (other !== dtype && candidateFiles({ dtype: other }).some((name) => files.path?.(name) !== undefined)) found.push(other);
  }
  return found.length === 0 ? "" : `; it has the dtype ${found.map((other) => `"${other}"`).join(", ")}`;
}
