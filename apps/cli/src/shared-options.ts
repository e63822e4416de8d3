import { type Explainable, type GameMethod, InvalidArgumentError } from "@attr/core";
import { type GameMethodName, gameMethodNamed, gameMethods } from "@attr/core/catalogue";
import { type InterpretableInput, type SegmentKind, TextSegmentInput, TextTokenInput, type Tokenizer } from "@attr/llm";
import { type Arguments, type Option, UsageError } from "./arguments.ts";
import { save, type Terminal } from "./terminal.ts";

export const units = ["word", "sentence", "line", "paragraph", "token"] as const satisfies readonly (SegmentKind | "token")[];

/** The methods that take pieces of a text away, the one that is taken where none is named first. */
export const gameMethodNames: readonly GameMethodName[] = gameMethods.map(({ name }) => name);

/** The option that picks a method. */
export function methodOption(names: readonly string[]): Option {
  return {
    name: "method",
    short: "m",
    type: "string",
    value: "NAME",
    help: "the attribution method",
    choices: names,
    default: names[0],
  };
}

/** How a sampled method draws. */
export const samplingOptions: readonly Option[] = [
  {
    name: "samples",
    type: "string",
    value: "N",
    help: "how many samples a sampled method draws",
    number: { minimum: 1, integer: true },
  },
  {
    name: "seed",
    type: "string",
    value: "N",
    help: "makes sampling repeatable",
    number: { minimum: 0, integer: true },
    default: 0,
  },
];

/** How the prompt is cut and the method runs: the same for every command that explains a text. */
export const explainOptions: readonly Option[] = [
  { name: "by", type: "string", value: "UNIT", help: "what is taken away at a time", choices: units, default: "word" },
  {
    name: "baseline",
    type: "string",
    value: "TEXT",
    help: "what stands in for a piece taken away, a token with --by token (default: nothing; the mask token)",
  },
  ...samplingOptions,
];

/** `--json` of a command that reports something. */
export const jsonOption: Option = {
  name: "json",
  type: "string",
  value: "FILE",
  path: "written",
  help: "write the result as JSON (- for the standard output, in place of the text)",
};

/** Where the result goes. */
export const outputOptions: readonly Option[] = [
  jsonOption,
  { name: "html", type: "string", value: "FILE", path: "written", help: "write a page of its own, to open in any browser" },
  { name: "svg", type: "string", value: "FILE", path: "written", help: "write a picture" },
  { name: "quiet", short: "q", type: "boolean", help: "no progress bar and no notes" },
  { name: "color", type: "boolean", opposite: "no-color", help: "colour in a pipe too" },
  { name: "no-color", type: "boolean", opposite: "color", help: "no colour, as with NO_COLOR in the environment" },
];

/** The method asked for, over a model, with the options that go with it. */
export function chosenMethod<M extends Explainable>(
  given: Arguments,
  model: M,
): { readonly method: GameMethod<M>; readonly options: Readonly<Record<string, number>> } {
  const name = given.choice("method", gameMethodNames, "feature-ablation");
  const [samples, seed] = [given.number("samples"), given.number("seed")];
  const { create, settings: known } = gameMethodNamed(name);
  if (given.typed("samples") && !known.includes("samples"))
    throw new UsageError(`--samples is for sampled methods; ${name} has nothing to sample`);
  return {
    method: create(model),
    options: {
      ...(samples !== undefined && known.includes("samples") && { samples }),
      ...(seed !== undefined && known.includes("seed") && { seed }),
    },
  };
}

/** The prompt cut as asked. A word that is taken away takes the space before it along. */
export function chosenInput(given: Arguments, prompt: string, tokenizer: Tokenizer): InterpretableInput {
  const by = given.choice("by", units, "word");
  const baseline = given.text("baseline");
  if (by !== "token") return new TextSegmentInput(prompt, { by, withSpace: (baseline ?? "") === "", baseline: baseline ?? "" });
  return tokenInput(given, prompt, tokenizer);
}

/** The prompt cut into tokens; the mask token stands in for one that is taken away, where nothing else is asked for. */
export function tokenInput(given: Arguments, prompt: string, tokenizer: Tokenizer): TextTokenInput {
  const baseline = given.text("baseline");
  if (baseline !== undefined && tokenizer.tokenToId(baseline) === undefined)
    throw new InvalidArgumentError(`--baseline "${baseline}" is no token of this model`);
  return new TextTokenInput(prompt, tokenizer, {
    baseline: baseline ?? tokenizer.maskToken ?? tokenizer.unknownToken ?? tokenizer.padToken ?? 0,
  });
}

/** Anything that can be shown and saved in every way the command line offers. */
export interface Picture {
  toAnsi(options: { readonly color: boolean | "16" | "256" | "truecolor"; readonly width: number }): string;
  toHtml(): string;
  toSvg(): string;
}

/** Shows a picture at the terminal and writes the files asked for; `data` is what `--json` saves. */
export async function show(picture: Picture, data: object, given: Arguments, terminal: Terminal): Promise<void> {
  const json = given.text("json");
  const html = given.text("html");
  const svg = given.text("svg");
  if ([json, html, svg].filter((path) => path === "-").length > 1)
    throw new UsageError("only one of --json, --html and --svg can be the standard output");
  if (json !== "-" && html !== "-" && svg !== "-") terminal.out(picture.toAnsi({ color: terminal.color, width: terminal.width }));
  if (json !== undefined) await save(json, JSON.stringify(data, null, 1), terminal);
  if (html !== undefined) await save(html, picture.toHtml(), terminal);
  if (svg !== undefined) await save(svg, picture.toSvg(), terminal);
}
