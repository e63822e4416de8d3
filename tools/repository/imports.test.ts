import { expect, test } from "vitest";
import { importsOf, packageOf } from "./imports.ts";

test("imports are found however they are written, and not in comments", () => {
  const source = [
    'import { a } from "one";',
    'import type {\n  B,\n} from "two";',
    'import "three";',
    'export * from "four";',
    'export type { C } from "./five.ts";',
    'const six = await import("six");',
    'const seven = require("node:seven");',
    'type Fs = typeof import("node:no");',
    'throw new Error(`pass await import("no")`);',
    '// import { d } from "no";',
    '/* import "no"; */',
    ' * import { e } from "no";',
    'const text = "https://example.com"; import { f } from "eight";',
  ].join("\n");
  const found = importsOf(source.replace(" * import", "/** * import").replace('"no";\nconst text', '"no"; */\nconst text'));
  expect(new Set(found)).toEqual(new Set(["./five.ts", "eight", "four", "node:seven", "one", "six", "three", "two"]));
});

test("a specifier belongs to a package, a relative one to none", () => {
  expect(["@attr/core", "@attr/core/x", "fs", "a/b", "./c.ts", "../d", "/e.js"].map(packageOf)).toEqual([
    "@attr/core",
    "@attr/core",
    "fs",
    "a",
    undefined,
    undefined,
    undefined,
  ]);
});
