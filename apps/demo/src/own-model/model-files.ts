import type { FolderFile } from "../files/model-folder.ts";

/** The files of a model: the `.onnx` or the `model.json`, and the others that it may need: weights, shards, a list of labels. */
export interface ModelFiles {
  readonly kind: "onnx" | "tfjs";
  readonly model: FolderFile;
  readonly others: readonly FolderFile[];
}

/** Names of JSON files that lie beside a model and are none. */
const beside = /^(metadata|config|preprocessor_config|generation_config|tokenizer|tokenizer_config|labels|package)\.json$/i;

/**
 * Finds the model among dropped files.
 *
 * @throws Error that says what was dropped in its place.
 */
export function modelFilesIn(dropped: readonly FolderFile[]): ModelFiles {
  const found = dropped.flatMap((model): readonly Pick<ModelFiles, "kind" | "model">[] => {
    const name = nameOf(model);
    if (/\.onnx$/i.test(name)) return [{ kind: "onnx", model }];
    return /\.json$/i.test(name) && !beside.test(name) ? [{ kind: "tfjs", model }] : [];
  });
  const [first, ...more] = found;
  const names = dropped.map((file) => `“${nameOf(file)}”`);
  const shown = names.length > 6 ? `${names.slice(0, 6).join(", ")} and ${names.length - 6} more` : names.join(", ");
  if (first === undefined)
    throw new Error(
      `One file must be an .onnx file or the model.json of TensorFlow.js; the others may be those that its weights lie in. Dropped: ${shown}.`,
    );
  if (more.length > 0) throw new Error(`Drop the files of one model, not of several: ${shown}.`);
  return { ...first, others: dropped.filter((file) => file !== first.model) };
}

/** Whether both are the same files, as far as browsers tell. */
export function sameFiles(one: ModelFiles, other: ModelFiles): boolean {
  const listed = ({ model, others }: ModelFiles): string =>
    [model, ...others].map(({ path, file }) => `${path} ${file.size} ${file.lastModified}`).join("\n");
  return listed(one) === listed(other);
}

/** How many bytes they are together. */
export function bytesOf({ model, others }: ModelFiles): number {
  return [model, ...others].reduce((sum, { file }) => sum + file.size, 0);
}

/** A file's name without the folders that it lies in. */
export function nameOf({ path }: FolderFile): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The other files, by the paths that the model's own file may name them by. */
export function pathsBeside({ model, others }: ModelFiles): readonly FolderFile[] {
  const folder = model.path.slice(0, -nameOf(model).length);
  return others.map(({ path, file }) => ({ path: path.startsWith(folder) ? path.slice(folder.length) : path, file }));
}
