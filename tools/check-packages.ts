import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { CheckList } from "./check-list.ts";
import { mustRun, runCommand } from "./run-command.ts";
import { publicPackages, root, type WorkspacePackage } from "./workspace.ts";

// Holds every published package to what its users get: the packed tarball, installed by npm outside the workspace.

const binaries = join(root, "node_modules/.bin");
const packageManager = manifestOf(root)["packageManager"] as string; // checked by a test of the repository
const ortVersion = (manifestOf(join(root, "packages/backend-onnx"))["devDependencies"] as Record<string, string>)[
  "onnxruntime-node"
];

function manifestOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Packs a package as `pnpm publish` would, and gives the path of the tarball. */
async function pack({ folder, manifest }: WorkspacePackage, destination: string): Promise<string> {
  const tarball = join(destination, `${manifest.name.replace("@", "").replace("/", "-")}.tgz`);
  await mustRun("npx", ["--yes", packageManager, "pack", "--out", tarball], { cwd: folder });
  return tarball;
}

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
async function contentsClean(tarball: string): Promise<void> {
  const files = (await mustRun("tar", ["-tzf", tarball], { cwd: root })).trim().split("\n");
  const strangers = files.filter((file) => /\.(test|fixture)\.|tsbuildinfo|node_modules/.test(file));
  if (strangers.length > 0) throw new Error(`holds files that are no part of the package:\n${strangers.join("\n")}`);
  for (const needed of ["package/package.json", "package/README.md", "package/LICENSE"])
    if (!files.includes(needed)) throw new Error(`${needed} is missing`);
  const manifest = await mustRun("tar", ["-xzOf", tarball, "package/package.json"], { cwd: root });
  if (/workspace:|@attr\/source/.test(manifest)) throw new Error(`package.json still speaks of the workspace:\n${manifest}`);
}

/** An empty project with all tarballs and the ONNX runtime installed in it by npm. */
async function installConsumer(consumer: string, tarballs: readonly string[]): Promise<void> {
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), `${JSON.stringify({ name: "consumer", private: true, type: "module" })}\n`);
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  // Install scripts stay off: the ONNX runtime's only fetches libraries for graphics cards, from a host of its own.
  const wanted = [...tarballs, `onnxruntime-node@${ortVersion}`, "@types/node@24"];
  await mustRun("npm", ["install", "--ignore-scripts", ...quiet, ...wanted], { cwd: consumer });
  cpSync(join(import.meta.dirname, "consumer"), consumer, { recursive: true });
}

const modules = ["nodenext", "bundler"] as const;

/** The Node that runs this and the one on the path, by version, where they are as new as the packages ask for. */
async function nodes(cwd: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const node of [process.execPath, "node"]) {
    const version = (await mustRun(node, ["--version"], { cwd })).trim();
    const [major = 0, minor = 0] = version.replace("v", "").split(".").map(Number);
    if (major > 20 || (major === 20 && minor >= 19)) found.set(version, node);
  }
  return found;
}

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

const checks = new CheckList();
const temporary = mkdtempSync(join(tmpdir(), "attr-packages-"));
try {
  const tarballs: string[] = [];
  for (const one of publicPackages()) {
    const { name } = one.manifest;
    const tarball = await checks.run(`${name}: packs`, () => pack(one, temporary));
    if (tarball === undefined) continue;
    tarballs.push(tarball);
    await checks.run(`${name}: holds what it should`, () => contentsClean(tarball));
    await checks.run(`${name}: publint`, () => publintClean(tarball));
    // A package without exports is a command: there is nothing to import, so there are no types to check.
    if (one.manifest.exports !== undefined)
      await checks.run(`${name}: attw`, () =>
        mustRun(join(binaries, "attw"), [tarball, "--profile", "esm-only", "--no-emoji", "--no-color"], { cwd: root }),
      );
  }
  const consumer = join(temporary, "consumer");
  const installed = await checks.run("npm installs the tarballs in an empty project", async () => {
    await installConsumer(consumer, tarballs);
    return true;
  });
  if (installed) {
    for (const [version, node] of await nodes(consumer)) {
      await checks.run(`a script explains a function (node ${version})`, () => mustRun(node, ["function.js"], { cwd: consumer }));
      await checks.run(`a script explains an ONNX model (node ${version})`, () => mustRun(node, ["onnx.js"], { cwd: consumer }));
    }
    for (const command of ["--help", "demo"])
      await checks.run(`attr ${command}`, () => mustRun("npx", ["--no-install", "attr", command], { cwd: consumer }));
    for (const module of modules) {
      await checks.run(`a TypeScript project compiles (${module})`, () => typechecks(consumer, `tsconfig.${module}.json`));
      await checks.run(`a type error is reported (${module})`, () => refusesTypeError(consumer, `tsconfig.${module}-error.json`));
    }
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
checks.finish();
