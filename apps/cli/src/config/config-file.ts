import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type Command, type Option, type OptionValue, UsageError } from "../arguments.ts";
import { nearest } from "../nearest.ts";
import { configurable, configurableOfAll, everyCommand } from "./configurable.ts";
import { jsonMisfit, shownJson } from "./json-value.ts";

export const configName = "attr.config.json";

/** A configuration: settings by command, as a file has them, each held against the options of the commands. */
export interface Config {
  readonly path: string;
  /** What the file says of a command's options: its own section, then that of every command. */
  valuesFor(command: Command): ReadonlyMap<string, OptionValue>;
}

/**
 * Reads the configuration that is asked for, or the nearest one in a folder or above it.
 *
 * @throws UsageError naming the file, the key, what was got and the nearest right key.
 */
export async function findConfig(
  commands: readonly Command[],
  { file, folder }: { readonly file?: string | undefined; readonly folder?: string | undefined },
): Promise<Config | undefined> {
  if (file !== undefined) {
    const path = resolve(folder ?? "", file);
    const text = await textAt(path);
    if (text === undefined) throw new UsageError(`there is no configuration ${path}`);
    return checkedConfig(path, text, commands);
  }
  if (folder === undefined) return undefined;
  for (let at = resolve(folder); ; at = dirname(at)) {
    const path = join(at, configName);
    const text = await textAt(path);
    if (text !== undefined) return checkedConfig(path, text, commands);
    if (dirname(at) === at) return undefined;
  }
}

async function textAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type Settings = Readonly<Record<string, unknown>>;

/** Holds a configuration against the options of all commands, so that a wrong key is told whichever command runs. */
function checkedConfig(path: string, text: string, commands: readonly Command[]): Config {
  const refuse = (sentence: string): UsageError => new UsageError(`${path}: ${sentence}`);
  const config = parsed(text, refuse);
  const sections = new Map<string, Settings>();
  const names = [everyCommand, ...commands.filter((command) => configurable(command).length > 0).map(({ name }) => name)];
  for (const [name, section] of Object.entries(config)) {
    if (name === "$schema") {
      if (typeof section !== "string") throw refuse(`"$schema" takes a text, got ${shownJson(section)}`);
      continue;
    }
    if (!names.includes(name)) throw refuse(`${unknownKey(name, names)}: there are ${names.join(", ")}`);
    if (!isObject(section)) throw refuse(`"${name}" takes an object of settings, got ${shownJson(section)}`);
    sections.set(name, section);
  }
  for (const command of commands) {
    const options = new Map(configurable(command).map((option) => [option.name, [option]]));
    checkSection(command.name, sections.get(command.name) ?? {}, options, refuse);
  }
  checkSection(everyCommand, sections.get(everyCommand) ?? {}, configurableOfAll(commands), refuse);
  return {
    path,
    valuesFor: (command) => {
      const values = new Map<string, OptionValue>();
      for (const option of configurable(command)) {
        const own = sections.get(command.name)?.[option.name];
        const common = sections.get(everyCommand)?.[option.name];
        // What holds for all is left out where this command's option of the name takes something else.
        const value = own ?? (common !== undefined && jsonMisfit(option, common) === undefined ? common : undefined);
        if (value !== undefined) values.set(option.name, settingOf(option, value, dirname(path)));
      }
      return values;
    },
  };
}

function parsed(text: string, refuse: (sentence: string) => UsageError): Settings {
  let config: unknown;
  try {
    config = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw refuse(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(config)) throw refuse(`it must hold an object, got ${shownJson(config)}`);
  return config;
}

function checkSection(
  section: string,
  settings: Settings,
  options: ReadonlyMap<string, readonly Option[]>,
  refuse: (sentence: string) => UsageError,
): void {
  for (const [key, value] of Object.entries(settings)) {
    const named = options.get(key);
    if (named === undefined) throw refuse(unknownKey(key, [...options.keys()], section));
    const problems = named.map((option) => jsonMisfit(option, value));
    if (!problems.includes(undefined)) throw refuse(`"${section}.${key}" takes ${problems[0]}, got ${shownJson(value)}`);
  }
}

function unknownKey(key: string, names: readonly string[], section?: string): string {
  const near = nearest(key, names);
  const path = section === undefined ? key : `${section}.${key}`;
  return `"${path}" is no setting${near === undefined ? "" : `; did you mean "${near}"?`}`;
}

/** A setting as the option's value; paths are those beside the file, addresses (`https:`) stay as they are. */
function settingOf(option: Option, value: unknown, folder: string): OptionValue {
  if (typeof value === "number") return String(value);
  const isPath = typeof value === "string" && option.path !== undefined && !isAbsolute(value) && !/^[a-z]+:\/\//i.test(value);
  return isPath ? join(folder, value) : (value as OptionValue); // held against the option before
}

function isObject(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
