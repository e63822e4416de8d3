import { parseArgs } from "node:util";

/** A command line that cannot be understood: the program says why, points to `--help` and exits with 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** One option of a command, as data: the parser and the help text are made of the same list. */
export interface Option {
  readonly name: string;
  readonly type: "string" | "boolean";
  /** What stands for the value in the help text: "TEXT", "FILE". */
  readonly value?: string | undefined;
  readonly short?: string | undefined;
  /** May be given several times. */
  readonly multiple?: boolean | undefined;
  readonly help: string;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** What the one word after the command that is no option stands for. @defaultValue no such word */
  readonly operand?: string | undefined;
  readonly options: readonly Option[];
  readonly examples: readonly string[];
}

/** The values given, by option name; asks for each in the type it should have and says what is wrong otherwise. */
export class Arguments {
  readonly #values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly #operands: readonly string[];

  constructor(command: Command, words: readonly string[]) {
    try {
      const { values, positionals } = parseArgs({
        args: [...words],
        allowPositionals: command.operand !== undefined,
        strict: true,
        options: Object.fromEntries(
          command.options.map((option) => [
            option.name,
            {
              type: option.type,
              multiple: option.multiple ?? false,
              ...(option.short === undefined ? {} : { short: option.short }),
            },
          ]),
        ),
      });
      this.#values = values;
      this.#operands = positionals;
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
    if (command.operand !== undefined && this.#operands.length !== 1)
      throw new UsageError(
        `one ${command.operand} is needed, got ${this.#operands.length === 0 ? "none" : this.#operands.map((word) => `"${word}"`).join(", ")}`,
      );
  }

  /** The word that is no option, of a command that takes one. */
  get operand(): string {
    return this.#operands[0] ?? "";
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
  }

  required(name: string, what: string): string {
    const value = this.text(name);
    if (value === undefined) throw new UsageError(`--${name} is missing: ${what}`);
    return value;
  }

  number(
    name: string,
    { minimum = Number.NEGATIVE_INFINITY, integer = false }: { readonly minimum?: number; readonly integer?: boolean } = {},
  ): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value < minimum || (integer && !Number.isSafeInteger(value))) {
      const kind = integer ? "a whole number" : "a number";
      throw new UsageError(`--${name} takes ${kind}${Number.isFinite(minimum) ? ` of at least ${minimum}` : ""}, got "${text}"`);
    }
    return value;
  }

  choice<Name extends string>(name: string, names: readonly Name[], otherwise: Name): Name {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const found = names.find((entry) => entry === text);
    if (found === undefined) throw new UsageError(`--${name} takes one of ${names.join(", ")}, got "${text}"`);
    return found;
  }
}

/** The help text of one command. */
export function commandHelp(command: Command): string {
  const left = command.options.map((option) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    return `  ${short}--${option.name}${option.type === "string" ? ` ${option.value ?? "VALUE"}` : ""}`;
  });
  const column = Math.min(34, Math.max(...left.map((text) => text.length)) + 2);
  const lines = command.options.map((option, index) => {
    const text = left[index]!;
    return text.length < column ? text.padEnd(column) + option.help : `${text}\n${" ".repeat(column)}${option.help}`;
  });
  return [
    `${command.summary}`,
    "",
    `Usage: ${command.usage}`,
    "",
    "Options:",
    ...lines,
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}
