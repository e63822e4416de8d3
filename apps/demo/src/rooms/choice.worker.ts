import "../symbol-dispose.ts";
import { OnnxCausalLm, OnnxModel } from "@attr/backend-onnx";
import type { Explainable } from "@attr/core";
import { gameMethodNamed } from "@attr/core/catalogue";
import { loadTokenizer, MultipleChoice, type MultipleChoiceJson, type MultipleChoiceOptions, type Tokenizer } from "@attr/llm";
import { isGradientMethod, methodNamed } from "../methods/method-list.ts";
import { textInput } from "../methods/text-input.ts";
import { once } from "../worker/once.ts";
import { openEmbedded } from "../worker/open-embedded.ts";
import { serve } from "../worker/serve.ts";
import type { ChoiceSettings, Chooser } from "./choice-settings.ts";

interface ChoiceModel {
  readonly model: Explainable;
  readonly tokenizer: Tokenizer;
  /** How many tokens an encoder reads; a language model knows it itself. */
  readonly contextLength?: number;
}

const encoderFiles = import.meta.glob<string>("../../generated/tales-choice/*", {
  query: "?url",
  import: "default",
  eager: true,
});
const languageModelFiles = import.meta.glob<string>("../../generated/tales-lm/*", {
  query: "?url",
  import: "default",
  eager: true,
});

/** How each chooser is asked. */
const formats: Readonly<Record<Chooser, MultipleChoiceOptions>> = {
  encoder: {},
  continuation: { format: { between: " Answer:" } },
  letters: { format: { answers: "letters", between: " Options: {options} Answer:" } },
};

const openEncoder = once(async (onProgress): Promise<ChoiceModel> => {
  const { files, runtime } = await openEmbedded(encoderFiles, onProgress);
  const config: { readonly max_position_embeddings: number } = JSON.parse(new TextDecoder().decode(files["config.json"]!));
  return {
    tokenizer: await loadTokenizer(files),
    model: await OnnxModel.load(files["onnx/model.onnx"]!, { runtime }),
    contextLength: config.max_position_embeddings,
  };
});

const openLanguageModel = once(async (onProgress): Promise<ChoiceModel> => {
  const { files, runtime } = await openEmbedded(languageModelFiles, onProgress);
  return { tokenizer: await loadTokenizer(files), model: await OnnxCausalLm.load(files, { runtime }) };
});

serve<ChoiceSettings, MultipleChoiceJson>(async (settings, tell) => {
  const { prompt, options, chooser, method, by, absent, samples } = settings;
  if (isGradientMethod(method)) throw new Error(`${methodNamed(method).label} is no method for multiple choice`);
  const { model, tokenizer, contextLength } = await (chooser === "encoder" ? openEncoder : openLanguageModel)(tell.progress);
  tell.ready();
  const { create, settings: known } = gameMethodNamed(method);
  const task = new MultipleChoice(create(model), tokenizer, { ...formats[chooser], contextLength });
  const question = { prompt: textInput(prompt, by, absent, tokenizer), options };
  let last: MultipleChoiceJson | undefined;
  for await (const partial of task.stream(question, {
    ...(known.includes("samples") && { samples }),
    onProgress: (progress) => tell.progress({ doing: "Asking the model", ...progress }),
  })) {
    last = partial.toJSON();
    tell.partial(last);
  }
  // Every method yields at least once.
  return last!;
});
