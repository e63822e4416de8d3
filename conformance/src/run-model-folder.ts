import { type HostData, InvalidArgumentError } from "@attr/core";
import type { CaseBackend } from "./backends/case-backend.ts";
import { CaseFolder } from "./case-folder.ts";
import { type Comparison, compareDeltas, compareLabels, compareTensors } from "./compare/compare.ts";
import { type Case, readCase } from "./format/case.ts";
import { readList } from "./format/read-json.ts";
import { NotConverted } from "./layers-model/not-converted.ts";
import type { Answer } from "./methods/method.ts";
import { methodFor } from "./methods/registry.ts";
import { failure, type Outcome, type Report, skip, verdict } from "./outcome.ts";

/** Runs the cases of a `cases.json` on the model beside it. */
export async function runModelFolder(file: string, report: Report, backend: CaseBackend): Promise<void> {
  try {
    await using folder = new CaseFolder(file, backend);
    const cases = readList(folder.fields["cases"], "cases", (value) => value);
    if (cases.length === 0) throw new InvalidArgumentError("cases is empty: there is nothing to compare");
    const seen = new Set<string>();
    for (const [index, value] of cases.entries()) {
      const id = nameOf(value, index);
      const twice = seen.has(id);
      seen.add(id);
      report(
        id,
        twice
          ? failure(new InvalidArgumentError(`a case with the id "${id}" stands before this one`))
          : await runCase(value, folder),
      );
    }
  } catch (error) {
    report("cases.json", failure(error));
  }
}

async function runCase(value: unknown, folder: CaseFolder): Promise<Outcome> {
  try {
    const one = readCase(value, folder.tensors);
    const found = methodFor(one);
    return "reason" in found ? skip(found.reason) : judge(one, await found.answer(one, folder));
  } catch (error) {
    return error instanceof NotConverted ? skip(error.message) : failure(error);
  }
}

function nameOf(value: unknown, index: number): string {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : undefined;
  return typeof id === "string" ? id : `cases[${index}]`;
}

/** Holds an answer against what the case expects: every tensor, and the labels where there are any. */
function judge(one: Case, answer: Answer): Outcome {
  const comparisons: Record<string, Comparison> = {};
  for (const [name, expected] of Object.entries(one.expected)) {
    const got: HostData | undefined = Object.hasOwn(answer.values, name) ? answer.values[name] : undefined;
    comparisons[name] =
      got === undefined
        ? { holds: false, text: `is missing; the result has ${Object.keys(answer.values).join(", ") || "nothing"}` }
        : compareTensors(got, expected, one.rtol);
  }
  if (one.inputTokens !== undefined) comparisons["inputTokens"] = compareLabels(answer.inputTokens ?? [], one.inputTokens);
  if (one.outputTokens !== undefined) comparisons["outputTokens"] = compareLabels(answer.outputTokens ?? [], one.outputTokens);
  if (one.expectedDelta !== undefined)
    comparisons["expectedDelta"] =
      answer.delta === undefined
        ? { holds: false, text: `is expected, but ${one.method} gives none` }
        : compareDeltas(answer.delta, one.expectedDelta, one.rtol, answer.ends);
  return verdict(comparisons);
}
