import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { Problem } from "./problem.ts";

/** Entries of a folder that are looked at. */
const most = 20_000;

/**
 * The real path of a name below a folder. The name is relative, with forward slashes; links are followed, and lead nowhere else.
 *
 * @throws Problem (404) where there is nothing of the name, or it is none: no more is told of what lies outside.
 */
export async function confined(root: string, name: string): Promise<string> {
  const parts = name.split("/");
  const wrong = /[\0\\:]/.test(name) || parts.some((part) => part === "" || part === "." || part === "..");
  const found = wrong ? undefined : await realpath(join(root, ...parts)).catch(() => undefined);
  if (found === undefined || !isInside(await realpath(root), found))
    throw new Problem(404, `there is nothing called ${shown(name)}`);
  return found;
}

/** Whether a real path is a folder or below it. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Checks that whatever is read of a model's folder lies below the root: a link in it may lead elsewhere. @throws Problem (403) */
export async function assertContentsInside(root: string, folder: string): Promise<void> {
  const real = await realpath(root);
  const met = new Set([folder]);
  let seen = 0;
  // What is added while it is gone through is gone through as well.
  for (const at of met)
    for (const entry of await readdir(at, { withFileTypes: true })) {
      if (++seen > most) throw new Problem(403, `the model's folder holds more than ${most} entries`);
      const path = join(at, entry.name);
      if (entry.isDirectory()) met.add(path);
      if (!entry.isSymbolicLink()) continue;
      const target = await realpath(path).catch(() => undefined);
      if (target === undefined) continue; // leads nowhere
      if (!isInside(real, target))
        throw new Problem(403, `"${entry.name}" of the model is a link that leads out of the folder of models`);
      if ((await stat(target)).isDirectory()) met.add(target);
    }
}

function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
