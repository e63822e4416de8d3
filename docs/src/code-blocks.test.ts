import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commentLines, comments, pages, root } from "./documents.ts";
import { type FencedBlock, fencedBlocks, reasonNotToRun } from "./fenced-blocks.ts";
import { commandsOf, useOf } from "./shell-lines.ts";
import { Workshop } from "./workshop.ts";

const blocks = pages().flatMap(fencedBlocks);
const named = (language: string): (readonly [string, FencedBlock])[] =>
  blocks.filter((block) => block.language === language).map((block) => [`${block.page}:${block.line}`, block] as const);
const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;

test("code that readers copy is marked ts or sh, the two kinds that are checked", () => {
  const unchecked = /^(typescript|tsx|mts|js|javascript|mjs|jsx|bash|shell|zsh|console)$/;
  expect(blocks.filter(({ language }) => unchecked.test(language)).map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  expect(blocks.length).toBeGreaterThan(0);
});

describe.runIf(named("ts").length > 0)("blocks of TypeScript", () => {
  const typescript = named("ts");
  const fileOf = ({ page, line }: FencedBlock): string => `${page.replace(/[^\w]+/g, "-")}-${line}.ts`;
  let workshop: Workshop;
  let errors: ReadonlyMap<string, string>;

  beforeAll(async () => {
    workshop = new Workshop();
    // `export {}` makes a module of a block without imports.
    for (const [, block] of typescript) workshop.write(fileOf(block), `${block.code}export {};\n`);
    errors = await workshop.typeErrors();
  });
  afterAll(() => workshop[Symbol.dispose]());

  test.for(typescript)("%s compiles", ([, block]) => {
    expect(errors.get(fileOf(block)) ?? "").toBe("");
  });

  const runnable = typescript.filter(([, block]) => reasonNotToRun(block) === undefined);
  // The blocks of a page in one process: what they load is loaded once.
  const failuresByPage = new Map<string, Promise<ReadonlyMap<string, string>>>();
  const failuresOf = (page: string): Promise<ReadonlyMap<string, string>> => {
    const files = runnable.filter(([, block]) => block.page === page).map(([, block]) => fileOf(block));
    const failures = failuresByPage.get(page) ?? workshop.runTogether(files);
    failuresByPage.set(page, failures);
    return failures;
  };

  test.for(runnable)("%s runs", async ([, block]) => {
    expect((await failuresOf(block.page)).get(fileOf(block)) ?? "").toBe("");
  });
});

describe("examples in comments of the sources", () => {
  const examples = comments()
    .flatMap(fencedBlocks)
    .filter(({ language }) => language === "ts")
    .map((block) => [`${block.page}:${block.line}`, block] as const);
  const fileOf = ({ page, line }: FencedBlock): string => `${page.replace(/[^\w]+/g, "-")}-${line}.ts`;
  let workshop: Workshop;
  let errors: ReadonlyMap<string, string>;
  let failures: ReadonlyMap<string, string>;

  beforeAll(async () => {
    workshop = new Workshop();
    for (const [, block] of examples) workshop.write(fileOf(block), `${block.code}export {};\n`);
    errors = await workshop.typeErrors();
    failures = await workshop.runTogether(examples.map(([, block]) => fileOf(block)));
  });
  afterAll(() => workshop[Symbol.dispose]());

  test("every method has one", () => {
    expect(examples.filter(([name]) => name.startsWith("packages/core/src/methods/")).length).toBeGreaterThan(25);
  });

  test.for(examples)("%s compiles and runs", ([, block]) => {
    expect(errors.get(fileOf(block)) ?? "").toBe("");
    expect(failures.get(fileOf(block)) ?? "").toBe("");
  });

  test("lines of comments keep their place, and lines of code are blank", () => {
    expect(commentLines('/**\n * A\n *\n *   b\n */\nexport const c = "/** d */";\n/** e */\n')).toBe("\nA\n\n  b\n\n\n\n");
  });
});

describe.runIf(named("sh").length > 0)("blocks of commands", () => {
  test.for(named("sh").filter(([, block]) => reasonNotToRun(block) === undefined))("%s runs", async ([, block]) => {
    using workshop = new Workshop();
    for (const command of commandsOf(block.code)) {
      const use = useOf(command);
      if ("script" in use) expect(Object.keys(scripts), command).toContain(use.script);
      if ("training" in use) {
        const source = readFileSync(join(root, "models/training", use.training), "utf8");
        for (const flag of use.flags) expect(source, command).toContain(`"${flag}"`);
      }
      if (!("run" in use)) continue;
      const { status, output } = await workshop.runLine(use.run);
      expect(status, `${command}\n${output}`).toBe(0);
    }
  });
});
