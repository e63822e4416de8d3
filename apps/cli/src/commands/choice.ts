import { talesChoice } from "@attr/models";
import { UsageError } from "../arguments.ts";
import {
  choiceAnswers,
  choiceNormalizations,
  choiceOptions,
  choiceScores,
  explainChoice,
  optionIndex,
} from "../explain-choice.ts";
import { openChoiceModel } from "../open-model.ts";
import { explainOptions, gameMethodNames, methodOption, outputOptions, show } from "../shared-options.ts";
import { counted } from "../terminal.ts";
import { type RunnableCommand, textOrInput } from "./command.ts";

/** `attr choice`: why a model chose one option and not another. */
export const choice: RunnableCommand = {
  name: "choice",
  summary: "Shows why a model chose one option of several, and why not another.",
  usage: "attr choice --prompt TEXT --option TEXT --option TEXT … [--explain K] [--versus K] [--model DIR] [options]",
  options: [
    {
      name: "prompt",
      short: "p",
      type: "string",
      value: "TEXT",
      help: "what the model reads before the options (- for the standard input)",
    },
    { name: "option", short: "o", type: "string", value: "TEXT", multiple: true, help: "an answer to choose from; at least two" },
    {
      name: "explain",
      type: "string",
      value: "K",
      help: "the option explained: its number from 1, or its text (default: the chosen one)",
    },
    { name: "versus", type: "string", value: "K", help: "explain the difference to this option" },
    {
      name: "model",
      type: "string",
      value: "DIR",
      path: "folder",
      help: "a folder with config.json, tokenizer.json and onnx/model.onnx: a multiple-choice encoder or a language model (default: the embedded tales-choice)",
    },
    {
      name: "score",
      type: "string",
      value: "WHAT",
      help: "what of an option is explained; log_prob is over the options",
      choices: choiceScores,
      default: choiceScores[0],
    },
    {
      name: "answers",
      type: "string",
      value: "WHAT",
      help: "how a language model answers",
      choices: choiceAnswers,
      default: choiceAnswers[0],
    },
    {
      name: "normalize",
      type: "string",
      value: "BY",
      help: "divides a language model's scores by length",
      choices: choiceNormalizations,
      default: choiceNormalizations[0],
    },
    methodOption(gameMethodNames),
    ...explainOptions,
    ...outputOptions,
  ],
  examples: [
    'attr choice --prompt "Tom has a red ball. Sue has a blue kite. Who has the kite?" --option Tom --option Sue',
    'attr choice -p "Tom has a red ball. Sue has a blue kite. Who has the kite?" -o Tom -o Sue --explain Sue --versus Tom --html why.html',
    "attr choice --model ./my-lm --prompt - --option yes --option no --normalize tokens < question.txt",
  ],
  async run(work) {
    const { given, terminal, signal } = work;
    const options = choiceOptions(given);
    const prompt = await textOrInput(given.required("prompt", "the text the model reads"), work);
    const explained = optionIndex(given.text("explain"), "explain", options);
    const versus = optionIndex(given.text("versus"), "versus", options);
    const opened = await openChoiceModel(given.text("model") ?? talesChoice);
    await using _ = opened.model;
    const progress = terminal.progress("scoring prompts");
    const result = await explainChoice({ given, prompt, options, ...opened }, { signal, onProgress: progress }).finally(
      progress.done,
    );
    const option = explained ?? result.chosen;
    if (option === versus) throw new UsageError("--versus names the option that is explained: there is no difference to show");
    await show(versus === undefined ? result.explain(option) : result.contrast(option, versus), result, given, terminal);
    terminal.log(`${counted(result.cost.prompts, "distinct prompt")}, ${counted(result.cost.calls, "model call")}`);
  },
};
