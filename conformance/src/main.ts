import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { CaseBackend } from "./backends/case-backend.ts";
import { onnxBackend } from "./backends/onnx-backend.ts";
import { runConformance } from "./run-conformance.ts";

const usage = `usage: pnpm conformance [--backend NAME] DIR…

Runs every case found in or below the folders (or the cases.json or NAME.json files) given, prints a line for each and
"N passed, N failed, N skipped" last. Exits with 1 when a case fails or a folder holds none.

  --backend NAME  onnx (the default), tfjs (TensorFlow.js on its cpu backend) or tfjs-wasm; cases of models that are
                  no layers model of TensorFlow.js are skipped there, each with the reason`;

/** TensorFlow.js is loaded only where it is asked for. */
const backends: Readonly<Record<string, () => Promise<CaseBackend>>> = {
  onnx: async () => onnxBackend,
  tfjs: async () => (await import("./backends/tfjs-backend.ts")).tfjsBackend("cpu"),
  "tfjs-wasm": async () => (await import("./backends/tfjs-backend.ts")).tfjsBackend("wasm"),
};

/** What the command is asked for; undefined where it is not understood. */
function asked(): { readonly help: boolean; readonly paths: readonly string[]; readonly backend: string } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: process.argv.slice(2).filter((argument) => argument !== "--"),
      options: { help: { type: "boolean", short: "h", default: false }, backend: { type: "string", default: "onnx" } },
      allowPositionals: true,
    });
    if (!Object.hasOwn(backends, values.backend)) return undefined;
    return { help: values.help, paths: positionals, backend: values.backend };
  } catch {
    return undefined;
  }
}

const question = asked();
if (question === undefined || question.help || question.paths.length === 0) {
  console.error(usage);
  process.exitCode = question?.help === true ? 0 : 2;
} else {
  // pnpm runs scripts in the package's folder and says here where the caller stands.
  const caller = process.env["INIT_CWD"] ?? process.cwd();
  const tally = await runConformance(
    question.paths.map((path) => resolve(caller, path)),
    (line) => console.log(line),
    await backends[question.backend]!(),
  );
  console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}
