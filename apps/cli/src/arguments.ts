import { parseArgs } from "node:util";
import { nearest } from "./nearest.ts";

/** A command line that cannot be understood: the program says why, points to `--help` and exits with 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** One option of a command, as data: the parser, the help text, the configuration file's schema and the completions are made of the same list. */
export interface Option {
  readonly name: string;
  readonly type: "string" | "boolean";
  /** What stands for the value in the help text: "TEXT", "FILE". */
  readonly value?: string | undefined;
  readonly short?: string | undefined;
  /** May be given several times. */
  readonly multiple?: boolean | undefined;
  readonly help: string;
  /** All values that it takes, where they are few; the help text lists them. @defaultValue any text */
  readonly choices?: readonly string[] | undefined;
  /** Its value is a number within these bounds. @defaultValue a text */
  readonly number?: NumberBounds | undefined;
  /** Its value is a path: of a file that is read, of a folder, of a file that is written. @defaultValue no path */
  readonly path?: "file" | "folder" | "written" | undefined;
  /** What holds where it is not given; the help text says so. */
  readonly default?: string | number | undefined;
  /** The option that says the opposite: where both stand, the one nearer to the command line holds. */
  readonly opposite?: string | undefined;
}

export interface NumberBounds {
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly integer?: boolean | undefined;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** What the one word after the command that is no option stands for. @defaultValue no such word */
  readonly operand?: string | undefined;
  /** How many such words there may be. @defaultValue exactly one */
  readonly operandCount?: { readonly minimum: number; readonly maximum: number } | undefined;
  /** All words that the operand can be, where they are few. */
  readonly operandChoices?: readonly string[] | undefined;
  readonly options: readonly Option[];
  readonly examples: readonly string[];
}

/** What every command takes beside its own options. */
const commonOptions: readonly Option[] = [
  {
    name: "config",
    type: "string",
    value: "FILE",
    path: "file",
    help: "take settings from this file (default: the nearest attr.config.json, here or in a folder above)",
  },
  { name: "no-config", type: "boolean", help: "take no settings from a file" },
  { name: "help", short: "h", type: "boolean", help: "this text" },
];

/** All options of a command, those that every command has last. */
export function optionsOf(command: Command): readonly Option[] {
  const common = new Set(commonOptions.map(({ name }) => name));
  return [...command.options.filter(({ name }) => !common.has(name)), ...commonOptions];
}

/** What an option takes, in words, where a text is not it; undefined where it is. */
export function misfit(option: Option, text: string): string | undefined {
  if (option.choices !== undefined && !option.choices.includes(text)) return `one of ${option.choices.join(", ")}`;
  if (option.number !== undefined && !(text.trim() !== "" && within(Number(text), option.number)))
    return numberInWords(option.number);
  return undefined;
}

function within(value: number, { minimum, maximum, integer }: NumberBounds): boolean {
  if (!Number.isFinite(value) || (integer === true && !Number.isSafeInteger(value))) return false;
  return value >= (minimum ?? Number.NEGATIVE_INFINITY) && value <= (maximum ?? Number.POSITIVE_INFINITY);
}

function numberInWords({ minimum, maximum, integer }: NumberBounds): string {
  const kind = integer === true ? "a whole number" : "a number";
  if (minimum !== undefined && maximum !== undefined) return `${kind} from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${kind} of at least ${minimum}`;
  return maximum === undefined ? kind : `${kind} of at most ${maximum}`;
}

/** The value of an option; a list for one that may be given several times. */
export type OptionValue = string | boolean | readonly string[];

/** The values given, by option name; asks for each in the type it should have and says what is wrong otherwise. */
export class Arguments {
  readonly #command: Command;
  readonly #words: readonly string[];
  readonly #typed: Readonly<Record<string, OptionValue | undefined>>;
  readonly #standing: ReadonlyMap<string, OptionValue>;
  readonly #operands: readonly string[];

  /** @param standing what holds for options that the words leave out: from the environment and the configuration. */
  constructor(command: Command, words: readonly string[], standing: ReadonlyMap<string, OptionValue> = new Map()) {
    this.#command = command;
    this.#words = words;
    this.#standing = standing;
    const options = optionsOf(command);
    const { values, positionals } = parsed(command, words);
    this.#typed = values;
    this.#operands = positionals;
    for (const option of options)
      for (const text of [values[option.name] ?? []].flat()) {
        const takes = typeof text === "string" ? misfit(option, text) : undefined;
        if (takes !== undefined) throw new UsageError(`--${option.name} takes ${takes}, got ${JSON.stringify(text)}`);
      }
    if (command.operand === undefined) return;
    const shown = this.#operands.map((word) => `"${word}"`).join(", ");
    const { minimum, maximum } = command.operandCount ?? { minimum: 1, maximum: 1 };
    if (this.#operands.length < minimum || this.#operands.length > maximum) {
      const wanted =
        minimum === maximum
          ? `one ${command.operand} is needed`
          : `at most ${maximum} ${maximum === 1 ? "word is" : "words are"} taken, ${command.operand}`;
      throw new UsageError(`${wanted}, got ${this.#operands.length === 0 ? "none" : shown}`);
    }
    if (command.operandChoices?.includes(this.operand) === false)
      throw new UsageError(`${command.operand} is one of ${command.operandChoices.join(", ")}, got ${shown}`);
  }

  /** The same words, with values that hold where the words say nothing. */
  over(standing: ReadonlyMap<string, OptionValue>): Arguments {
    return new Arguments(this.#command, this.#words, standing);
  }

  /** Whether an option stands on the command line itself: what holds from elsewhere gives way where it does not fit. */
  typed(name: string): boolean {
    return this.#typed[name] !== undefined;
  }

  /** The word that is no option, of a command that takes one. */
  get operand(): string {
    return this.#operands[0] ?? "";
  }

  /** All words that are no options. */
  get operands(): readonly string[] {
    return this.#operands;
  }

  flag(name: string): boolean {
    return this.#value(name) === true;
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    return typeof value === "string" ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#value(name);
    return typeof value === "object" ? value : [];
  }

  required(name: string, what: string): string {
    const value = this.text(name);
    if (value === undefined) throw new UsageError(`--${name} is missing: ${what}`);
    return value;
  }

  /** @param bounds what the number must keep to beside the option's own bounds. */
  number(name: string, bounds: NumberBounds = {}): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (text.trim() === "" || !within(Number(text), bounds))
      throw new UsageError(`--${name} takes ${numberInWords(bounds)}, got "${text}"`);
    return Number(text);
  }

  choice<Name extends string>(name: string, names: readonly Name[], otherwise: Name): Name {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const found = names.find((entry) => entry === text);
    if (found === undefined) throw new UsageError(`--${name} takes one of ${names.join(", ")}, got "${text}"`);
    return found;
  }

  #value(name: string): OptionValue | undefined {
    return this.#typed[name] ?? this.#standing.get(name);
  }
}

/** The words of a command line, taken apart. */
function parsed(
  command: Command,
  words: readonly string[],
): { readonly values: Readonly<Record<string, OptionValue | undefined>>; readonly positionals: readonly string[] } {
  const options = optionsOf(command);
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: command.operand !== undefined,
      strict: true,
      options: Object.fromEntries(
        options.map(({ name, type, multiple = false, short }) => [
          name,
          { type, multiple, ...(short === undefined ? {} : { short }) },
        ]),
      ),
    });
    // Only options of strings may be given several times.
    return { values: values as Readonly<Record<string, OptionValue | undefined>>, positionals };
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    const [, unknown] = /^Unknown option '--([^']+)'/.exec(sentence) ?? [];
    if (unknown === undefined) throw new UsageError(sentence);
    const near = nearest(
      unknown,
      options.map(({ name }) => name),
    );
    throw new UsageError(`there is no option --${unknown}${near === undefined ? "" : `; did you mean --${near}?`}`);
  }
}
