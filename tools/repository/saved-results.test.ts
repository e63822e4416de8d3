import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AttributionResult } from "../../packages/core/src/index.ts";
import { LLMAttributionResult, MultipleChoiceResult } from "../../packages/llm/src/index.ts";
import { root } from "../workspace.ts";
import { repositoryFiles, textOf } from "./source-files.ts";

/** What reads a saved result, by the name of its schema. */
const readers: Readonly<Record<string, (json: unknown) => { toJSON(): { readonly schema: string } }>> = {
  "attr.result": (json) => AttributionResult.fromJSON(json),
  "attr.llm": (json) => LLMAttributionResult.fromJSON(json),
  "attr.choice": (json) => MultipleChoiceResult.fromJSON(json),
};

// A file here is never changed and never removed: each stands for those that people have saved.
const folder = join(import.meta.dirname, "saved-results");
const saved = readdirSync(folder).map((file) => [file.replace(".fixture.json", ""), join(folder, file)] as const);

/** The schemas that the libraries write, as `attr.result/1`. */
const written = new Set(
  repositoryFiles()
    .filter((file) => /^packages\/[\w-]+\/src\/.*\.ts$/.test(file) && !/\.(test|fixture)\.ts$/.test(file))
    .flatMap((file) => [...(textOf(file) ?? "").matchAll(/"(attr\.[a-z-]+\/\d+)"/g)].map(([, schema]) => schema!)),
);

test("a result of every schema that is written is kept", () => {
  expect(written.size).toBeGreaterThan(2);
  expect(saved.map(([name]) => name)).toEqual(expect.arrayContaining([...written].map((schema) => schema.replace("/", "-"))));
});

test.each(saved)("%s, as it was saved, is read with every field it has", (name, file) => {
  const json = JSON.parse(readFileSync(file, "utf8"));
  expect(json.schema).toBe(name.replace(/-(?=\d+$)/, "/"));
  const read = readers[name.replace(/-\d+$/, "")]?.(json).toJSON();
  expect(read).toMatchObject(json.schema === read?.schema ? json : {});
});

test.each(saved)("%s with a field that this version does not know is read all the same", (name, file) => {
  const json = JSON.parse(readFileSync(file, "utf8"));
  const read = readers[name.replace(/-\d+$/, "")]!;
  expect(read({ ...json, addedLater: [1, 2] }).toJSON()).toEqual(read(json).toJSON());
});

test("the page about results lists every schema that is written", () => {
  const page = readFileSync(join(root, "docs/guides/results.md"), "utf8");
  const listed = [...page.matchAll(/^\| `(attr\.[a-z-]+\/\d+)`/gm)].map(([, schema]) => schema);
  expect(new Set(listed)).toEqual(written);
});
