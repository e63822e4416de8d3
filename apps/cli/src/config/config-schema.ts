import type { Command, Option } from "../arguments.ts";
import { optionHelp } from "../command-help.ts";
import { configurable, configurableOfAll, everyCommand } from "./configurable.ts";

export type Schema = Readonly<Record<string, unknown>>;

/** The JSON Schema of `attr.config.json`, made of the commands' options. */
export function configSchema(commands: readonly Command[]): Schema {
  const sections = commands
    .map((command) => [command, configurable(command)] as const)
    .filter(([, options]) => options.length > 0)
    .map(([{ name, summary }, options]) => [
      name,
      section(
        summary,
        options.map((option) => [option.name, settingSchema(option)]),
      ),
    ]);
  const common = [...configurableOfAll(commands)].map(([name, options]) => [name, oneOf(options.map(settingSchema))] as const);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Settings of the attr command",
    description:
      "What holds where the command line and the environment say nothing. Paths are those beside the file. What a command writes is said on its command line alone.",
    type: "object",
    properties: {
      $schema: { type: "string", description: "Where this schema is, for editors." },
      [everyCommand]: section("What holds for every command that knows the setting.", common),
      ...Object.fromEntries(sections),
    },
    additionalProperties: false,
  };
}

function section(description: string, properties: readonly (readonly [string, Schema])[]): Schema {
  return { type: "object", description, properties: Object.fromEntries(properties), additionalProperties: false };
}

/** The schema of the value of one option. */
export function settingSchema(option: Option): Schema {
  const value = valueSchema(option);
  const described = { description: optionHelp(option) };
  if (option.multiple === true) return { ...described, type: "array", items: value };
  return { ...described, ...value, ...(option.default !== undefined && { default: option.default }) };
}

function valueSchema({ type, choices, number }: Option): Schema {
  if (type === "boolean") return { type: "boolean" };
  if (choices !== undefined) return { enum: choices };
  if (number === undefined) return { type: "string" };
  const { minimum, integer } = number;
  // Beyond it not every whole number is one that JavaScript has.
  const maximum = number.maximum ?? (integer === true ? Number.MAX_SAFE_INTEGER : undefined);
  return {
    type: integer === true ? "integer" : "number",
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
  };
}

/** One schema of several: the same ones stand once. */
function oneOf(schemas: readonly Schema[]): Schema {
  const shapes = new Map(schemas.map((schema) => [JSON.stringify({ ...schema, description: "", default: undefined }), schema]));
  const distinct = [...shapes.values()];
  return distinct.length === 1 ? distinct[0]! : { anyOf: distinct };
}
