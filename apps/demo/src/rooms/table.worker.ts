import "../symbol-dispose.ts";
import { OnnxModel, type OnnxRuntime } from "@attr/backend-onnx";
import { type AttributionResult, HostTensor, tensor } from "@attr/core";
import { tableMethodNamed } from "../methods/table-method-list.ts";
import { contrastOf } from "../table/contrast.ts";
import type { WorkProgress } from "../worker/messages.ts";
import { once } from "../worker/once.ts";
import { openEmbedded } from "../worker/open-embedded.ts";
import { openRuntime } from "../worker/runtime.ts";
import { serve } from "../worker/serve.ts";
import type { TableExplanation, TableQuestion } from "./table-settings.ts";

const penguinsFiles = import.meta.glob<string>("../../generated/penguins/model.half.onnx", {
  query: "?url",
  import: "default",
  eager: true,
});

const openPenguins = once(async (onProgress): Promise<OnnxModel> => {
  const { files, runtime } = await openEmbedded(penguinsFiles, onProgress);
  return await OnnxModel.load(files["onnx/model.onnx"]!, { runtime });
});

const runtimeOf = once(
  async (onProgress): Promise<OnnxRuntime> =>
    openRuntime(1, (done) => onProgress({ doing: "Loading the runtime", done, unit: "bytes" })),
);

let own: { readonly file: string; readonly model: OnnxModel } | undefined;

/** The user's own model; the one that was asked about last stays open. */
async function openOwn(file: File, onProgress: (progress: WorkProgress) => void): Promise<OnnxModel> {
  const name = `${file.name} ${file.size} ${file.lastModified}`;
  if (own?.file === name) return own.model;
  await own?.model.dispose();
  own = undefined;
  const runtime = await runtimeOf(onProgress);
  own = { file: name, model: await OnnxModel.load(new Uint8Array(await file.arrayBuffer()), { runtime, name: file.name }) };
  return own.model;
}

serve<TableQuestion, TableExplanation>(async (question, tell) => {
  const model = await (question.model === undefined ? openPenguins(tell.progress) : openOwn(question.model, tell.progress));
  tell.ready();
  return await explain(model, question, tell.progress);
});

async function explain(
  model: OnnxModel,
  question: TableQuestion,
  tell: (progress: WorkProgress) => void,
): Promise<TableExplanation> {
  const [input] = model.inputs;
  const output = model.outputs.find(({ dtype, shape }) => dtype?.startsWith("float") === true && (shape?.length ?? 2) <= 2);
  if (input === undefined || output === undefined)
    throw new Error(`The model has no output of floats, a number a row or a class: the room of your own model takes others`);
  if (output.name !== model.outputs[0]!.name)
    throw new Error(
      `the first output of the model is “${model.outputs[0]!.name}”, which is none of floats: choose “${output.name}” in the room of your own model`,
    );
  const width = question.row.length;
  const dtype = input.dtype === "float64" ? "float64" : "float32";
  const rows = (data: Float32Array): HostTensor => tensor(new HostTensor(data, [data.length / width, width], "float32"), dtype);
  tell({ doing: "Running the model", done: 0, unit: "" });
  const fetched = await model.run({ feeds: { [input.name]: rows(question.row) }, fetches: [output.name] });
  const found = (await model.backend.read(fetched[output.name]!)) as HostTensor; // of the host backend, which OnnxModel says it has
  const outputs = Array.from(found.data, Number);
  const target = question.target < 0 ? outputs.indexOf(Math.max(...outputs)) : question.target;
  const named = [target, question.against].find((index) => index >= outputs.length);
  if (named !== undefined) throw new Error(`class ${named} is none of the model's ${outputs.length}`);

  const { settings, create } = tableMethodNamed(question.method);
  const shared = settings.includes("featureMask");
  const slope = question.method === "saliency";
  const against = question.against === target ? -1 : question.against;
  const several = against < 0 ? "" : " (1 of 2)";
  const attribute = async (index: number, which: string): Promise<AttributionResult> => {
    const options = {
      // A model of one number a row has no axis of classes.
      ...(found.shape.length > 1 && { target: index }),
      ...(settings.includes("samples") && { samples: question.samples }),
      ...(settings.includes("steps") && { steps: question.steps }),
      ...(settings.includes("baselines") && { baselines: { [input.name]: rows(question.background) } }),
      ...(shared && { featureMask: { [input.name]: new HostTensor(question.mask, [1, width], "int32") } }),
      onProgress: (progress: { done: number; total?: number; unit: string }) =>
        tell({ doing: `Asking the model${which}`, ...progress }),
    };
    // The size of a difference of gradients is not the difference of their sizes.
    return await create(model, { abs: against < 0 }).attribute({ [input.name]: rows(question.inputs) }, options);
  };
  const result = await attribute(target, several);
  const held = against < 0 ? undefined : await attribute(against, " (2 of 2)");
  const whole = held === undefined ? result : contrastOf(result, held, slope);
  return {
    schema: "attr.table/1",
    ...question.about,
    outputs,
    target,
    against,
    shared,
    result: whole.toJSON(),
  };
}
