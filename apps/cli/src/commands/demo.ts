import { type AttributionResult, bind, type CausalLm, FeatureAblation, type GraphModel, logSoftmax } from "@attr/core";
import {
  encodeChoices,
  LLMAttribution,
  type LLMAttributionResult,
  MultipleChoice,
  type Span,
  segmentText,
  type TextExplanation,
  TextSegmentInput,
  type Tokenizer,
  textAttribution,
} from "@attr/llm";
import { talesChoice, talesLm } from "@attr/models";
import { UsageError } from "../arguments.ts";
import { openChoiceModel, openLanguageModel } from "../open-model.ts";
import { outputOptions, type Picture } from "../shared-options.ts";
import { counted, save, type Terminal } from "../terminal.ts";
import type { RunnableCommand } from "./command.ts";

const story = "Max and Sue were in the meadow. She has a green book. He wants the book.";
const question = "Who has the book?";
const options = ["Max", "Sue", "Eve"] as const;

/** `attr demo`: the embedded models explained in the ways this project is for. */
export const demo: RunnableCommand = {
  name: "demo",
  summary: "Explains two small embedded models: what a language model answered, and why a multiple-choice model chose.",
  usage: "attr demo [--html FILE] [options]",
  options: outputOptions
    .filter(({ name }) => name !== "svg")
    .map((option) =>
      option.name === "html" ? { ...option, help: "also write the answer's explanation as a page of its own" } : option,
    ),
  examples: ["attr demo", "attr demo --html answer.html", "attr demo --json - | jq .choice.chosen"],
  async run({ given, terminal: screen, signal }) {
    const [json, html] = [given.text("json"), given.text("html")];
    if (json === "-" && html === "-") throw new UsageError("only one of --json and --html can be the standard output");
    // What is shown gives way to what the standard output was asked for.
    const terminal = json === "-" || html === "-" ? { ...screen, out: () => {} } : screen;
    const progress = terminal.progress("explaining");
    const answer = await explainAnswer(signal, progress).finally(progress.done);
    section(terminal, "1", "Which words made the language model answer as it did?", [
      `${story} ${question}`,
      `tales-lm answers:${answer.outputText}`,
    ]);
    terminal.out(answer.toAnsi(look(terminal)));
    cost(terminal, answer.cost);

    const { model, tokenizer } = await openChoiceModel(talesChoice);
    await using _ = model;
    if (!("inputs" in model)) throw new Error("tales-choice is an encoder");
    section(terminal, "2", "Why did the multiple-choice model choose its option? The plain way", [
      `FeatureAblation on input_ids; the other inputs are bound, the options' logits pass through log-softmax, the target is an option.`,
    ]);
    const logits = await explainLogits(model, tokenizer, signal);
    terminal.out(logits.explanation.toAnsi(look(terminal)));

    section(terminal, "3", "And why not another option? From text to text", [
      `MultipleChoice takes a word away in all options at once: a row an option, a column a word.`,
    ]);
    const segments = { by: "word", baseline: { token: tokenizer.maskToken ?? 0, tokenizer } } as const;
    const choice = await new MultipleChoice(new FeatureAblation(model), tokenizer).attribute(
      { prompt: new TextSegmentInput(`${story} ${question}`, segments), options },
      { signal },
    );
    const second = choice.scores.reduce(
      (best, score, k) => (k !== choice.chosen && (best < 0 || score > choice.scores[best]!) ? k : best),
      -1,
    );
    terminal.out(choice.contrast(choice.chosen, second).toAnsi(look(terminal)));
    cost(terminal, choice.cost);

    if (html !== undefined) await save(html, answer.toHtml(), screen);
    const report = {
      schema: "attr.demo/1",
      answer,
      logits: logits.result,
      choice: { ...choice.toJSON(), chosen: choice.chosen },
    };
    if (json !== undefined) await save(json, JSON.stringify(report, null, 1), screen);
    terminal.log("\nYour own prompt: attr llm --help, attr choice --help");
  },
};

/** The founding story's second way: from text to text. */
async function explainAnswer(signal: AbortSignal, onProgress: ReturnType<Terminal["progress"]>): Promise<LLMAttributionResult> {
  const { model, tokenizer }: { model: CausalLm; tokenizer: Tokenizer } = await openLanguageModel(talesLm);
  await using _ = model;
  const prompt = `${story} Question: ${question} Answer:`;
  const by = wordSpans(prompt, story.length + 1 + "Question:".length, prompt.length - "Answer:".length);
  return await new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(
    new TextSegmentInput(prompt, { by, withSpace: true }),
    { signal, onProgress },
  );
}

/** The founding story's first way: plain ablation of the tokens, everything else passed along, the option given as the target. */
async function explainLogits(encoder: GraphModel, tokenizer: Tokenizer, signal: AbortSignal): Promise<LogitsExplanation> {
  const { input_ids, token_type_ids, attention_mask, featureMask } = encodeChoices(`${story} ${question}`, options, tokenizer);
  const model = logSoftmax(bind(encoder, { token_type_ids, attention_mask }));
  const target = options.indexOf("Sue");
  const result = await new FeatureAblation(model).attribute(
    { input_ids },
    { target, baselines: { input_ids: tokenizer.maskToken ?? 0 }, featureMask: { input_ids: featureMask }, signal },
  );
  const explained = `the log-probability of option "${options[target]}"`;
  return { result, explanation: textAttribution(result, { ids: input_ids, tokenizer, featureMask, unit: "nats", explained }) };
}

/** A tensor method's result, and the same over the pieces of the text. */
interface LogitsExplanation {
  readonly result: AttributionResult;
  readonly explanation: TextExplanation;
}

/** The words of the story and the question, without the frame around them (`Question:`, `Answer:`), which is never taken away. */
function wordSpans(prompt: string, frameEnd: number, answerStart: number): readonly Span[] {
  const frameStart = frameEnd - "Question:".length;
  return segmentText(prompt, "word").filter(([start]) => start < answerStart && (start < frameStart || start >= frameEnd));
}

function look(terminal: Terminal): Parameters<Picture["toAnsi"]>[0] & { top: number } {
  return { color: terminal.color, width: terminal.width, top: 8 };
}

function section(terminal: Terminal, number: string, title: string, lines: readonly string[]): void {
  terminal.out(["", `━━ ${number} ━━ ${title}`, ...lines.map((line) => `   ${line}`), ""].join("\n"));
}

function cost(terminal: Terminal, { prompts, calls }: { readonly prompts: number; readonly calls: number }): void {
  terminal.out(`${counted(prompts, "distinct prompt")} in ${counted(calls, "model call")}`);
}
