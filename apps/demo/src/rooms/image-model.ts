import { gradientCoverage, OnnxModel, type OnnxRuntime, withKnownTypes } from "@attr/backend-onnx";
import { fitPreprocessing, type ImagePreprocessing, readImageClassifier } from "@attr/inputs";
import type { Folder } from "../files/model-folder.ts";
import type { ImageModelFacts } from "./images-settings.ts";

/** A classifier of pictures, opened. */
export interface ImageModel {
  readonly model: OnnxModel;
  /** The names of its one input and of the output that has the classes. */
  readonly input: string;
  readonly output: string;
  readonly preprocessing: ImagePreprocessing;
  readonly facts: ImageModelFacts;
}

/** The files of a classifier, in the layout of Hugging Face. */
export interface ClassifierFiles {
  readonly name: string;
  /** `config.json` and `preprocessor_config.json`. */
  readonly descriptions: Readonly<Record<string, Uint8Array>>;
  readonly model: Uint8Array;
  /** Files that the model's weights lie in, where they are apart. */
  readonly externalData: Readonly<Record<string, Uint8Array>>;
}

/** @throws Error with a sentence for a model that takes no picture, or gives no classes. */
export async function openClassifier(files: ClassifierFiles, runtime: OnnxRuntime): Promise<ImageModel> {
  const { labels, preprocessing: read } = await readImageClassifier(files.descriptions);
  const apart = Object.keys(files.externalData).length > 0;
  const model = await OnnxModel.load(apart ? { model: files.model, externalData: files.externalData } : files.model, {
    runtime,
    name: files.name,
  });
  const [input, ...others] = model.inputs;
  const [output] = model.outputs;
  if (input?.shape === undefined || others.length > 0)
    throw new Error(`“${files.name}” takes ${model.inputs.length} inputs; a classifier of pictures takes one`);
  if (output === undefined) throw new Error(`“${files.name}” gives no output`);
  const preprocessing = fitPreprocessing(input.shape, read);
  const coverage = gradientCoverage(withKnownTypes(model)).inputs.find((one) => one.input === input.name);
  const facts: ImageModelFacts = {
    name: files.name,
    labels,
    preprocessing,
    layers: mapsOf(model),
    ...(coverage?.gradient !== true && { noGradient: coverage?.because ?? "its picture is of no floats" }),
  };
  return { model, input: input.name, output: output.name, preprocessing, facts };
}

/** Inner values of four axes with more than one place: `[n, channels, height, width]`. */
function mapsOf(model: OnnxModel): readonly string[] {
  const outside = new Set([...model.inputs, ...model.outputs].map(({ name }) => name));
  return model.values.filter((name) => {
    const { shape, dtype } = model.value(name) ?? {};
    const [, channels, height, width] = shape ?? [];
    const isMap = [height, width].every((length) => typeof length !== "number" || length > 1);
    return !outside.has(name) && dtype === "float32" && shape?.length === 4 && channels !== 1 && isMap;
  });
}

/**
 * What of a folder is its classifier.
 *
 * @throws Error with a sentence that names all that is missing.
 */
export async function classifierFiles({ name, files }: Folder): Promise<ClassifierFiles> {
  const at = (path: string): File | undefined => files.find((one) => one.path === path)?.file;
  const models = files.filter(({ path }) => /^(onnx\/)?[^/]+\.onnx$/i.test(path)).map(({ path }) => path);
  const chosen = ["onnx/model.onnx", "model.onnx"].find((path) => models.includes(path)) ?? models.sort()[0];
  const [config, preprocessor] = [at("config.json"), at("preprocessor_config.json")];
  const missing = [
    ...(config === undefined ? ["config.json (the names of its classes)"] : []),
    ...(preprocessor === undefined ? ["preprocessor_config.json (how its pictures are prepared)"] : []),
    ...(chosen === undefined ? ["onnx/model.onnx (the model)"] : []),
  ];
  if (config === undefined || preprocessor === undefined || chosen === undefined)
    throw new Error(`the folder “${name}” lacks ${missing.join(" and ")}`);
  const bytes = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());
  const folder = chosen.slice(0, chosen.lastIndexOf("/") + 1);
  const beside = files.filter(({ path }) => path.startsWith(`${chosen}_data`) || path.startsWith(`${chosen}.data`));
  return {
    name,
    descriptions: { "config.json": await bytes(config), "preprocessor_config.json": await bytes(preprocessor) },
    model: await bytes(at(chosen)!), // it was found in this list
    externalData: Object.fromEntries(
      await Promise.all(beside.map(async ({ path, file }) => [path.slice(folder.length), await bytes(file)] as const)),
    ),
  };
}
