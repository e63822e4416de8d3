import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./run-command.ts";
import { root, type WorkspacePackage } from "./workspace.ts";

/** The package manager of this repository with its version, as npx takes it. A test of the repository holds it to that form. */
export const packageManager: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager;

/** Packs a package as `pnpm publish` would, and gives the path of the tarball. */
export async function pack({ folder, manifest }: WorkspacePackage, destination: string): Promise<string> {
  const tarball = join(destination, `${manifest.name.replace("@", "").replace("/", "-")}.tgz`);
  await mustRun("npx", ["--yes", packageManager, "pack", "--out", tarball], { cwd: folder });
  return tarball;
}
