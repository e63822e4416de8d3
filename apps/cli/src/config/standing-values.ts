import { type Arguments, type Command, misfit, type Option, type OptionValue, optionsOf, UsageError } from "../arguments.ts";
import { type Config, findConfig } from "./config-file.ts";
import { configurable, variableOf } from "./configurable.ts";

/** Where settings come from beside the command line. */
export interface SettingSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the configuration is looked for. @defaultValue nowhere */
  readonly folder?: string | undefined;
}

/**
 * What holds for the options that a command line leaves out: the environment says first, then the configuration. What the words say the
 * opposite of is left out.
 */
export async function standingValues(
  command: Command,
  typed: Arguments,
  commands: readonly Command[],
  { environment, folder }: SettingSources,
): Promise<ReadonlyMap<string, OptionValue>> {
  // A shell that starts in a folder with a broken configuration has its completions.
  if (configurable(command).length === 0) return new Map();
  const config = await configOf(typed, commands, { environment, folder });
  const standing = new Map(config?.valuesFor(command));
  const put = (option: Option, value: OptionValue): void => {
    if (option.opposite !== undefined && value === true) standing.delete(option.opposite);
    standing.set(option.name, value);
  };
  for (const option of configurable(command)) {
    const value = fromColorVariables(option, environment) ?? fromVariable(variableOf(command, option), option, environment);
    if (value !== undefined) put(option, value);
  }
  for (const { name, opposite } of optionsOf(command)) if (opposite !== undefined && typed.typed(name)) standing.delete(opposite);
  return standing;
}

async function configOf(
  typed: Arguments,
  commands: readonly Command[],
  { environment, folder }: SettingSources,
): Promise<Config | undefined> {
  const file = typed.text("config");
  if (typed.flag("no-config")) {
    if (file !== undefined) throw new UsageError("--config and --no-config say the opposite of each other");
    return undefined;
  }
  return await findConfig(commands, { file: file ?? (environment["ATTR_CONFIG"] || undefined), folder });
}

/** What programs agree on: `NO_COLOR` wins over `FORCE_COLOR`, and an empty one is none. */
function fromColorVariables({ name }: Option, environment: SettingSources["environment"]): boolean | undefined {
  const [no, force] = [environment["NO_COLOR"] ?? "", environment["FORCE_COLOR"] ?? ""];
  if (name === "no-color") return no !== "" || force === "0" || undefined;
  if (name === "color") return (no === "" && force !== "" && force !== "0") || undefined;
  return undefined;
}

const truths: Readonly<Record<string, boolean>> = { "1": true, true: true, "0": false, false: false };

function fromVariable(variable: string, option: Option, environment: SettingSources["environment"]): OptionValue | undefined {
  const text = environment[variable];
  if (text === undefined || text === "") return undefined;
  const texts = option.multiple === true ? text.split("\n").filter((line) => line !== "") : [text];
  const takes =
    option.type === "boolean" ? (Object.hasOwn(truths, text) ? undefined : "1, true, 0 or false") : firstMisfit(option, texts);
  if (takes !== undefined) throw new UsageError(`${variable} in the environment takes ${takes}, got ${JSON.stringify(text)}`);
  if (option.type === "boolean") return truths[text]!;
  return option.multiple === true ? texts : text;
}

function firstMisfit(option: Option, texts: readonly string[]): string | undefined {
  return texts.map((text) => misfit(option, text)).find((takes) => takes !== undefined);
}
