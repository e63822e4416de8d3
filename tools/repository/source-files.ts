import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspace.ts";

const generated = new Set(["node_modules", "dist", ".git", ".turbo", "coverage"]);

/** Every text file of the repository, from its root: those git knows or would add; without git, all but generated folders. */
export function repositoryFiles(): readonly string[] {
  return (
    listedByGit() ??
    globSync("**/*", { cwd: root, withFileTypes: true, exclude: (entry) => generated.has(entry.name) })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  );
}

function listedByGit(): readonly string[] | undefined {
  try {
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return listed.split("\0").filter((file) => file !== "");
  } catch {
    return undefined; // no git, or a copy of the files without its history
  }
}

/** A file's text, or `undefined` where it is binary or no longer there. */
export function textOf(file: string): string | undefined {
  try {
    const bytes = readFileSync(join(root, file));
    return bytes.includes(0) ? undefined : bytes.toString("utf8");
  } catch {
    return undefined;
  }
}
