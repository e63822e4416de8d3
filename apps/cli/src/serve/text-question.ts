import { segmentText } from "@attr/llm";
import { Arguments, type Command, type Option, optionsOf } from "../arguments.ts";
import { configurable } from "../config/configurable.ts";
import { jsonMisfit, shownJson } from "../config/json-value.ts";
import { nearest } from "../nearest.ts";
import { units } from "../shared-options.ts";
import { checkFittedFeatures } from "./fitted-features.ts";
import { Problem } from "./problem.ts";

/** Characters of a prompt, and options to choose from: every word is a prompt more to compute. */
const [longestPrompt, mostOptions] = [20_000, 100];

/** How far the numbers of a request go, by option name: what they count is computed, and held in memory. */
const bounds: Readonly<Record<string, number>> = { samples: 100_000, steps: 10_000, "max-new-tokens": 2048 };

/** What is about the terminal, or about how a result is drawn. */
const notAsked = new Set(["quiet", "color", "no-color", "token", "explain", "versus"]);

/** What a request can set: the options of the command that does the same. */
export function questionOptions(command: Command): readonly Option[] {
  return (
    configurable(command)
      // A request names no file of this machine; its model is one that is served.
      .filter(({ name, path }) => !notAsked.has(name) && (path === undefined || name === "model"))
      .map((option) => {
        if (option.name === "model") return { ...option, path: undefined, help: "a name that GET /api/models gives" };
        const maximum = bounds[option.name];
        return maximum === undefined ? option : { ...option, number: { ...option.number, maximum } };
      })
  );
}

/** The fields that a request has to have. */
export function requiredFields(command: Command): readonly string[] {
  return questionOptions(command)
    .map(({ name }) => name)
    .filter((name) => name === "prompt" || name === "option");
}

/** The body of a request as a command line of the command that does the same. @throws Problem (400) naming the field */
export function asArguments(command: Command, body: Readonly<Record<string, unknown>>): Arguments {
  const options = new Map(questionOptions(command).map((option) => [option.name, option]));
  const words: string[] = [];
  for (const [name, value] of Object.entries(body)) {
    const option = options.get(name);
    if (option === undefined) throw unknownField(name, [...options.keys()]);
    const takes = jsonMisfit(option, value);
    if (takes !== undefined) throw new Problem(400, `${name} takes ${takes}, got ${shownJson(value)}`);
    if (option.type === "boolean") words.push(...(value === true ? [`--${name}`] : []));
    else for (const text of [value].flat()) words.push(`--${name}=${String(text)}`);
  }
  for (const name of requiredFields(command)) if (!Object.hasOwn(body, name)) throw new Problem(400, `${name} is missing`);
  const given = new Arguments({ ...command, operand: undefined, options: optionsOf(command) }, words);
  const prompt = given.text("prompt") ?? "";
  if (prompt.length > longestPrompt)
    throw new Problem(400, `prompt has ${prompt.length} characters, more than the ${longestPrompt} that are explained here`);
  const by = given.choice("by", units, "word");
  // Tokens are not counted before a model is opened: a word is rarely more than three.
  const pieces = by === "token" ? 3 * segmentText(prompt, "word").length : segmentText(prompt, by).length;
  checkFittedFeatures(given.text("method") ?? "", pieces, "cut the prompt into longer pieces with by");
  const { length } = given.texts("option");
  if (length > mostOptions)
    throw new Problem(400, `option holds ${length} texts, more than the ${mostOptions} that are compared here`);
  return given;
}

/** A field that there is none of, with the nearest that there is. */
export function unknownField(name: string, names: readonly string[]): Problem {
  const near = nearest(name, names);
  const hint = near === undefined ? `there are ${names.join(", ")}` : `did you mean ${near}?`;
  return new Problem(400, `${shownJson(name)} is no field of this request: ${hint}`);
}
