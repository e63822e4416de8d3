import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./run-command.ts";
import { root, type WorkspacePackage } from "./workspace.ts";

/** Packed packages: the tarball of each, by name. */
export type Tarballs = ReadonlyMap<string, string>;

/** What someone installs beside a package to use it in a script, each in the version it is tested with here. */
const installedBeside: Readonly<Record<string, readonly string[]>> = {
  "@attr/backend-onnx": ["onnxruntime-node"],
  "@attr/backend-tfjs": [
    "@tensorflow/tfjs-core",
    "@tensorflow/tfjs-layers",
    "@tensorflow/tfjs-converter",
    "@tensorflow/tfjs-backend-cpu",
  ],
  "@attr/llm": ["@attr/backend-onnx", "@attr/models", "onnxruntime-node"],
  "@attr/testing": ["fast-check"],
};

/** The packages of this repository that a package brings along, itself first. */
function closure(name: string, packages: readonly WorkspacePackage[]): readonly string[] {
  const found = new Set([name]);
  for (const one of found)
    for (const needed of Object.keys(packages.find(({ manifest }) => manifest.name === one)?.manifest.dependencies ?? {}))
      if (needed.startsWith("@attr/")) found.add(needed);
  return [...found];
}

/** A package of others as npm takes it: in the version that this repository is tested with, or the latest where it does not use it. */
function tested(name: string, packages: readonly WorkspacePackage[]): string {
  const manifests = [...packages.map(({ manifest }) => manifest), JSON.parse(readFileSync(join(root, "package.json"), "utf8"))];
  const version = manifests
    .map(({ dependencies, devDependencies }) => ({ ...dependencies, ...devDependencies })[name])
    .find(Boolean);
  return version === undefined ? name : `${name}@${version}`;
}

/** Installs what is named by npm, in a folder that becomes a project if it is none: our packages from tarballs, with those they need. */
export async function installProject(
  folder: string,
  wanted: readonly string[],
  { tarballs, packages }: { readonly tarballs: Tarballs; readonly packages: readonly WorkspacePackage[] },
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, `${JSON.stringify({ name: "consumer", private: true, type: "module" })}\n`);
  const ours = new Set(wanted.filter((name) => tarballs.has(name)).flatMap((name) => closure(name, packages)));
  const others = wanted.filter((name) => !tarballs.has(name)).map((name) => (/.@/.test(name) ? name : tested(name, packages)));
  const files = [...ours].map((name) => {
    const tarball = tarballs.get(name);
    if (tarball === undefined) throw new Error(`${name} was not packed`);
    return tarball;
  });
  // Install scripts stay off: the ONNX runtime's only fetches libraries for graphics cards, from a host of its own.
  const quiet = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  await mustRun("npm", ["install", ...quiet, ...files, ...others], { cwd: folder });
}

/** Installs one package as its README says, in an empty project, with the script of `tools/consumer` that uses it. */
export async function installAlone(name: string, folder: string, all: Parameters<typeof installProject>[2]): Promise<string> {
  await installProject(folder, [name, ...(installedBeside[name] ?? [])], all);
  const script = `${name.replace("@attr/", "")}.js`;
  cpSync(join(import.meta.dirname, "consumer", script), join(folder, script));
  return script;
}

/** The Nodes that scripts are run with, by version: the one that runs this, the one on the path where it is as new as we ask for, and 22. */
export async function nodes(folder: string): Promise<ReadonlyMap<string, string>> {
  mkdirSync(folder);
  const binary = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  // A project of its own, not `--prefix`, with which npm would look for the machine's settings in this folder.
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  await mustRun("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", `${binary}@22`], { cwd: folder });
  const found = new Map<string, string>();
  for (const node of [process.execPath, join(folder, "node_modules", binary, "bin/node"), "node"]) {
    const version = (await mustRun(node, ["--version"], { cwd: folder })).trim();
    const [major = 0, minor = 0] = version.replace("v", "").split(".").map(Number);
    if (major > 20 || (major === 20 && minor >= 19)) found.set(version, node);
  }
  return found;
}
