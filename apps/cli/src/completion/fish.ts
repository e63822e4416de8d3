import { briefly, type CompletableCommand, valueKind } from "./words.ts";

/** The completions for fish. */
export function fishCompletion(commands: readonly CompletableCommand[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = [
    "# Completion of attr for fish: attr completion fish | source",
    "complete -c attr -f",
    ...commands.map(({ name, summary }) => `complete -c attr -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`),
    "complete -c attr -n __fish_use_subcommand -a help -d 'Shows what a command takes'",
    "complete -c attr -n __fish_use_subcommand -s h -l help -d 'Lists the commands'",
    "complete -c attr -n __fish_use_subcommand -s v -l version -d 'Prints the version'",
    `complete -c attr -n '__fish_seen_subcommand_from help' -a '${names}'`,
  ];
  for (const { name, options, operand } of commands) {
    const here = `complete -c attr -n '__fish_seen_subcommand_from ${name}'`;
    if (operand !== undefined) lines.push(`${here} ${operand === "file" ? "-F" : `-a '${operand.join(" ")}'`}`);
    for (const option of options) {
      const short = option.short === undefined ? "" : ` -s ${option.short}`;
      const value = option.type === "boolean" ? "" : ` ${completed(valueKind(option))}`;
      lines.push(`${here}${short} -l ${option.name}${value} -d ${quoted(briefly(option.help))}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function completed(kind: readonly string[] | "file" | "folder" | undefined): string {
  if (kind === undefined) return "-x";
  if (typeof kind === "string") return kind === "file" ? "-r -F" : "-x -a '(__fish_complete_directories)'";
  return `-x -a '${kind.join(" ")}'`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
