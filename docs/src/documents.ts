import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The root of the repository. */
export const root: string = join(import.meta.dirname, "../..");

/** A page for users. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Folders of the site that nobody writes by hand. */
const generated = new Set(["docs/reference", "docs/public"]);

/** Every page that users read: the README, the guides, and the README of each package. */
export function pages(): readonly Page[] {
  return globSync(
    [
      "README.md",
      "CONTRIBUTING.md",
      "docs/**/*.md",
      "packages/*/README.md",
      "apps/*/README.md",
      "examples/**/README.md",
      "models/README.md",
    ],
    {
      cwd: root,
      exclude: (name) => name === "node_modules" || name === "dist" || name.startsWith(".") || generated.has(name),
    },
  )
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** The comments of every source file that is published, each on its own lines: what is code in the file is blank here. */
export function comments(): readonly Page[] {
  return globSync(["packages/*/src/**/*.ts", "models/*.d.ts"], {
    cwd: root,
    exclude: (name) => name === "node_modules" || name === "dist" || /\.(test|fixture|bench)\.ts$/.test(name),
  })
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => ({ path, text: commentLines(readFileSync(join(root, path), "utf8")) }))
    .filter(({ text }) => text.includes("```"));
}

/** The text of comments between slash-and-two-stars and star-and-slash, without the star that begins each line. */
export function commentLines(source: string): string {
  let inside = false;
  return source
    .split("\n")
    .map((line) => {
      const opens = /^\s*\/\*\*/.test(line);
      inside ||= opens;
      if (!inside) return "";
      if (line.includes("*/")) inside = false;
      return opens || !inside ? "" : line.replace(/^\s*\* ?/, "");
    })
    .join("\n");
}
