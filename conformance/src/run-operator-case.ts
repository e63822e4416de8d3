import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { OnnxModel } from "@attr/backend-onnx";
import { hostBackend, type NamedTensors } from "@attr/core";
import { compareElements } from "./compare/compare.ts";
import { readOperatorCase } from "./format/operator-case.ts";
import { parseJson } from "./format/read-json.ts";
import { failure, type Outcome, type Report, skip } from "./outcome.ts";

/** Runs the operator case NAME.json on the NAME.onnx beside it. */
export async function runOperatorCase(file: string, report: Report): Promise<void> {
  const id = basename(file, ".json");
  try {
    report(id, await judge(file, id));
  } catch (error) {
    report(id, failure(error));
  }
}

async function judge(file: string, id: string): Promise<Outcome> {
  const { inputs, y } = readOperatorCase(parseJson(readFileSync(file, "utf8"), `${id}.json`));
  await using model = await OnnxModel.load(file.replace(/\.json$/, ".onnx"), { batch: "none" });
  // The network has no batch axis of its own: what the case gives is one row.
  const feeds: NamedTensors = Object.fromEntries(
    inputs.map((tensor, index) => [`x${index}`, hostBackend.reshape(tensor, [1, ...tensor.shape])]),
  );
  const { y: got } = await model.run({ feeds, fetches: ["y"] });
  const forward = compareElements((await model.backend.read(got!)).data, y); // `y` was fetched
  if (!forward.holds) return { status: "FAIL", text: `forward y ${forward.text}` };
  return skip(`gradients are not built yet; forward y ${forward.text}`);
}
