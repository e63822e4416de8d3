import type { Arguments, Command } from "../arguments.ts";
import type { Terminal } from "../terminal.ts";

/** What a command is given to work with. */
export interface Work {
  readonly given: Arguments;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The program that the command is one of. */
  readonly program: Program;
  /** Reads the standard input to its end. */
  readInput(): Promise<string>;
}

export interface Program {
  readonly version: string;
  readonly commands: readonly Command[];
}

export interface RunnableCommand extends Command {
  run(work: Work): Promise<void>;
}

/** The text of an option, or the standard input for `-`. */
export async function textOrInput(text: string, work: Work): Promise<string> {
  return text === "-" ? (await work.readInput()).replace(/\r?\n$/, "") : text;
}
