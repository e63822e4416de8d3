import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { LLMAttributionResult } from "@attr/llm";
import { talesLm } from "@attr/models";
import { fc, test as property } from "@fast-check/vitest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Arguments, optionsOf } from "../arguments.ts";
import { optionHelp } from "../command-help.ts";
import { commands } from "../commands/all.ts";
import { attr, type Outcome } from "../run.fixture.ts";
import { findConfig } from "./config-file.ts";
import { configSchema } from "./config-schema.ts";
import { configurable, variableOf } from "./configurable.ts";
import { standingValues } from "./standing-values.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-config-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function configured(config: unknown, at = "attr.config.json"): Promise<string> {
  const path = join(folder, at);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof config === "string" ? config : JSON.stringify(config));
  return path;
}

const question = ["llm", "--prompt", "Tom has a kite. Sue has a ball. Question: Who has the kite? Answer:", "--target", " Tom"];
async function resultOf(words: readonly string[], given: Parameters<typeof attr>[1] = {}): Promise<LLMAttributionResult> {
  const { code, out, err } = await attr([...question, ...words, "--json", "-"], { folder, ...given });
  expect(code, err).toBe(0);
  return LLMAttributionResult.fromJSON(out);
}

describe("precedence", () => {
  /** What of every layer holds for an option of `attr llm`. */
  async function holds(
    words: readonly string[],
    environment: Record<string, string>,
    config: object,
    option = "samples",
  ): Promise<string | undefined> {
    await configured(config);
    const llm = commands.find(({ name }) => name === "llm")!;
    const typed = new Arguments(llm, words);
    return typed.over(await standingValues(llm, typed, commands, { environment, folder })).text(option);
  }

  test("the command line says before the environment, that before the command's section, that before the section of all", async () => {
    const config = { all: { samples: 1 }, llm: { samples: 2 } };
    const environment = { ATTR_LLM_SAMPLES: "3" };
    expect(await holds(["--samples", "4"], environment, config)).toBe("4");
    expect(await holds([], environment, config)).toBe("3");
    expect(await holds([], { ATTR_LLM_SAMPLES: "" }, config)).toBe("2");
    expect(await holds([], { ATTR_CHOICE_SAMPLES: "3" }, { all: { samples: 1 } })).toBe("1");
    expect(await holds([], {}, {})).toBeUndefined();
  });

  test("what holds for all is left out of a command whose option of the name takes something else", async () => {
    expect(await holds([], {}, { all: { method: "saliency" } }, "method")).toBe("saliency");
    const { code, out } = await attr(["choice", "--prompt", "Tom is here.", "--option", "Tom", "--option", "Sue"], { folder });
    expect(code).toBe(0);
    expect(out).toContain("Why the model chooses");
  });

  test("a setting that does not fit what is typed gives way, where typing it would be an error", async () => {
    await configured({ llm: { samples: 8, steps: 9, by: "sentence", temperature: 1 } });
    expect((await resultOf(["--method", "feature-ablation"])).inputTokens).toHaveLength(4);
    expect((await resultOf(["--method", "input-x-gradient"])).method).toBe("InputXGradient");
  });

  test("colour: the command line, then NO_COLOR, then the file", async () => {
    await configured({ all: { color: true } });
    const colored = async (words: string[], environment: Record<string, string> = {}): Promise<boolean> =>
      (await attr([...question, ...words], { folder, environment })).out.includes("\u001b[");
    expect(await colored([])).toBe(true);
    expect(await colored([], { NO_COLOR: "1" })).toBe(false);
    expect(await colored(["--color"], { NO_COLOR: "1" })).toBe(true);
    expect(await colored(["--no-color"])).toBe(false);
    expect(await colored([], { FORCE_COLOR: "0" })).toBe(false);
  });
});

describe("attr.config.json", () => {
  test("is found in the working folder or the nearest above it, and changes what is computed", async () => {
    await configured({ llm: { by: "sentence" } });
    await configured({ $schema: "any", llm: { by: "token", method: "lime", samples: 8, seed: 3 } }, "a/attr.config.json");
    expect((await resultOf([])).method).toBe("FeatureAblation");
    const inner = await resultOf([], { folder: join(folder, "a/b/c") });
    expect(inner.method).toBe("Lime");
    expect(inner.inputTokens.join("").trimStart()).toBe(question[2]);
    expect((await resultOf(["--no-config"])).inputTokens.length).toBeGreaterThan(4);
  });

  test("--config and ATTR_CONFIG name another, and its paths are those beside it", async () => {
    const path = await configured(
      { llm: { model: relative(join(folder, "x"), fileURLToPath(talesLm)), by: "sentence" } },
      "x/y.json",
    );
    expect((await resultOf(["--config", path])).inputTokens).toHaveLength(4);
    expect((await resultOf([], { environment: { ATTR_CONFIG: path } })).inputTokens).toHaveLength(4);
    expect((await resultOf(["--config", "x/y.json"])).inputTokens).toHaveLength(4);
  });

  async function refused(config: unknown, words: readonly string[] = question): Promise<Outcome> {
    await configured(config);
    const outcome = await attr(words, { folder });
    expect(outcome.code).toBe(2);
    expect(outcome.out).toBe("");
    return outcome;
  }

  test.each([
    [{ llm: { metod: "lime" } }, '"llm.metod" is no setting; did you mean "method"?'],
    [{ lmm: {} }, '"lmm" is no setting; did you mean "llm"?: there are all, demo, llm'],
    [{ all: { sampels: 3 } }, '"all.sampels" is no setting; did you mean "samples"?'],
    [{ llm: { samples: "200" } }, '"llm.samples" takes a whole number of at least 1, got "200"'],
    [{ llm: { samples: 0.5 } }, '"llm.samples" takes a whole number of at least 1, got 0.5'],
    [{ llm: { method: "magic" } }, '"llm.method" takes one of feature-ablation, shapley-values, '],
    [{ llm: { quiet: "yes" } }, '"llm.quiet" takes true or false, got "yes"'],
    [{ llm: { prompt: 5 } }, '"llm.prompt" takes a text, got 5'],
    [{ choice: { option: "Tom" } }, '"choice.option" takes a list of texts, got "Tom"'],
    [{ llm: { json: "out.json" } }, '"llm.json" is no setting'],
    [{ llm: { config: "x" } }, '"llm.config" is no setting'],
    [{ llm: 3 }, '"llm" takes an object of settings, got 3'],
    [{ $schema: 3 }, '"$schema" takes a text, got 3'],
    [[], "it must hold an object, got []"],
    ["{ llm: 1 }", "it is not JSON: "],
    ['{ "llm": { "__proto__": 1 } }', '"llm.__proto__" is no setting'],
  ])("%j is refused by file, key and what was got", async (config, sentence) => {
    const { err } = await refused(config);
    expect(err).toContain(`attr llm: ${join(folder, "attr.config.json")}: ${sentence}`);
  });

  test("a wrong key of one command is told by the others too", async () => {
    expect((await refused({ choice: { promt: "x" } }, ["demo"])).err).toContain(
      '"choice.promt" is no setting; did you mean "prompt"?',
    );
  });

  test("what takes no settings asks for none", async () => {
    await configured("broken");
    for (const words of [["completion", "bash"], ["--version"], ["llm", "--help"], ["help"]])
      expect((await attr(words, { folder })).code, words.join(" ")).toBe(0);
  });

  test("a file that is asked for and not there is an error, as are --config and --no-config together", async () => {
    for (const [words, sentence] of [
      [["--config", "none.json"], `there is no configuration ${join(folder, "none.json")}`],
      [["--config", folder], `${folder} cannot be read`],
      [["--config", "x", "--no-config"], "say the opposite of each other"],
    ] as const) {
      const { code, err } = await attr([...question, ...words], { folder });
      expect(code).toBe(2);
      expect(err).toContain(sentence);
    }
  });
});

describe("the environment", () => {
  test.each([
    ["ATTR_LLM_SAMPLES", "many", "takes a whole number of at least 1"],
    ["ATTR_LLM_QUIET", "maybe", "takes 1, true, 0 or false"],
    ["ATTR_LLM_METHOD", "magic", "takes one of feature-ablation"],
  ])("%s=%s is wrong usage", async (variable, value, sentence) => {
    const { code, err } = await attr(question, { environment: { [variable]: value } });
    expect(code).toBe(2);
    expect(err).toContain(`${variable} in the environment ${sentence}`);
    expect(err).toContain(`got "${value}"`);
  });

  test("gives lists line by line and flags as 1 or 0", async () => {
    const { code, out, err } = await attr(["choice", "--prompt", "Tom is here. Who is here?"], {
      environment: { ATTR_CHOICE_OPTION: "Tom\nSue", ATTR_CHOICE_QUIET: "1" },
    });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/Why the model chooses "(Tom|Sue)"/);
  });

  test("every option of every command has a variable of its own", () => {
    const variables = commands.flatMap((command) => optionsOf(command).map((option) => variableOf(command, option)));
    expect(new Set(variables).size).toBe(variables.length);
    for (const variable of variables) expect(variable).toMatch(/^ATTR_[A-Z_]+$/);
  });
});

/** Whether a value is as a schema says, for the words that our schema is made of. */
function fitsSchema(schema: Readonly<Record<string, unknown>>, value: unknown): boolean {
  const known = [
    "$schema",
    "title",
    "description",
    "default",
    "type",
    "properties",
    "additionalProperties",
    "enum",
    "items",
    "anyOf",
  ];
  const bounds = ["minimum", "maximum"];
  for (const word of Object.keys(schema)) expect([...known, ...bounds]).toContain(word);
  const {
    type,
    properties,
    items,
    anyOf,
    minimum = -Infinity,
    maximum = Infinity,
  } = schema as {
    type?: string;
    properties?: Record<string, Record<string, unknown>>;
    items?: Record<string, unknown>;
    anyOf?: Record<string, unknown>[];
    minimum?: number;
    maximum?: number;
  };
  if (anyOf !== undefined) return anyOf.some((one) => fitsSchema(one, value));
  if (Array.isArray(schema["enum"])) return schema["enum"].includes(value);
  if (type === "array") return Array.isArray(value) && value.every((entry) => fitsSchema(items!, entry));
  if (type === "integer" || type === "number") {
    if (typeof value !== "number" || value < minimum || value > maximum) return false;
    return type === "number" || Number.isInteger(value);
  }
  if (type !== "object") return typeof value === type;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, entry]) => Object.hasOwn(properties!, key) && fitsSchema(properties![key]!, entry));
}

describe("the schema", () => {
  const keys = commands.flatMap((command) => configurable(command).map(({ name }) => name));
  const section = fc.dictionary(
    fc.constantFrom(...keys, "metod", "json", "toString"),
    fc.oneof(
      fc.constantFrom("lime", "word", "log_prob", "none", "x", "", "::1"),
      fc.boolean(),
      fc.integer({ min: -2, max: 70_000 }),
      fc.constantFrom(0.5, 1e300, null, {}),
      fc.array(fc.constantFrom("a", "b", 1), { maxLength: 2 }),
    ),
    { maxKeys: 2 },
  );
  const names = fc.constantFrom("all", "$schema", "none", ...commands.map(({ name }) => name));
  const config = fc.dictionary(names, fc.oneof({ weight: 9, arbitrary: section }, { weight: 1, arbitrary: fc.constant("x") }), {
    maxKeys: 2,
  });

  property.prop([config], { numRuns: 200 })(
    "says yes to what the program understands, and no to what it refuses",
    async (settings) => {
      await configured(settings);
      const understood = await findConfig(commands, { folder }).then(
        () => true,
        () => false,
      );
      expect(fitsSchema(configSchema(commands), settings)).toBe(understood);
    },
  );

  // `pnpm test --project @attr/cli config -u` writes it anew.
  test("in the package is that of the commands' options", async () => {
    const schema = `${JSON.stringify(configSchema(commands), null, 2)}\n`;
    await expect(schema).toMatchFileSnapshot(fileURLToPath(new URL("../../attr.config.schema.json", import.meta.url)));
  });

  test("describes every setting as the help text does, with its default", () => {
    const { properties } = configSchema(commands) as { properties: Record<string, { properties: Record<string, object> }> };
    const llm = commands.find(({ name }) => name === "llm")!;
    for (const option of optionsOf(llm)) {
      const setting = properties["llm"]!.properties[option.name];
      if (option.path === "written" || ["config", "no-config", "help"].includes(option.name)) expect(setting).toBeUndefined();
      else expect(setting).toMatchObject({ description: optionHelp(option) });
    }
    expect(properties["llm"]!.properties["samples"]).toMatchObject({ type: "integer", minimum: 1 });
    expect(properties["llm"]!.properties["by"]).toMatchObject({
      enum: ["word", "sentence", "line", "paragraph", "token"],
      default: "word",
    });
    expect(properties["choice"]!.properties["option"]).toMatchObject({ type: "array", items: { type: "string" } });
    expect(properties["all"]!.properties["method"]).toHaveProperty("anyOf");
  });
});
