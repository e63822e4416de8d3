import { type FileSource, InvalidArgumentError, type ModelFiles, openFiles } from "@attr/core";
import type { ImagePreprocessing } from "./image-preprocessing.ts";
import { readImagePreprocessing } from "./read-image-preprocessing.ts";

/** What a folder says of its image classifier, beside the model itself. */
export interface ImageClassifier {
  /** The names of the classes, by their index in the model's output; empty where the folder names none. */
  readonly labels: readonly string[];
  readonly preprocessing: ImagePreprocessing;
}

/**
 * Reads what an image classifier's folder in the layout of Hugging Face says beside the model: `config.json` (`id2label`, `num_channels`)
 * and `preprocessor_config.json`. The model, `onnx/model.onnx`, is for a backend to open.
 *
 * @param source a folder, its address, or its files' bytes by name.
 * @throws InvalidArgumentError with what is missing or wrong, and UnsupportedError for a preparation that is not done here.
 */
export async function readImageClassifier(source: FileSource): Promise<ImageClassifier> {
  const files = openFiles(source);
  const config = await readJson(files, "config.json");
  const preprocessing = readImagePreprocessing(await readJson(files, "preprocessor_config.json"), config);
  return { labels: readLabels(config), preprocessing };
}

async function readJson(files: ModelFiles, name: string): Promise<unknown> {
  const text = await files.readText(name);
  if (text === undefined) throw new InvalidArgumentError(`${files.description} has no ${name}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(`${name} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * The names of a model's classes, from its `config.json` (`id2label`: by index, as an object or a list); empty where it names none.
 *
 * @throws InvalidArgumentError for indices that are no whole numbers, and names that are no strings.
 */
export function readLabels(config: unknown): readonly string[] {
  const named = typeof config === "object" && config !== null && "id2label" in config ? config.id2label : undefined;
  if (named === undefined || named === null) return [];
  if (typeof named !== "object")
    throw new InvalidArgumentError(`id2label of config.json must be an object, got ${JSON.stringify(named)}`);
  const labels: string[] = [];
  for (const [key, label] of Object.entries(named)) {
    const index = Number(key);
    if (!/^\d+$/.test(key) || index > 1e6)
      throw new InvalidArgumentError(`id2label of config.json has the key ${JSON.stringify(key)}; keys are indices of classes`);
    if (typeof label !== "string")
      throw new InvalidArgumentError(`id2label["${key}"] of config.json must be a string, got ${JSON.stringify(label)}`);
    labels[index] = label;
  }
  return Array.from(labels, (label, index) => label ?? `class ${index}`);
}
