import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "./packed-package.ts";
import { mustRun, runCommand } from "./run-command.ts";
import { publicPackages, root, type WorkspacePackage } from "./workspace.ts";

// Sends every package whose version is not published yet, those that others need first. With `--dry-run` everything but the sending is
// done; with `--provenance` (in a workflow that may ask for an identity) npm signs where and from what each tarball was made.

const sending = !process.argv.includes("--dry-run");
const flags = process.argv.includes("--provenance") ? ["--provenance"] : [];

/** The packages in an order in which each comes after those it needs. */
function inOrder(packages: readonly WorkspacePackage[]): readonly WorkspacePackage[] {
  const ordered = new Set<WorkspacePackage>();
  const add = (one: WorkspacePackage): void => {
    for (const name of Object.keys(one.manifest.dependencies ?? {})) {
      const needed = packages.find(({ manifest }) => manifest.name === name);
      if (needed !== undefined) add(needed);
    }
    ordered.add(one);
  };
  for (const one of packages) add(one);
  return [...ordered];
}

async function isPublished({ manifest }: WorkspacePackage): Promise<boolean> {
  const { status, output } = await runCommand("npm", ["view", `${manifest.name}@${manifest.version}`, "version", "--silent"], {
    cwd: root,
  });
  return status === 0 && output.includes(manifest.version);
}

/** Provenance names the repository a package is from, so its manifest has to. The workflow knows which one that is. */
async function nameRepository({ folder, path }: WorkspacePackage): Promise<void> {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  if (!server || !repository) return;
  const fields = [`repository.type=git`, `repository.url=git+${server}/${repository}.git`, `repository.directory=${path}`];
  await mustRun("npm", ["pkg", "set", ...fields], { cwd: folder });
}

const temporary = mkdtempSync(join(tmpdir(), "attr-publish-"));
try {
  for (const one of inOrder(publicPackages())) {
    const { name, version } = one.manifest;
    if (sending && (version === "0.0.0" || (await isPublished(one)))) {
      console.log(`${name} ${version}: nothing to send`);
      continue;
    }
    await nameRepository(one);
    const tarball = await pack(one, temporary);
    await mustRun("npm", ["publish", tarball, "--access", "public", ...flags, ...(sending ? [] : ["--dry-run"])], {
      cwd: temporary,
    });
    console.log(`${name} ${version}: ${sending ? "sent" : "would be sent"}`);
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
