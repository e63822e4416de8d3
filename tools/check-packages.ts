import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { CheckList } from "./check-list.ts";
import { installAlone, installProject, nodes } from "./installed-packages.ts";
import { followGettingStarted } from "./newcomer.ts";
import { pack, packageManager } from "./packed-package.ts";
import { tryRelease } from "./release-plan.ts";
import { mustRun, runCommand } from "./run-command.ts";
import { publicPackages, root, type WorkspacePackage, workspacePackages } from "./workspace.ts";

// Holds every published package to what its users get: the packed tarball, installed by npm outside the workspace.

const binaries = join(root, "node_modules/.bin");
async function publintClean(tarball: string): Promise<void> {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
  });
  const problems = messages.filter(({ type }) => type !== "suggestion");
  if (problems.length > 0) throw new Error(problems.map((message) => formatMessage(message, pkg) ?? message.code).join("\n"));
}

/** Every tarball holds what it promises and nothing of the sources' own: no tests, no fixtures, no workspace protocol. */
async function contentsClean(tarball: string, { folder }: WorkspacePackage): Promise<void> {
  const files = (await mustRun("tar", ["-tzf", tarball], { cwd: root })).trim().split("\n");
  const strangers = files.filter((file) => /\.(test|fixture)\.|tsbuildinfo|node_modules/.test(file));
  if (strangers.length > 0) throw new Error(`holds files that are no part of the package:\n${strangers.join("\n")}`);
  const notices = existsSync(join(folder, "THIRD-PARTY-NOTICES.txt")) ? ["package/THIRD-PARTY-NOTICES.txt"] : [];
  for (const needed of ["package/package.json", "package/README.md", "package/LICENSE", ...notices])
    if (!files.includes(needed)) throw new Error(`${needed} is missing`);
  const manifest = await mustRun("tar", ["-xzOf", tarball, "package/package.json"], { cwd: root });
  if (/workspace:|@attr\/source/.test(manifest)) throw new Error(`package.json still speaks of the workspace:\n${manifest}`);
}

const modules = ["nodenext", "bundler"] as const;

async function typechecks(consumer: string, project: string): Promise<void> {
  await mustRun(join(binaries, "tsc"), ["-p", project], { cwd: consumer });
}

/** The compiler refuses `type-error.ts` at the one marked line, and nowhere else. */
async function refusesTypeError(consumer: string, project: string): Promise<void> {
  const lines = readFileSync(join(consumer, "type-error.ts"), "utf8").split("\n");
  const expected = lines.findIndex((line) => line.includes("must not compile")) + 1;
  const { status, output } = await runCommand(join(binaries, "tsc"), ["-p", project, "--pretty", "false"], { cwd: consumer });
  const reported = [...output.matchAll(/^(\S+)\((\d+),\d+\): error/gm)].map(([, file, line]) => `${file}:${line}`);
  if (status === 0 || reported.join() !== `type-error.ts:${expected}`)
    throw new Error(`expected one error at type-error.ts:${expected}, got ${reported.join(", ") || "none"}\n${output}`);
}

/** Everything that `pnpm publish` checks and makes before it sends: run without sending. */
async function publishes(): Promise<void> {
  const output = await mustRun("npx", ["--yes", packageManager, "-r", "publish", "--dry-run", "--no-git-checks"], { cwd: root });
  const sent = packages.filter(({ manifest }) => manifest.private === true && output.includes(`${manifest.name}@`));
  if (sent.length > 0) throw new Error(`would send what is private: ${sent.map(({ manifest }) => manifest.name).join(", ")}`);
}

const packages = workspacePackages();
const checks = new CheckList();
const temporary = mkdtempSync(join(tmpdir(), "attr-packages-"));
try {
  const tarballs = new Map<string, string>();
  for (const one of publicPackages()) {
    const { name } = one.manifest;
    const tarball = await checks.run(`${name}: packs`, () => pack(one, temporary));
    if (tarball === undefined) continue;
    tarballs.set(name, tarball);
    await checks.run(`${name}: holds what it should`, () => contentsClean(tarball, one));
    await checks.run(`${name}: publint`, () => publintClean(tarball));
    // A package without exports is a command: there is nothing to import, so there are no types to check.
    if (one.manifest.exports !== undefined)
      await checks.run(`${name}: attw`, () =>
        mustRun(join(binaries, "attw"), [tarball, "--profile", "esm-only", "--no-emoji", "--no-color"], { cwd: root }),
      );
  }
  await checks.run("pnpm publish would send every package", publishes);
  await checks.run("the release would send every package", () =>
    mustRun(process.execPath, ["tools/publish.ts", "--dry-run"], {
      cwd: root,
      env: { GITHUB_REPOSITORY: "", GITHUB_SERVER_URL: "" },
    }),
  );
  const versions = await checks.run("the changesets release every package", () => tryRelease(join(temporary, "release")));
  for (const [name, version] of versions ?? []) console.log(`     ${name} ${version}`);

  const all = { tarballs, packages };
  const runtimes = (await checks.run("Node 22 is there beside this one", () => nodes(join(temporary, "nodes")))) ?? new Map();
  for (const name of tarballs.keys()) {
    if (name === "@attr/cli") continue; // a command: below
    const folder = join(temporary, name.replace("@attr/", ""));
    const script = await checks.run(`${name}: installs alone in an empty folder`, () => installAlone(name, folder, all));
    if (script === undefined) continue;
    for (const [version, node] of runtimes)
      await checks.run(`${name}: a script uses it (node ${version})`, () => mustRun(node, [script], { cwd: folder }));
  }

  const consumer = join(temporary, "consumer");
  const installed = await checks.run("all packages install together in an empty folder", async () => {
    const beside = ["onnxruntime-node", "fast-check", "@types/node@24"];
    await installProject(consumer, [...tarballs.keys(), ...beside], all);
    cpSync(join(import.meta.dirname, "consumer"), consumer, { recursive: true });
    return true;
  });
  if (installed) {
    await checks.run("npx attr --help", () => mustRun("npx", ["--no-install", "attr", "--help"], { cwd: consumer }));
    for (const [version, node] of runtimes)
      for (const command of ["demo", "image", "tabular", "layers"])
        await checks.run(`attr ${command} (node ${version})`, () =>
          mustRun(node, ["node_modules/.bin/attr", command], { cwd: consumer }),
        );
    for (const [version, node] of runtimes)
      await checks.run(`attr serve (node ${version})`, () => mustRun(node, ["serve.js"], { cwd: consumer }));
    for (const module of modules) {
      await checks.run(`a TypeScript project compiles (${module})`, () => typechecks(consumer, `tsconfig.${module}.json`));
      await checks.run(`a type error is reported (${module})`, () => refusesTypeError(consumer, `tsconfig.${module}-error.json`));
    }
  }
  await followGettingStarted(join(temporary, "why"), checks, all);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
checks.finish();
