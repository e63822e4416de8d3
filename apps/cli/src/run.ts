import { Arguments, commandHelp, UsageError } from "./arguments.ts";
import { choice } from "./commands/choice.ts";
import type { RunnableCommand } from "./commands/command.ts";
import { demo } from "./commands/demo.ts";
import { gradient } from "./commands/gradient.ts";
import { inspect } from "./commands/inspect.ts";
import { llm } from "./commands/llm.ts";
import { openTerminal } from "./terminal.ts";

const commands: readonly RunnableCommand[] = [demo, llm, choice, inspect, gradient];

/** What the program is told, and where it writes. */
export interface Surroundings {
  readonly out: Parameters<typeof openTerminal>[0];
  readonly err: Parameters<typeof openTerminal>[1];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly version: string;
  readInput(): Promise<string>;
}

/** Exit codes: 0 done, 1 the work failed, 2 the command line cannot be understood, 130 interrupted. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Runs one command line and gives the exit code. */
export async function run(words: readonly string[], around: Surroundings): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const wanted = name === "help" && rest[0] !== undefined ? commands.find((command) => command.name === rest[0]) : undefined;
    around.out.write(wanted === undefined ? help() : commandHelp(wanted));
    return name === undefined ? exitCodes.usage : exitCodes.done;
  }
  if (name === "--version" || name === "-v") {
    around.out.write(`${around.version}\n`);
    return exitCodes.done;
  }
  const command = commands.find((entry) => entry.name === name);
  if (command === undefined) {
    around.err.write(
      `attr: "${name}" is no command: there are ${commands.map((entry) => entry.name).join(", ")}; see attr --help\n`,
    );
    return exitCodes.usage;
  }
  try {
    if (rest.includes("--help") || rest.includes("-h")) {
      around.out.write(commandHelp(command));
      return exitCodes.done;
    }
    const given = new Arguments(command, rest);
    const color = given.flag("no-color") ? false : given.flag("color") ? true : undefined;
    const terminal = openTerminal(around.out, around.err, around.environment, { quiet: given.flag("quiet"), color });
    await command.run({ given, terminal, signal: around.signal, readInput: () => around.readInput() });
    return exitCodes.done;
  } catch (error) {
    if (around.signal.aborted) {
      around.err.write("attr: interrupted\n");
      return exitCodes.interrupted;
    }
    around.err.write(`attr ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!(error instanceof UsageError)) return exitCodes.failed;
    around.err.write(`See attr ${name} --help.\n`);
    return exitCodes.usage;
  }
}

function help(): string {
  return [
    "attr tells why a model said what it said.",
    "",
    "Usage: attr COMMAND [options]",
    "",
    "Commands:",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`),
    "",
    "attr COMMAND --help lists a command's options. Everything runs on this machine; nothing is sent anywhere.",
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. NO_COLOR turns colour off.",
    "",
    "Examples:",
    ...commands.map(({ examples }) => `  ${examples[0]}`),
    "",
  ].join("\n");
}
