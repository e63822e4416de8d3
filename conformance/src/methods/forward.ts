import type { CaseFolder } from "../case-folder.ts";
import type { Case } from "../format/case.ts";
import type { Answer } from "./method.ts";
import { questionOf, readAll } from "./question.ts";

/** The model's plain output. */
export async function askForward(one: Case, folder: CaseFolder): Promise<Answer> {
  const onnx = await folder.model();
  const { model } = questionOf(one, onnx);
  // A view may call what it makes of the first output something else (`log_softmax(logits)`); the case goes by the file's name.
  const [inFile, inView] = [onnx.outputs[0]?.name, model.outputs[0]?.name];
  const names = Object.keys(one.expected);
  const fetches = names.map((name) => (name === inFile && inView !== undefined ? inView : name));
  const feeds = Object.fromEntries(
    Object.entries(one.inputs).map(([name, { data, shape, dtype }]) => [name, model.backend.fromData(data, shape, dtype)]),
  );
  const outputs = await readAll(model.backend, await model.run({ feeds, fetches }));
  return { values: Object.fromEntries(names.map((name, index) => [name, outputs[fetches[index]!]!])) };
}
