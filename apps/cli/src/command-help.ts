import { type Command, type Option, optionsOf } from "./arguments.ts";

/** The help text of one command. */
export function commandHelp(command: Command): string {
  const options = optionsOf(command);
  const left = options.map((option) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    return `  ${short}--${optionTerm(option)}`;
  });
  const column = Math.min(34, Math.max(...left.map((text) => text.length)) + 2);
  const lines = options.map((option, index) => {
    const text = left[index]!;
    return text.length < column
      ? text.padEnd(column) + optionHelp(option)
      : `${text}\n${" ".repeat(column)}${optionHelp(option)}`;
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

/** An option as it is typed, without the dashes: "samples N". */
export function optionTerm({ name, type, value }: Option): string {
  return type === "string" ? `${name} ${value ?? "VALUE"}` : name;
}

/** What an option does, what it takes and what holds without it, in one line. */
export function optionHelp({ help, choices, default: otherwise }: Option): string {
  const takes = choices === undefined ? "" : `: ${choices.join(", ")}`;
  return `${help}${takes}${otherwise === undefined ? "" : ` (default ${otherwise})`}`;
}
