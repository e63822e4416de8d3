import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./run-command.ts";
import { publicPackages, root, workspacePackages } from "./workspace.ts";

const notes = /^\.changeset\/.+\.md$/;

/**
 * Does the next release in a copy of the manifests: what `changeset version` makes of every published package. Throws where a package
 * would not be released for the first time, or would depend on a version of another that is not the one beside it.
 *
 * @returns the versions, by package
 */
export async function tryRelease(folder: string): Promise<ReadonlyMap<string, string>> {
  mkdirSync(folder);
  const paths = ["", ...workspacePackages().map(({ path }) => path)];
  for (const file of [".changeset", "pnpm-workspace.yaml", ...paths.map((path) => join(path, "package.json"))])
    cpSync(join(root, file), join(folder, file), { recursive: true });
  const git = (...command: string[]): Promise<string> => mustRun("git", command, { cwd: folder });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", "--all");
  await git("-c", "user.name=release", "-c", "user.email=release@localhost", "commit", "--quiet", "-m", "before the release");
  await mustRun(join(root, "node_modules/.bin/changeset"), ["version"], { cwd: folder });

  const left = (await git("ls-files", "--", ".changeset"))
    .split("\n")
    .filter((file) => notes.test(file) && existsSync(join(folder, file)));
  if (left.length > 0) throw new Error(`not released: ${left.join(", ")}`);
  const versions = new Map<string, string>();
  for (const { path, manifest } of publicPackages()) {
    const { version } = JSON.parse(readFileSync(join(folder, path, "package.json"), "utf8"));
    if (version === "0.0.0") throw new Error(`${manifest.name} would not be released: no changeset names it`);
    if (version !== manifest.version && !existsSync(join(folder, path, "CHANGELOG.md")))
      throw new Error(`${manifest.name} ${version} would have no release notes`);
    versions.set(manifest.name, version);
  }
  return versions;
}
