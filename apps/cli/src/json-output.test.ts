import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeModel } from "@attr/backend-onnx";
import { AttributionResult } from "@attr/core";
import { LLMAttributionResult, MultipleChoiceResult } from "@attr/llm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { optionsOf } from "./arguments.ts";
import { commands } from "./commands/all.ts";
import { imageClassifier } from "./commands/onnx-files.fixture.ts";
import { attr } from "./run.fixture.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "attr-json-"));
  await writeFile(join(folder, "model.onnx"), writeModel(imageClassifier()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("every command but the one that prints a script takes --json", () => {
  const without = commands.filter((command) => !optionsOf(command).some(({ name }) => name === "json"));
  expect(without.map(({ name }) => name)).toEqual(["completion"]);
});

/** A short run of each command that reports something and ends, and the schema of what it gives. */
const reports: Readonly<Record<string, readonly [words: readonly string[], schema: string]>> = {
  demo: [[], "attr.demo/1"],
  llm: [["--prompt", "Tom is here.", "--target", " Sue"], "attr.llm/1"],
  choice: [["--prompt", "Tom is here.", "--option", "Tom", "--option", "Sue"], "attr.choice/1"],
  image: [["--example", "7"], "attr.result/1"],
  tabular: [["--row", "1"], "attr.result/1"],
  layers: [["--example", "7"], "attr.layers/1"],
  inspect: [["MODEL"], "attr.inspect/1"],
  gradient: [["MODEL", "--of", "logits", "--wrt", "image", "--out", "OUT"], "attr.gradient/1"],
};

test("every command that reports something has a schema for it", () => {
  const reporting = commands.filter((command) => optionsOf(command).some(({ name }) => name === "json"));
  expect([...Object.keys(reports), "serve"].sort()).toEqual(reporting.map(({ name }) => name).sort());
});

test.each(Object.entries(reports))("attr %s --json - gives its schema and nothing else", async (name, [words, schema]) => {
  const paths: Readonly<Record<string, string>> = { MODEL: join(folder, "model.onnx"), OUT: join(folder, "out.onnx") };
  const { code, out, err } = await attr([name, ...words.map((word) => paths[word] ?? word), "--json", "-"]);
  expect(code, err).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ schema });
});

test("attr demo gives its three explanations, and nothing else on the standard output", async () => {
  const { code, out } = await attr(["demo", "--json", "-"]);
  expect(code).toBe(0);
  const { schema, answer, logits, choice } = JSON.parse(out);
  expect(schema).toBe("attr.demo/1");
  expect(LLMAttributionResult.fromJSON(answer).outputText).toContain("Sue");
  expect(AttributionResult.fromJSON(logits).method).toBe("FeatureAblation");
  const result = MultipleChoiceResult.fromJSON(choice);
  expect(result.options[result.chosen]).toBe("Sue");
  expect(choice.chosen).toBe(result.chosen);
});

test("attr gradient says what the file takes and gives", async () => {
  const out = join(folder, "gradient.onnx");
  const json = join(folder, "gradient.json");
  const words = ["gradient", join(folder, "model.onnx"), "--of", "logits", "--wrt", "image", "--out", out, "--json", json];
  expect((await attr(words)).code).toBe(0);
  expect(JSON.parse(await readFile(json, "utf8"))).toMatchObject({
    schema: "attr.gradient/1",
    file: out,
    of: "logits",
    wrt: ["image"],
    inputs: expect.arrayContaining([{ name: "image", shape: ["n", 1, 6, 6] }]),
    outputs: expect.arrayContaining([expect.objectContaining({ name: "image_gradient" })]),
  });
});

test("attr --version gives the version as data", async () => {
  for (const words of [["--json", "-"], ["--json=-"]])
    expect(JSON.parse((await attr(["--version", ...words])).out)).toMatchObject({ schema: "attr.version/1", version: "1.2.3" });
  const { code, err } = await attr(["--version", "--json"]);
  expect(code).toBe(2);
  expect(err).toContain("--version takes nothing but --json FILE");
});

describe("an error is data where the standard output is JSON, and the same sentence for people beside it", () => {
  test.each([
    [["llm", "--json", "-"], 2, "UsageError", "--prompt is missing: the text the model reads"],
    [["llm", "--metod", "x", "--json=-"], 2, "UsageError", "there is no option --metod; did you mean --method?"],
    [["inspect", "none.onnx", "--json", "-"], 1, "InvalidArgumentError", "none.onnx"],
    [["llm", "--prompt", "", "--json", "-"], 1, "InvalidArgumentError", "nothing to attribute to"],
  ])("%j", async (words, code, kind, sentence) => {
    const outcome = await attr(words);
    expect(outcome.code).toBe(code);
    const error = JSON.parse(outcome.out);
    expect(error).toMatchObject({ schema: "attr.error/1", command: words[0], kind, exitCode: code });
    expect(error.message).toContain(sentence);
    expect(outcome.err).toContain(error.message);
  });

  test("a command that there is none of", async () => {
    const { code, out, err } = await attr(["ilm", "--json", "-"]);
    expect(code).toBe(2);
    expect(err).toContain("did you mean llm?");
    expect(JSON.parse(out)).toMatchObject({ schema: "attr.error/1", kind: "UsageError", exitCode: 2 });
  });

  test("an interrupted run", async () => {
    const signal = AbortSignal.abort(new Error("any"));
    const { code, out } = await attr(["llm", "--prompt", "Tom is here.", "--json", "-"], { signal });
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({
      schema: "attr.error/1",
      kind: "Interruption",
      message: "interrupted",
      exitCode: 130,
    });
  });

  test("a file asked for is left alone, and the standard output empty", async () => {
    const json = join(folder, "never.json");
    expect((await attr(["llm", "--json", json])).out).toBe("");
    await expect(readFile(json)).rejects.toThrow("ENOENT");
  });
});
