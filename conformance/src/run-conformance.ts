import { realpathSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { CaseBackend } from "./backends/case-backend.ts";
import { onnxBackend } from "./backends/onnx-backend.ts";
import { type Found, findCases } from "./find-cases.ts";
import { failure, type Outcome } from "./outcome.ts";
import { runModelFolder } from "./run-model-folder.ts";
import { runOperatorCase } from "./run-operator-case.ts";

/** How many cases went which way. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Runs every case found at, in or below the paths, each once, and prints a line for each. A path that holds no case, and a case that
 * cannot be read or run, is a failure with its reason; the rest goes on. Cases of models that the backend cannot take are skipped, each
 * with the reason.
 */
export async function runConformance(
  paths: readonly string[],
  print: (line: string) => void,
  backend: CaseBackend = onnxBackend,
): Promise<Tally> {
  const count = { pass: 0, FAIL: 0, skip: 0 };
  const report = (name: string, { status, text }: Outcome): void => {
    count[status]++;
    print(`${status} ${name}  ${text.replaceAll("\n", " ")}`);
  };
  const done = new Set<string>();
  for (const path of paths) {
    const found = search(path);
    if ("problem" in found) {
      report(`${basename(resolve(path))}/`, failure(`${path} ${found.problem}`));
      continue;
    }
    for (const file of found.files) {
      const real = realpathSync(file.file);
      if (done.has(real)) continue;
      done.add(real);
      const run = file.kind === "model" ? runModelFolder : runOperatorCase;
      await run(file.file, (id, outcome) => report(`${file.folder}/${id}`, outcome), backend);
    }
  }
  return { passed: count.pass, failed: count.FAIL, skipped: count.skip };
}

/** A folder that may not be read is no reason to leave the others. */
function search(path: string): Found {
  try {
    return findCases(path);
  } catch (error) {
    return { problem: `cannot be searched: ${error instanceof Error ? error.message : String(error)}` };
  }
}
