import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { runCommand } from "./run-command.ts";
import { root } from "./workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "attr-closing-line-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reporter = pathToFileURL(join(import.meta.dirname, "closing-line.ts")).href;
writeFileSync(
  join(folder, "vitest.config.mjs"),
  `import { ClosingLine } from ${JSON.stringify(reporter)};
export default { test: { pool: "threads", maxWorkers: 1, globals: true, include: ["*.test.mjs"], reporters: ["default", new ClosingLine()] } };
`,
);

/** Runs the given test files and gives the exit code and the last line written. */
async function lastLine(files: Readonly<Record<string, string>>): Promise<{ status: number; line: string | undefined }> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  try {
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const { status, output } = await runCommand(process.execPath, [vitest, "run", "--root", folder], {
      cwd: folder,
      env: { NO_COLOR: "1" },
    });
    return { status, line: output.trimEnd().split("\n").at(-1) };
  } finally {
    for (const name of Object.keys(files)) rmSync(join(folder, name));
  }
}

test("the last line counts what passed, failed and was skipped", async () => {
  const text = `
    test("a", () => {}); test("b", () => {});
    test("c", () => { throw new Error("no"); });
    test.skip("d", () => {}); test.todo("e");`;
  expect(await lastLine({ "some.test.mjs": text })).toEqual({ status: 1, line: "2 passed, 1 failed, 2 skipped" });
});

test("a file that does not load is a failure, and so is an error outside every test", async () => {
  const files = {
    "good.test.mjs": `test("a", () => {});`,
    "syntax.test.mjs": `test("b", () => {`,
    "missing.test.mjs": `import "./nowhere.mjs"; test("c", () => {});`,
    "late.test.mjs": `test("d", () => { setTimeout(() => { throw new Error("late"); }, 0); });\ntest("e", () => new Promise((r) => setTimeout(r, 50)));`,
  };
  expect(await lastLine(files)).toEqual({ status: 1, line: "3 passed, 3 failed, 0 skipped" });
});

test("a group whose set-up failed is a failure, and its tests are not passed", async () => {
  const text = `describe("group", () => { beforeAll(() => { throw new Error("no"); }); test("a", () => {}); test("b", () => {}); });
    test("c", () => {});`;
  expect(await lastLine({ "group.test.mjs": text })).toEqual({ status: 1, line: "1 passed, 1 failed, 2 skipped" });
});

test("all passed is exit code 0", async () => {
  expect(await lastLine({ "good.test.mjs": `test("a", () => {});` })).toEqual({
    status: 0,
    line: "1 passed, 0 failed, 0 skipped",
  });
});
