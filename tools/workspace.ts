import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The part of a package.json that the tools read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly private?: boolean;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A package of this repository. */
export interface WorkspacePackage {
  /** Its folder, absolute. */
  readonly folder: string;
  /** Its folder from the root of the repository, with forward slashes. */
  readonly path: string;
  readonly manifest: Manifest;
}

/** The root of the repository. */
export const root: string = join(import.meta.dirname, "..");

/** Every package of the workspace, private ones included, in the order of their paths. */
export function workspacePackages(): readonly WorkspacePackage[] {
  return globSync(["packages/*/package.json", "apps/*/package.json", "examples/*/package.json", "*/package.json"], {
    cwd: root,
    exclude: (name) => name === "node_modules",
  })
    .map((file) => file.replaceAll("\\", "/").replace(/\/package\.json$/, ""))
    .sort()
    .map((path) => ({
      path,
      folder: join(root, path),
      // A package.json of this repository: `pnpm install` has read it before us.
      manifest: JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")) as Manifest,
    }));
}

/** The packages that are published. */
export function publicPackages(): readonly WorkspacePackage[] {
  return workspacePackages().filter(({ manifest }) => manifest.private !== true);
}
