import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.ts";
import { CheckList } from "./check-list.ts";
import { mustRun } from "./run-command.ts";
import { sizeBudgets } from "./size-budgets.ts";
import { publicPackages, root, type WorkspacePackage } from "./workspace.ts";

// Holds the built packages to what a page pays for them: budgets, and that one method brings no other along.

const core = "@attr/core";
const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

function within(bytes: number, budget: number, what: string): void {
  if (bytes > budget * 1000) throw new Error(`${what} ${kB(bytes)}, more than the ${budget} kB of tools/size-budgets.ts`);
}

const attributing = (value: unknown): value is new (...parameters: never) => object =>
  typeof value === "function" && value.prototype instanceof Object && "attribute" in value.prototype;

/** The attribution methods that core exports, by name, with the name their files begin with: `KernelShap`, `kernel-shap`. */
async function methodsOfCore(): Promise<ReadonlyMap<string, string>> {
  const exported: object = await import(pathToFileURL(join(root, "packages/core/dist/index.js")).href);
  const names = Object.entries(exported).flatMap(([name, value]) => (attributing(value) ? [name] : []));
  return new Map(names.map((name) => [name, name.replace(/(?<=[a-z])(?=[A-Z])|(?<=X)(?=[A-Z])/g, "-").toLowerCase()]));
}

/** The methods whose own files are in a bundle: `game/kernel-shap-fit.js` is of `kernel-shap`, `deep-lift-shap.js` not of `deep-lift`. */
function methodsIn(files: ReadonlySet<string>, stems: readonly string[]): ReadonlySet<string> {
  const longestFirst = stems.toSorted((a, b) => b.length - a.length);
  const found = [...files].flatMap((file) => {
    if (!/^packages\/core\/dist\/(methods|game)\//.test(file)) return [];
    const name = basename(file, ".js");
    return longestFirst.find((stem) => name === stem || name.startsWith(`${stem}-`)) ?? [];
  });
  return new Set(found);
}

const codeOf = (...names: readonly string[]): string => `export { ${names.join(", ")} } from "${core}";`;
const sizes = new Map<string, Promise<number>>();
/** The size of a page with these methods and nothing else. */
function sizeWith(...names: readonly string[]): Promise<number> {
  const code = codeOf(...names.toSorted());
  let size = sizes.get(code);
  if (size === undefined) {
    size = bundle(code).then(({ compressed }) => compressed);
    sizes.set(code, size);
  }
  return size;
}

const plainest = ["FeatureAblation", "Saliency"];

/** The least that a method adds to a page that has another method, one of the perturbation methods or one of those with gradients. */
async function added(name: string): Promise<number> {
  const others = plainest.includes(name) ? ["Occlusion", "InputXGradient"] : plainest;
  return Math.min(...(await Promise.all(others.map(async (other) => (await sizeWith(other, name)) - (await sizeWith(other))))));
}

/** The libraries: what is published and imported, and built from TypeScript. */
function libraries(): readonly WorkspacePackage[] {
  return publicPackages().filter(({ path }) => path.startsWith("packages/"));
}

/** Loading a package leaves everything around it as it was, and does not keep the process alive. */
async function loadsQuietly(folder: string): Promise<void> {
  const script = `
    const shape = () => JSON.stringify([globalThis, Array, Map, Object, Promise, Symbol, Uint8Array].flatMap((one) => [one, one.prototype])
      .map((one) => one === undefined ? [] : Reflect.ownKeys(one).map(String)));
    const before = shape();
    await import(${JSON.stringify(pathToFileURL(join(folder, "dist/index.js")).href)});
    if (shape() !== before) throw new Error("loading it changes a global object");`;
  const written = await mustRun(process.execPath, ["--input-type=module", "-e", script], { cwd: folder });
  if (written !== "") throw new Error(`loading it writes:\n${written}`);
}

const checks = new CheckList();
for (const { folder, manifest } of libraries()) {
  const { name } = manifest;
  await checks.run(`${name}: an import that uses nothing brings nothing, and loading it does nothing`, async () => {
    const { files } = await bundle(`import "${name}";`, [name]);
    if (files.size > 0) throw new Error(`bundled all the same: ${[...files].join(", ")}`);
    await loadsQuietly(folder);
  });
  await checks.run(`${name}: within its budget`, async () => {
    const budget = sizeBudgets.packages[name];
    if (budget === undefined) throw new Error("has no budget in tools/size-budgets.ts");
    const { compressed } = await bundle(`export * from "${name}";`, [name]);
    console.log(`     ${kB(compressed)} of ${budget} kB`);
    within(compressed, budget, "all of it is");
  });
}

const methods = await methodsOfCore();
await checks.run("the methods of core are found", () => {
  if (methods.size < 25) throw new Error(`only ${[...methods.keys()].join(", ")}`);
});
const figures: string[] = [];
for (const [name, stem] of methods)
  await checks.run(`${name}: brings no other method, and is within the budget of one`, async () => {
    const { files, compressed } = await bundle(codeOf(name));
    const brought = methodsIn(files, [...methods.values()]);
    if (!brought.has(stem)) throw new Error(`its own file is not found in ${[...files].join(", ")}`);
    if (brought.size > 1) throw new Error(`brings ${[...brought].filter((other) => other !== stem).join(", ")}`);
    const more = await added(name);
    figures.push(`     ${name.padEnd(28)} ${kB(compressed).padStart(8)} ${kB(more).padStart(8)}`);
    within(compressed, sizeBudgets.firstMethod, "a page with nothing else is");
    within(more, sizeBudgets.oneMoreMethod, "beside another method it adds");
  });
console.log(`     ${"method".padEnd(28)} ${"alone".padStart(8)} ${"one more".padStart(8)}\n${figures.join("\n")}`);

const catalogue: Readonly<Record<string, unknown>> = await import(
  pathToFileURL(join(root, "packages/core/dist/catalogue/index.js")).href
);
const entries = Object.entries(catalogue).flatMap(([name, value]) =>
  typeof value === "object" && value !== null && "create" in value ? [name] : [],
);
await checks.run("an entry of the catalogue brings its own method alone", async () => {
  if (entries.length < methods.size - 1) throw new Error(`only ${entries.join(", ")}`);
  for (const name of entries) {
    const { files, compressed } = await bundle(`export { ${name} } from "${core}/catalogue";`);
    const brought = methodsIn(files, [...methods.values()]);
    // One that wraps another has both.
    const own = name === "smoothGrad" || name === "xrai" ? 2 : 1;
    if (brought.size !== own) throw new Error(`${name} brings ${[...brought].join(", ")}`);
    within(compressed, sizeBudgets.firstMethod, `a page with nothing but ${name} is`);
  }
});
checks.finish();
