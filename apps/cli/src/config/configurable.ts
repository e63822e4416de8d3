import { type Command, type Option, optionsOf } from "../arguments.ts";

/** The section of settings that hold for every command that knows them. */
export const everyCommand = "all";

const never = new Set(["config", "no-config", "help"]);

/** The options of a command that the environment and a file can set: all but those that name what is written, which is said each time. */
export function configurable(command: Command): readonly Option[] {
  return optionsOf(command).filter(({ name, path }) => !never.has(name) && path !== "written");
}

/** The options of all commands by name; those of one name may differ in what they take. */
export function configurableOfAll(commands: readonly Command[]): ReadonlyMap<string, readonly Option[]> {
  const found = new Map<string, Option[]>();
  for (const command of commands)
    for (const option of configurable(command)) found.set(option.name, [...(found.get(option.name) ?? []), option]);
  return found;
}

/** The environment variable that sets an option of a command: `ATTR_LLM_MAX_NEW_TOKENS`. */
export function variableOf(command: Command, { name }: Option): string {
  return `ATTR_${command.name}_${name}`.toUpperCase().replaceAll("-", "_");
}
