import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InvalidArgumentError } from "@attr/core";
import { readLabels } from "@attr/inputs";
import type { Arguments, Option } from "../arguments.ts";
import { readTextFile } from "../read-text-file.ts";

/** The option that names a file of class names. */
export const labelsOption: Option = {
  name: "labels",
  type: "string",
  value: "FILE",
  path: "file",
  help: "the names of the classes: one a line, or JSON",
};

/** The names of classes from the file that `--labels` names, else those that the model's folder gives. */
export async function chosenLabels(given: Arguments, otherwise: readonly string[]): Promise<readonly string[]> {
  const path = given.text("labels");
  return path === undefined ? otherwise : await labelsFrom(path);
}

/** The names of classes from `config.json` in a model's folder; none where there is no such file. */
export async function labelsIn(folder: string): Promise<readonly string[]> {
  const path = join(folder, "config.json");
  return existsSync(path) ? readLabels(parsed(await readFile(path, "utf8"), "config.json")) : [];
}

/** The names of classes from a file of the user's: a name a line, or JSON, a list or an object by index. */
async function labelsFrom(path: string): Promise<readonly string[]> {
  const text = await readTextFile(path, "list of labels");
  if (text.trim() === "") throw new InvalidArgumentError(`the labels "${path}" are empty: give a name a line, or JSON`);
  if (!/^\s*[[{]/.test(text)) return text.replace(/\r?\n$/, "").split(/\r?\n/);
  const data: unknown = parsed(text, path);
  const has = typeof data === "object" && data !== null && "id2label" in data;
  return readLabels(has ? data : { id2label: data });
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError(`${name} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
