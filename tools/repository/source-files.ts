import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspace.ts";

/** Folders that hold nothing written by hand. */
const generated = new Set(["node_modules", "dist", ".git", ".turbo", ".workshop", "coverage"]);
const generatedPaths = new Set(["docs/reference", "docs/public/demo", "docs/.vitepress/cache"]);

/** Every file of the repository, from its root: those git knows or would add; without git, all but those of generated folders. */
export function repositoryFiles(): readonly string[] {
  return listedByGit() ?? filesBelow("");
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

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return generated.has(entry.name) || generatedPaths.has(path) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
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
