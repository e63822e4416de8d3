import { posix } from "node:path";
import { publicPackages } from "../../../tools/workspace.ts";

/** Something that users import, and where its source is. */
export interface EntryPoint {
  /** As it is imported: "@attr/core", "@attr/viz/element". */
  readonly name: string;
  readonly package: string;
  /** From the root of the repository. */
  readonly source: string;
  /** The package's README, from the root of the repository; of the package's own entry point alone. */
  readonly readme: string | undefined;
  /** Its page, from the folder of the reference. */
  readonly page: string;
}

/** Every entry point with types of every published package. */
export function entryPoints(): readonly EntryPoint[] {
  return publicPackages().flatMap(({ path, manifest }) =>
    Object.entries(manifest.exports ?? {}).flatMap(([subpath, conditions]: [string, unknown]) => {
      if (typeof conditions !== "object" || conditions === null) return [];
      const { "@attr/source": source, types } = conditions as Readonly<Record<string, string>>; // conditions of ours are files
      const file = source ?? types;
      if (file === undefined) return [];
      const name = posix.join(manifest.name, subpath);
      return [
        {
          name,
          package: manifest.name,
          source: posix.join(path, file),
          readme: subpath === "." ? `${path}/README.md` : undefined,
          page: `${name.replace(/^@[^/]+\//, "")}/index.md`,
        },
      ];
    }),
  );
}
