import { join, posix } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { rolldown } from "rolldown";
import { packageOf } from "./repository/imports.ts";
import { root, workspacePackages } from "./workspace.ts";

/** What a bundler makes of a few lines of code. */
export interface Bundle {
  /** Minified and compressed with brotli, in bytes: what a browser fetches. */
  readonly compressed: number;
  /** The files of this repository whose code is in it, from the root, with forward slashes. */
  readonly files: ReadonlySet<string>;
}

const packages = workspacePackages();

/** What is imported to the files it is in: packages of this repository and their subpaths, as built. */
const built: ReadonlyMap<string, string> = new Map(
  packages.flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports ?? {}).flatMap(([subpath, conditions]: [string, unknown]) => {
      if (typeof conditions !== "object" || conditions === null) return [];
      const { default: file } = conditions as Readonly<Record<string, string>>; // conditions of ours are files
      return file === undefined ? [] : [[posix.join(manifest.name, subpath), join(folder, file)] as const];
    }),
  ),
);

const entry = "code-of-a-page.js";

/**
 * Bundles code that imports packages of this repository from their `dist`, as a page of someone who installed them. Packages of others
 * stay outside; of this repository's the ones not in `inside` do too.
 */
export async function bundle(
  code: string,
  inside: readonly string[] = packages.map(({ manifest }) => manifest.name),
): Promise<Bundle> {
  await using build = await rolldown({
    input: entry,
    platform: "browser",
    plugins: [
      {
        name: "built-packages",
        resolveId(specifier) {
          if (specifier === entry) return entry;
          const used = packageOf(specifier);
          if (used === undefined || specifier.startsWith("/")) return null;
          if (!inside.includes(used)) return { id: specifier, external: true };
          const file = built.get(specifier);
          if (file === undefined) throw new Error(`${specifier} is nothing that this repository exports`);
          return file;
        },
        load: (file) => (file === entry ? code : null),
      },
    ],
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  const chunks = output.filter((one) => one.type === "chunk");
  const files = chunks.flatMap(({ modules }) =>
    Object.entries(modules).flatMap(([file, { renderedLength }]) => (renderedLength > 0 && file !== entry ? [file] : [])),
  );
  return {
    compressed: chunks.reduce((sum, chunk) => sum + brotliCompressSync(chunk.code).length, 0),
    files: new Set(files.map((file) => file.replaceAll("\\", "/").slice(root.length + 1))),
  };
}
