import { AttributionError } from "@attr/core";
import { Arguments, UsageError } from "./arguments.ts";
import { commandHelp } from "./command-help.ts";
import { commands } from "./commands/all.ts";
import type { RunnableCommand } from "./commands/command.ts";
import { standingValues } from "./config/standing-values.ts";
import { exitCodes, exitCodesInWords, Interruption } from "./exit-codes.ts";
import { nearest } from "./nearest.ts";
import { openTerminal, save } from "./terminal.ts";

/** What the program is told, and where it writes. */
export interface Surroundings {
  readonly out: Parameters<typeof openTerminal>[0];
  readonly err: Parameters<typeof openTerminal>[1];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `attr.config.json` is looked for, here and above. @defaultValue nowhere */
  readonly folder?: string | undefined;
  readonly signal: AbortSignal;
  readonly version: string;
  readInput(): Promise<string>;
}

/** Runs one command line and gives the exit code. */
export async function run(words: readonly string[], around: Surroundings): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined) {
    around.out.write(help());
    return exitCodes.usage;
  }
  const command = commands.find((entry) => entry.name === name);
  try {
    if (name === "--help" || name === "-h" || name === "help") around.out.write(helpOn(name === "help" ? rest[0] : undefined));
    else if (name === "--version" || name === "-v") await showVersion(rest, around);
    else if (command === undefined) throw new UsageError(noCommand(name));
    else await runCommand(command, rest, around);
    return exitCodes.done;
  } catch (error) {
    return told(error, command?.name, rest, around);
  }
}

async function runCommand(command: RunnableCommand, words: readonly string[], around: Surroundings): Promise<void> {
  if (words.includes("--help") || words.includes("-h")) {
    around.out.write(commandHelp(command));
    return;
  }
  const typed = new Arguments(command, words);
  const given = typed.over(await standingValues(command, typed, commands, around));
  const color = given.flag("no-color") ? false : given.flag("color") ? true : undefined;
  const terminal = openTerminal(around.out, around.err, around.environment, { quiet: given.flag("quiet"), color });
  const program = { version: around.version, commands };
  await command.run({ given, terminal, program, signal: around.signal, readInput: () => around.readInput() });
}

/** `attr --version`: the version alone, or with `--json FILE` as data. */
async function showVersion(words: readonly string[], around: Surroundings): Promise<void> {
  const [option, path, ...others] = words.flatMap((word) => (word.startsWith("--json=") ? ["--json", word.slice(7)] : [word]));
  if (option === undefined) around.out.write(`${around.version}\n`);
  else if (option !== "--json" || path === undefined || others.length > 0)
    throw new UsageError("--version takes nothing but --json FILE (- for the standard output)");
  else {
    const version = { schema: "attr.version/1", version: around.version, node: process.versions.node };
    await save(path, JSON.stringify(version, null, 1), openTerminal(around.out, around.err, around.environment));
  }
}

/** The help text of a command, or of the program where none is named. */
function helpOn(name: string | undefined): string {
  if (name === undefined) return help();
  const command = commands.find((entry) => entry.name === name);
  if (command === undefined) throw new UsageError(noCommand(name));
  return commandHelp(command);
}

function noCommand(name: string): string {
  const names = commands.map((entry) => entry.name);
  const near = nearest(name, names);
  return `"${name}" is no command: there are ${names.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`;
}

/** Says what went wrong: as a sentence, and as data where the standard output is for data. Gives the exit code. */
function told(error: unknown, command: string | undefined, words: readonly string[], around: Surroundings): number {
  const stopped = around.signal.aborted;
  const reason: unknown = around.signal.reason;
  const interruption = reason instanceof Interruption ? reason : new Interruption("interrupted");
  const cause = stopped ? interruption : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  const usage = cause instanceof UsageError;
  const exitCode = stopped ? interruption.exitCode : usage ? exitCodes.usage : exitCodes.failed;
  const prefix = command === undefined || stopped ? "attr" : `attr ${command}`;
  around.err.write(`${prefix}: ${message}\n`);
  if (usage) around.err.write(`See ${prefix} --help.\n`);
  if (wantsJson(words)) {
    const kind = usage || stopped || cause instanceof AttributionError ? (cause as Error).name : "Error"; // each of the three is one
    around.out.write(`${JSON.stringify({ schema: "attr.error/1", command, kind, message, exitCode }, null, 1)}\n`);
  }
  return exitCode;
}

/** Whether the standard output was asked for as JSON, also on a command line that cannot be understood. */
function wantsJson(words: readonly string[]): boolean {
  return words.some((word, at) => word === "--json=-" || (word === "--json" && words[at + 1] === "-"));
}

function help(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    "attr tells why a model said what it said.",
    "",
    "Usage: attr COMMAND [options]",
    "",
    "Commands:",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    "",
    "attr COMMAND --help lists a command's options. Everything runs on this machine; nothing is sent anywhere.",
    "Settings can stand in attr.config.json, here or in a folder above, and in the environment: ATTR_LLM_METHOD=lime.",
    `Exit codes: ${exitCodesInWords.map(([code, meaning]) => `${code} ${meaning}`).join(", ")}. NO_COLOR turns colour off.`,
    "",
    "Examples:",
    ...commands.map(({ examples }) => `  ${examples[0]}`),
    "",
  ].join("\n");
}
