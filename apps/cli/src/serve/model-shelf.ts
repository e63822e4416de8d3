import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import * as embedded from "@attr/models";
import { isMultipleChoice } from "../open-model.ts";
import { assertContentsInside, confined, isInside } from "./confined.ts";
import { Problem } from "./problem.ts";

/** What a model can be asked: `language-model` by /api/llm and /api/choice, `multiple-choice` by /api/choice, all by /api/attribute. */
export type ModelKind = "language-model" | "multiple-choice" | "tensors";

/** A model that is served. */
export interface ShelvedModel {
  readonly name: string;
  readonly kind: ModelKind;
  /** The folder, or the file of one that is a file alone. */
  readonly path: string;
  /** Its ONNX file, or its `model.json`. */
  readonly file: string;
}

/** Where models are found by name, and nothing else is. */
export interface ModelShelf {
  list(): Promise<readonly ShelvedModel[]>;
  /** @throws Problem (404) where there is no model of the name; 403 where its folder leads elsewhere. */
  find(name: string): Promise<ShelvedModel>;
}

/** The models that come with the program. */
export function embeddedShelf(): ModelShelf {
  const folders: Readonly<Record<string, URL>> = {
    "tales-lm": embedded.talesLm,
    "tales-choice": embedded.talesChoice,
    digits: embedded.digits,
    penguins: embedded.penguins,
  };
  const find = async (name: string): Promise<ShelvedModel> => {
    const folder = Object.hasOwn(folders, name) ? folders[name] : undefined;
    const model = folder === undefined ? undefined : await modelOf(name, fileURLToPath(folder));
    return model ?? noModel(name);
  };
  return { list: () => Promise.all(Object.keys(folders).map(find)), find };
}

/** How deep models may lie below the folder, and how many are listed. */
const [deepest, most] = [6, 1000];

/** Entries of folders that are looked at for the list. */
const mostEntries = 50_000;

/** Every model below a folder: folders in the Hugging Face layout, or with a `model.json`, by their path; other `.onnx` files by theirs. */
export function folderShelf(root: string): ModelShelf {
  return {
    list: async () => {
      const top = await realpath(root);
      const found: ShelvedModel[] = [];
      const met = new Set<string>();
      let entries = 0;
      const visit = async (path: string, depth: number): Promise<void> => {
        const real = await realpath(path).catch(() => undefined);
        if (real === undefined || !isInside(top, real) || met.has(real)) return;
        if (found.length >= most || ++entries > mostEntries) return;
        met.add(real);
        const name = relative(top, path).split(sep).join("/");
        const isFolder = (await stat(real)).isDirectory();
        const model = name === "" || !(isFolder || name.endsWith(".onnx")) ? undefined : await modelOf(name, real);
        if (model !== undefined) found.push(model);
        else if (isFolder && depth < deepest) {
          // A folder that this user may not read holds nothing that could be served.
          const names = await readdir(real).catch(() => []);
          for (const entry of names.sort()) if (!entry.startsWith(".")) await visit(join(path, entry), depth + 1);
        }
      };
      await visit(top, 0);
      return found;
    },
    find: async (name) => {
      const path = await confined(root, name);
      const model = await modelOf(name, path);
      if (model === undefined) return noModel(name);
      // What a file alone refers to is held to lie beside it by whatever opens it.
      if (model.path !== model.file) await assertContentsInside(root, model.path);
      return model;
    },
  };
}

/** Which model is meant where none is named. */
export interface StandardModel {
  /** The embedded one. */
  readonly name: string;
  /** What can answer as well, where it is the only one. */
  readonly kinds: readonly ModelKind[];
}

/** The model that is meant where a request names none. @throws Problem (400) where that is not clear */
export async function standardModel(shelf: ModelShelf, { name, kinds }: StandardModel): Promise<ShelvedModel> {
  const usable = (await shelf.list()).filter(({ kind }) => kinds.includes(kind));
  const model = usable.find((one) => one.name === name) ?? (usable.length === 1 ? usable[0] : undefined);
  if (model !== undefined) return model;
  const there =
    usable.length === 0 ? "none that is served can answer" : `it is one of ${usable.map((one) => one.name).join(", ")}`;
  throw new Problem(400, `model is missing: ${there}`);
}

function noModel(name: string): never {
  throw new Problem(404, `there is no model ${JSON.stringify(name.slice(0, 100))}: GET /api/models lists them`);
}

/** The model that a folder or a file is, or undefined where it is none. */
async function modelOf(name: string, path: string): Promise<ShelvedModel | undefined> {
  if (!(await stat(path)).isDirectory())
    return basename(path).endsWith(".onnx") ? { name, kind: "tensors", path, file: path } : undefined;
  const firstOf = async (files: readonly string[]): Promise<string | undefined> => {
    for (const file of files) if (await isFile(join(path, file))) return join(path, file);
    return undefined;
  };
  // A folder of other models is none itself.
  const isOne = (await firstOf(["config.json", "onnx/model.onnx", ...tensorFlowFiles])) !== undefined;
  const onnx = isOne ? await firstOf(onnxFiles) : undefined;
  if (onnx !== undefined) return { name, kind: await kindOf(path), path, file: onnx };
  const tfjs = await firstOf(tensorFlowFiles);
  return tfjs === undefined ? undefined : { name, kind: "tensors", path, file: tfjs };
}

/** Where a model lies in its folder, best first. */
const onnxFiles = ["model", "decoder_model_merged", "decoder_model"].flatMap((stem) => [`onnx/${stem}.onnx`, `${stem}.onnx`]);
const tensorFlowFiles = ["model.json", "tfjs/model.json"];

async function kindOf(folder: string): Promise<ModelKind> {
  if (!(await isFile(join(folder, "tokenizer.json")))) return "tensors";
  return (await isMultipleChoice(folder)) ? "multiple-choice" : "language-model";
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
