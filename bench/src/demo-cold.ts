import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { formatTiming, interleave } from "./measure/interleave.ts";

// The whole of `attr demo`, from starting the process to its end, beside a process that does nothing and one that only opens the
// two models. Build first (`pnpm build`): what is measured is what users run.

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 7);
const root = join(import.meta.dirname, "../..");
const main = join(root, "apps/cli/dist/main.js");
const backend = pathToFileURL(join(root, "packages/backend-onnx/dist/index.js")).href;

const openModels = `
  import { OnnxModel } from ${JSON.stringify(backend)};
  for (const name of ["tales-lm", "tales-choice"]) {
    const model = await OnnxModel.load(${JSON.stringify(join(root, "models"))} + "/" + name + "/onnx/model.onnx");
    await model[Symbol.asyncDispose]();
  }`;

/** Runs Node to its end; its output is thrown away. */
function node(...parameters: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, { stdio: ["ignore", "ignore", "inherit"], cwd: root });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`node ${parameters.join(" ")} ended with ${code}`))));
  });
}

const times = await interleave(
  {
    "node -e 0": () => node("-e", "0"),
    "opening the two models": () => node("--input-type=module", "-e", openModels),
    "attr demo": () => node(main, "demo"),
  },
  rounds,
);
for (const [name, timing] of Object.entries(times)) console.log(formatTiming(name, timing));
const over = (name: "node -e 0" | "opening the two models"): string =>
  (times["attr demo"].median / times[name].median).toFixed(2);
console.log(`ratio ${over("opening the two models")} over opening the models, ${over("node -e 0")} over an empty process`);
