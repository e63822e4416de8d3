import "../symbol-dispose.ts";
import type { DeviceName } from "../own-model/device.ts";
import { explain } from "../own-model/explain.ts";
import { type ModelFiles, sameFiles } from "../own-model/model-files.ts";
import type { ModelReport } from "../own-model/model-report.ts";
import { openModel } from "../own-model/open-model.ts";
import type { OpenedModel } from "../own-model/opened-model.ts";
import type { Tell } from "../worker/messages.ts";
import { serve } from "../worker/serve.ts";
import type { ModelAnswer, ModelQuestion } from "./model-settings.ts";

/** The model that was asked about last. */
interface Held {
  readonly files: ModelFiles;
  readonly device: DeviceName;
  readonly opened: OpenedModel;
  readonly report: ModelReport;
}

let held: Held | undefined;

serve<ModelQuestion, ModelAnswer>(async (question, tell) => {
  const { opened, report } = await hold(question, tell);
  tell.ready();
  if (question.kind === "open") return { kind: "opened", report };
  return { kind: "explained", explanation: await explain(opened, report, question.settings, tell.progress) };
});

async function hold({ files, device }: ModelQuestion, tell: Tell<ModelAnswer>): Promise<Held> {
  if (held !== undefined && held.device === device && sameFiles(held.files, files)) return held;
  await held?.opened.dispose();
  held = undefined;
  const opened = await openModel(files, device, tell.progress);
  tell.progress({ doing: "Looking at the model", done: 0, unit: "" });
  held = { files, device, opened, report: await opened.report() };
  return held;
}
