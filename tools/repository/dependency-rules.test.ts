import { isBuiltin } from "node:module";
import { describe, expect, test } from "vitest";
import { workspacePackages } from "../workspace.ts";
import { importsOf, packageOf } from "./imports.ts";
import { repositoryFiles, textOf } from "./source-files.ts";

/** What the sources of each library package may use of this repository. Applications and the private packages may use all. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  "@attr/core": [],
  "@attr/viz": ["@attr/core"],
  "@attr/inputs": ["@attr/core"],
  "@attr/llm": ["@attr/core", "@attr/viz"],
  "@attr/backend-onnx": ["@attr/core"],
  "@attr/testing": ["@attr/core"],
  "@attr/backend-tfjs": ["@attr/core"],
  "@attr/models": [],
};

const packages = workspacePackages();
const libraries = packages.filter(({ path }) => path.startsWith("packages/"));
const files = repositoryFiles().filter((file) => /\.[cm]?[jt]sx?$/.test(file));
const forTests = /\.(test|fixture|bench)\.ts$|(^|\/)vitest\.config\.ts$/;

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly package: string | undefined;
}

function importsIn(path: string, wanted: (file: string) => boolean): readonly Import[] {
  return files
    .filter((file) => file.startsWith(`${path}/`) && wanted(file))
    .flatMap((file) => importsOf(textOf(file) ?? "").map((specifier) => ({ file, specifier, package: packageOf(specifier) })));
}

const isSource = (file: string): boolean => /\/src\//.test(file) && !forTests.test(file);
const told = ({ file, specifier }: Import): string => `${file} imports ${specifier}`;

test("every library package has its rule", () => {
  expect(libraries.length).toBeGreaterThan(3);
  for (const { manifest } of libraries) expect(Object.keys(mayUse)).toContain(manifest.name);
});

describe.each(libraries.map((one) => [one.manifest.name, one] as const))("%s", (name, { path, manifest }) => {
  const imports = importsIn(path, isSource);

  test("uses only the packages of this repository below it", () => {
    const wrong = imports.filter(({ package: used }) => used?.startsWith("@attr/") && !mayUse[name]!.includes(used));
    expect(wrong.map(told)).toEqual([]);
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect(declared.filter((dependency) => dependency.startsWith("@attr/") && !mayUse[name]!.includes(dependency))).toEqual([]);
  });

  test("names no builtin module of Node, so that browsers can load it", () => {
    expect(imports.filter(({ specifier }) => isBuiltin(specifier)).map(told)).toEqual([]);
  });

  test("stays inside its folder where an import is relative; tests may share fixtures, and the suites of the package for tests", () => {
    const src = `/${path}/src/`;
    const escapes = importsIn(path, (file) => file.includes("/src/")).filter(({ file, specifier }) => {
      const shared = specifier.endsWith(".fixture.ts") || /\/testing\/src\/[\w/-]+\.ts$/.test(specifier);
      if (!specifier.startsWith(".") || (forTests.test(file) && shared)) return false;
      return !new URL(specifier, `file:///${file}`).pathname.startsWith(src);
    });
    expect(escapes.map(told)).toEqual([]);
  });
});

test("core has no dependency of any kind", () => {
  const core = packages.find(({ manifest }) => manifest.name === "@attr/core")!;
  const { dependencies, peerDependencies, optionalDependencies } = core.manifest;
  expect({ ...dependencies, ...peerDependencies, ...optionalDependencies }).toEqual({});
  expect(
    importsIn(core.path, isSource)
      .filter(({ specifier }) => !specifier.startsWith("."))
      .map(told),
  ).toEqual([]);
});

test("every package declares what it imports", () => {
  const root = new Set(["vitest", "fast-check", "@fast-check/vitest"]);
  const missing = packages.flatMap(({ path, manifest }) => {
    const shipped = { ...manifest.dependencies, ...manifest.peerDependencies };
    const all = { ...shipped, ...manifest.devDependencies };
    return importsIn(path, () => true).filter(({ file, package: used }) => {
      if (used === undefined || isBuiltin(used) || used === manifest.name) return false;
      return (
        !(used in (isSource(file) ? shipped : all)) && !(root.has(used) && forTests.test(file)) && !used.startsWith("vitest")
      );
    });
  });
  expect(missing.map(told)).toEqual([]);
});
