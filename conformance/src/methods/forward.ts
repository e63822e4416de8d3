import type { CaseFolder } from "../case-folder.ts";
import type { Case } from "../format/case.ts";
import type { Answer } from "./method.ts";
import { questionOf, readAll } from "./question.ts";

/** The model's plain output. */
export async function askForward(one: Case, folder: CaseFolder): Promise<Answer> {
  const { model } = questionOf(one, await folder.model());
  const fetches = Object.keys(one.expected);
  return { values: await readAll(model.backend, await model.run({ feeds: one.inputs, fetches })) };
}
