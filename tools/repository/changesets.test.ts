import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publicPackages, root } from "../workspace.ts";
import { repositoryFiles } from "./source-files.ts";

const changesets = repositoryFiles().filter((file) => /^\.changeset\/.+\.md$/.test(file) && !file.endsWith("/README.md"));
const released = publicPackages().map(({ manifest }) => manifest.name);

test("every published package is known", () => {
  expect(released).toEqual(expect.arrayContaining(["@attr/core", "@attr/llm", "@attr/viz", "@attr/backend-onnx", "@attr/cli"]));
});

test.each(changesets)("%s names real packages, how much they change, and what for", (file) => {
  const text = readFileSync(join(root, file), "utf8");
  const [, head, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  expect(head, "front matter between two lines of ---").toBeDefined();
  const lines = head!.split("\n").filter((line) => line.trim() !== "");
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const [, name] = /^"([^"]+)": (?:major|minor|patch)$/.exec(line) ?? [];
    expect(released, line).toContain(name);
  }
  expect(body!.trim()).not.toBe("");
});
