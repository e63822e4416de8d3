import { talesLm } from "@attr/models";
import { attrTargets, checkTextOptions, explainText, textMethodNames } from "../explain-text.ts";
import { openLanguageModel } from "../open-model.ts";
import { explainOptions, methodOption, outputOptions, show } from "../shared-options.ts";
import { counted } from "../terminal.ts";
import { type RunnableCommand, textOrInput } from "./command.ts";

/** `attr llm`: which words of a prompt made a language model answer as it did. */
export const llm: RunnableCommand = {
  name: "llm",
  summary: "Shows which words of a prompt made a language model answer as it did.",
  usage: "attr llm --prompt TEXT [--model DIR] [--target TEXT] [--method NAME] [options]",
  options: [
    { name: "prompt", short: "p", type: "string", value: "TEXT", help: "what the model reads (- for the standard input)" },
    {
      name: "model",
      type: "string",
      value: "DIR",
      path: "folder",
      help: "a folder with config.json, tokenizer.json and onnx/model.onnx (default: the embedded tales-lm)",
    },
    {
      name: "target",
      short: "t",
      type: "string",
      value: "TEXT",
      help: "the answer to explain, with its leading space (default: what the model generates)",
    },
    {
      name: "attr-target",
      type: "string",
      value: "WHAT",
      help: "what of the answer is explained",
      choices: attrTargets,
      default: "log_prob",
    },
    {
      name: "max-new-tokens",
      type: "string",
      value: "N",
      help: "how long a generated answer may be",
      number: { minimum: 1, integer: true },
      default: 25,
    },
    {
      name: "temperature",
      type: "string",
      value: "X",
      help: "0 takes the likeliest token each time, above 0 samples",
      number: { minimum: 0 },
      default: 0,
    },
    {
      name: "top-p",
      type: "string",
      value: "X",
      help: "samples from the likeliest tokens of this share",
      number: { minimum: 0 },
      default: 1,
    },
    {
      name: "token",
      type: "string",
      value: "K",
      help: "colour the prompt by the K-th token of the answer (default: the whole answer)",
      number: { minimum: 1, integer: true },
    },
    methodOption(textMethodNames),
    {
      name: "steps",
      type: "string",
      value: "N",
      help: "points of the path at which integrated-gradients takes the gradient",
      number: { minimum: 1, integer: true },
      default: 50,
    },
    ...explainOptions,
    ...outputOptions,
  ],
  examples: [
    'attr llm --prompt "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:"',
    'attr llm -p "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:" -t " Tom" --html why.html',
    'attr llm -p "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:" --method integrated-gradients --steps 20',
    "attr llm --model ./my-model --prompt - --method shapley-value-sampling --samples 50 --by sentence --json result.json < prompt.txt",
  ],
  async run(work) {
    const { given, terminal, signal } = work;
    const prompt = await textOrInput(given.required("prompt", "the text the model reads"), work);
    const token = given.number("token");
    checkTextOptions(given);
    const { model, tokenizer } = await openLanguageModel(given.text("model") ?? talesLm);
    await using _ = model;
    const progress = terminal.progress("scoring prompts");
    const result = await explainText({ given, prompt, model, tokenizer }, { signal, onProgress: progress }).finally(
      progress.done,
    );
    const past = token !== undefined && token > result.outputTokens.length;
    if (past)
      terminal.log(`--token ${token} is past the answer's ${result.outputTokens.length} tokens: the whole answer is shown`);
    const view = token === undefined || past ? {} : { token: token - 1 };
    await show(
      {
        toAnsi: (ansi) => result.toAnsi({ ...ansi, ...view }),
        toHtml: () => result.toHtml(view),
        toSvg: () => result.toSvg(view),
      },
      result,
      given,
      terminal,
    );
    const { prompts, calls, tokens } = result.cost;
    terminal.log(
      [counted(prompts, "distinct prompt"), counted(calls, "model call"), counted(tokens, "token position")].join(", "),
    );
  },
};
