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
