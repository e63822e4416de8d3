import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../workspace.ts";
import { repositoryFiles, textOf } from "./source-files.ts";

/** This file holds the words it looks for. */
const itself = "tools/repository/plain-files.test.ts";
const files = repositoryFiles().filter((file) => file !== itself);

/** Lines of the repository's text files that match, as `file:line`. */
function linesWith(pattern: RegExp, wanted: (file: string) => boolean = () => true): readonly string[] {
  return files
    .filter(wanted)
    .flatMap((file) =>
      (textOf(file) ?? "").split("\n").flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
    );
}

test("the repository's files are found", () => {
  expect(files).toContain("package.json");
  expect(files).toContain("packages/core/src/index.ts");
  expect(files.some((file) => file.startsWith("node_modules/"))).toBe(false);
});

test("no file names a package registry: installs use the registry of the machine they run on", () => {
  expect(linesWith(/registry\.[a-z.-]*(npmjs|yarnpkg|npmmirror|verdaccio)|unpkg\.com|cdn\.jsdelivr/i)).toEqual([]);
  expect(linesWith(/^\s*(@[\w-]+:)?registry\s*=|_authToken|"?tarball"?:\s*"?https?:/)).toEqual([]);
  expect(files.filter((file) => /(^|\/)\.npmrc$/.test(file))).toEqual([]);
});

test("no file names a folder of one machine", () => {
  const absolute = /(^|[\s"'`(=:])(\/(work|root|home\/\w+|Users\/\w+)\/\w|[A-Z]:\\+Users)/;
  expect(linesWith(absolute, (file) => file !== "pnpm-lock.yaml")).toEqual([]);
});

test("README and the root manifest name one version of the package manager", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(manifest.packageManager).toMatch(/^pnpm@\d+\.\d+\.\d+$/);
  const named = files
    .filter((file) => /\.(md|ya?ml)$|^\.ci\//.test(file) && file !== "pnpm-lock.yaml")
    .flatMap((file) => [...(textOf(file) ?? "").matchAll(/\bpnpm@\d[\w.-]*\w/g)].map(([name]) => `${file}: ${name}`));
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter((line) => !line.endsWith(`: ${manifest.packageManager}`))).toEqual([]);
});
