import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** A file that holds cases. */
export interface CaseFile {
  /** `model`: a `cases.json` beside its model; `operator`: NAME.json beside NAME.onnx. */
  readonly kind: "model" | "operator";
  readonly file: string;
  /** The name of the folder it is in, as the lines show it. */
  readonly folder: string;
}

/** What was found under one of the paths given, or why there is nothing. */
export type Found = { readonly files: readonly CaseFile[] } | { readonly problem: string };

const skipped = new Set(["node_modules", ".git"]);

/** The files of cases at, in or below a path, in the order of their names. */
export function findCases(path: string): Found {
  if (!existsSync(path)) return { problem: "does not exist" };
  if (statSync(path).isFile()) {
    const file = caseFile(path);
    return file === undefined
      ? { problem: "is neither a cases.json nor a NAME.json with its NAME.onnx beside it" }
      : { files: [file] };
  }
  const files: CaseFile[] = [];
  collect(path, new Set(), files);
  return files.length === 0
    ? { problem: "holds no case: no cases.json, and no NAME.json with its NAME.onnx beside it" }
    : { files };
}

function collect(folder: string, visited: Set<string>, into: CaseFile[]): void {
  const real = realpathSync(folder);
  if (visited.has(real)) return; // links that run in a circle
  visited.add(real);
  for (const entry of readdirSync(folder).sort()) {
    if (skipped.has(entry)) continue;
    const path = join(folder, entry);
    const about = statSync(path, { throwIfNoEntry: false });
    if (about?.isDirectory()) collect(path, visited, into);
    else if (about?.isFile()) {
      const file = caseFile(path);
      if (file !== undefined) into.push(file);
    }
  }
}

function caseFile(file: string): CaseFile | undefined {
  const folder = basename(dirname(realpathSync(file)));
  if (basename(file) === "cases.json") return { kind: "model", file, folder };
  if (file.endsWith(".json") && existsSync(file.replace(/\.json$/, ".onnx")) && speaksOfCase(file))
    return { kind: "operator", file, folder };
  return undefined;
}

/** Other files have names like these too: a model.json beside a model.onnx. One that is no JSON at all is taken for a broken case. */
function speaksOfCase(file: string): boolean {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null && ["inputs", "dy", "y", "grads"].some((field) => field in value);
  } catch {
    return true;
  }
}
