import { type Command, type Option, optionsOf } from "../arguments.ts";

/** What the shells are told of the commands: everything that can be typed, as data. */
export interface CompletableCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Option[];
  /** What a word that is no option can be: one of a few, a file, or nothing. */
  readonly operand: readonly string[] | "file" | undefined;
  /** How many such words there may be. */
  readonly operands: number;
}

export function completableCommands(commands: readonly Command[]): readonly CompletableCommand[] {
  return commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    options: optionsOf(command),
    operand: command.operand === undefined ? undefined : (command.operandChoices ?? "file"),
    operands: command.operandCount?.maximum ?? 1,
  }));
}

/** What can be typed in a command's place beside a command. */
export const otherFirstWords = ["help", "--help", "--version"] as const;

/** An option as it is typed: `--method`, and `-m` where it has a letter. */
export function typedForms({ name, short }: Option): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

/** How a value is completed: by a list, by files, by folders, or not at all. */
export function valueKind({ choices, path }: Option): readonly string[] | "file" | "folder" | undefined {
  if (choices !== undefined) return choices;
  return path === "folder" ? "folder" : path === undefined ? undefined : "file";
}

/** The first sentence of a help text: lists of completions have little room. */
export function briefly(help: string): string {
  return help.replace(/ \((- for|default)[^)]*\)/g, "").replace(/[:;] .*$/s, "");
}
