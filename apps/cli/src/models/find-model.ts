import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InvalidArgumentError } from "@attr/core";

/** Where a model is. */
export interface FoundModel {
  readonly kind: "onnx" | "tfjs";
  /** The file: `.onnx`, or the `model.json` of TensorFlow.js. */
  readonly path: string;
  /** What people call it: the folder's name, or the file's. */
  readonly name: string;
  /** Where `config.json` and its like lie, if they do: the folder that was named, or the file's own. */
  readonly folder: string;
}

/** Where a model is looked for in a folder, best first. */
const places = ["onnx/model.onnx", "model.onnx", "model.json", "tfjs/model.json"] as const;

/**
 * Finds a model from what a user names: an `.onnx` file, a `model.json`, or a folder with one of them, as Hugging Face lays it out.
 *
 * @throws InvalidArgumentError where there is none, saying where was looked.
 */
export function findModel(path: string): FoundModel {
  if (!existsSync(path)) throw new InvalidArgumentError(`there is no file "${path}"`);
  if (!statSync(path).isDirectory())
    return { kind: /\.json$/i.test(path) ? "tfjs" : "onnx", path, name: basename(path), folder: homeOf(dirname(path)) };
  const place = places.find((one) => existsSync(join(path, one)));
  if (place === undefined)
    throw new InvalidArgumentError(`the folder "${path}" has no model: none of ${places.join(", ")} is there`);
  const kind = place.endsWith(".json") ? "tfjs" : "onnx";
  return { kind, path: join(path, place), name: basename(path), folder: homeOf(path) };
}

/** What lies in a folder `onnx` or `tfjs` belongs to the folder above it, where that one has the model's `config.json`. */
function homeOf(folder: string): string {
  const above = join(folder, "..");
  return /^(onnx|tfjs)$/.test(basename(folder)) && existsSync(join(above, "config.json")) ? above : folder;
}
