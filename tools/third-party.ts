import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { WorkspacePackage } from "./workspace.ts";

/** A package of others that comes along when one of ours is installed, or that a page of ours holds. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** As an SPDX expression. */
  readonly license: string;
  readonly from: string;
  /** The text of its licence file, or `undefined` where the package brings none. */
  readonly text: string | undefined;
}

interface InstalledManifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly repository?: string | { readonly url?: string };
  readonly homepage?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Every package of others in what a package of ours depends on, and what those depend on, as installed, by name. */
export function thirdPartiesOf({ folder, manifest }: WorkspacePackage): readonly ThirdParty[] {
  const found = new Map<string, ThirdParty>();
  const seen = new Set<string>();
  const walk = (from: string, names: readonly string[]): void => {
    for (const name of names) {
      const at = realpathSync(installed(from, name));
      if (seen.has(at)) continue;
      seen.add(at);
      const other: InstalledManifest = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
      if (!other.name.startsWith("@attr/")) found.set(`${other.name}@${other.version}`, thirdPartyIn(at));
      walk(at, Object.keys(other.dependencies ?? {}));
    }
  };
  walk(folder, Object.keys(manifest.dependencies ?? {}));
  return [...found.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** Where Node finds a package from a folder. */
function installed(from: string, name: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (dirname(folder) === folder) throw new Error(`${name} is not installed: run pnpm install`);
  }
}

/** The package of others that is installed in a folder. */
export function thirdPartyIn(folder: string): ThirdParty {
  // What is installed has a manifest, with a name and a version.
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as InstalledManifest;
  const { name, version, license, repository, homepage } = manifest;
  const file = readdirSync(folder).find((entry) => /^licen[sc]e(\.(md|txt))?$/i.test(entry));
  const address = typeof repository === "string" ? repository : repository?.url;
  return {
    name,
    version,
    license: license ?? "none is named",
    from: (address ?? homepage ?? "").replace(/^git\+/, "").replace(/\.git$/, ""),
    text:
      file === undefined
        ? undefined
        : readFileSync(join(folder, file), "utf8")
            .replaceAll("\r\n", "\n")
            .replace(/[ \t]+$/gm, "")
            .trim(),
  };
}

/** The notices of a package: who made what it brings along, and under which licence. Licence texts that several share stand once. */
export function noticesOf(one: WorkspacePackage): string {
  return noticesFor(`${one.manifest.name} depends on these packages of others.`, thirdPartiesOf(one));
}

/** The notices of packages of others, in the order they are given in, after a sentence that says what holds them. */
export function noticesFor(sentence: string, others: readonly ThirdParty[]): string {
  const list = others.map(
    ({ name, version, license, from }) => `- ${name} ${version}: ${license}${from === "" ? "" : `, ${from}`}`,
  );
  const texts = new Map<string, string[]>();
  for (const { name, text, license } of others) {
    const shown = text ?? `Its package names the licence (${license}) and holds no text of it.`;
    texts.set(shown, [...(texts.get(shown) ?? []), name]);
  }
  const sections = [...texts].map(([text, names]) => `${"=".repeat(80)}\n${names.join(", ")}\n\n${text}\n`);
  return `${sentence} Each is under a licence of its own.\n\n${list.join("\n")}\n\n${sections.join("\n")}`;
}
