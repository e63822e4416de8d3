import { expect, test } from "vitest";
import { fencedBlocks, reasonNotToRun } from "./fenced-blocks.ts";
import { commandsOf, useOf } from "./shell-lines.ts";

const page = (text: string): { path: string; text: string } => ({ path: "page.md", text });

test("blocks are found with their language, marks, line and code", () => {
  const text =
    "# A\n\n```ts no-run needs a card\nconst a = 1;\n```\n\n- b\n\n  ```sh\n  attr demo\n  ```\n\n````md\n```ts\n```\n````\n~~~\nplain\n~~~\n";
  expect(fencedBlocks(page(text)).map(({ line, language, marks, code }) => [line, language, marks, code])).toEqual([
    [4, "ts", "no-run needs a card", "const a = 1;\n"],
    [10, "sh", "", "attr demo\n"],
    [14, "md", "", "```ts\n```\n"],
    [18, "", "", "plain\n"],
  ]);
});

test("a block that is never closed is an error", () => {
  expect(() => fencedBlocks(page("```ts\nconst a = 1;\n"))).toThrow("page.md:1 opens a block of code that is never closed");
});

test("a block is left unrun only for a reason", () => {
  const block = (marks: string) => fencedBlocks(page(`\`\`\`ts ${marks}\n\`\`\`\n`))[0]!;
  expect(reasonNotToRun(block(""))).toBeUndefined();
  expect(reasonNotToRun(block("no-run needs a card"))).toBe("needs a card");
  expect(() => reasonNotToRun(block("no-run"))).toThrow("followed by its reason");
  expect(() => reasonNotToRun(block("skip it"))).toThrow("the only mark");
});

test("commands are joined over lines and freed of comments", () => {
  expect(commandsOf("# first\nattr llm \\\n  --prompt 'a b' # then\n\nnpm install x\n")).toEqual([
    "attr llm --prompt 'a b'",
    "npm install x",
  ]);
});

test("every kind of command has its rule, and others are refused", () => {
  expect(useOf("attr demo --json x.json")).toEqual({ run: "attr demo --json x.json" });
  expect(useOf("ATTR_LLM_BY=line attr llm")).toEqual({ run: "ATTR_LLM_BY=line attr llm" });
  expect(useOf("pnpm attr llm --prompt a")).toEqual({ run: "attr llm --prompt a" });
  expect(useOf("npx --yes pnpm@12.21.0 demo")).toEqual({ run: "attr demo" });
  expect(useOf("npx @attr/cli choice")).toEqual({ run: "attr choice" });
  expect(useOf("pnpm demo")).toEqual({ run: "attr demo" });
  expect(useOf("pnpm conformance ../cases")).toEqual({ script: "conformance" });
  expect(useOf("npm install @attr/core")).toEqual({ install: true });
  expect(useOf("python train_lm.py --steps 3 --seed 1")).toEqual({ training: "train_lm.py", flags: ["--steps", "--seed"] });
  expect(() => useOf("rm -rf x")).toThrow('"rm -rf x"');
});
