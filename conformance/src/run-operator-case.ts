import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { type HostTensor, hostBackend, type NamedTensors } from "@attr/core";
import type { CaseBackend } from "./backends/case-backend.ts";
import { type Comparison, compareElements } from "./compare/compare.ts";
import { readOperatorCase } from "./format/operator-case.ts";
import { parseJson } from "./format/read-json.ts";
import { NotConverted } from "./layers-model/not-converted.ts";
import { failure, type Outcome, type Report, skip, verdict } from "./outcome.ts";

/** Runs the operator case NAME.json on the NAME.onnx beside it. */
export async function runOperatorCase(file: string, report: Report, backend: CaseBackend): Promise<void> {
  const id = basename(file, ".json");
  try {
    report(id, await judge(file, id, backend));
  } catch (error) {
    report(id, error instanceof NotConverted ? skip(error.message) : failure(error));
  }
}

async function judge(file: string, id: string, backend: CaseBackend): Promise<Outcome> {
  const { inputs, y, dy, grads } = readOperatorCase(parseJson(readFileSync(file, "utf8"), `${id}.json`));
  await using model = await backend.model(file.replace(/\.json$/, ".onnx"), { batch: "none" });
  // The network has no batch axis of its own: what the case gives is one row.
  const row = (tensor: HostTensor): HostTensor => hostBackend.reshape(tensor, [1, ...tensor.shape]);
  const feeds: NamedTensors = Object.fromEntries(inputs.map((tensor, index) => [`x${index}`, row(tensor)]));
  const { values, gradients } = await model.gradient({
    feeds,
    objective: { value: "y", cotangent: row(dy) },
    wrt: Object.keys(feeds),
    fetches: ["y"],
  });
  const comparisons: Record<string, Comparison> = {};
  comparisons["y"] = compareElements((await model.backend.read(values["y"]!)).data, y); // `y` was fetched
  for (const [index, expected] of grads.entries()) {
    const name = `x${index}`;
    comparisons[name] = compareElements((await model.backend.read(gradients[name]!)).data, expected); // all were asked for
  }
  return verdict(comparisons);
}
