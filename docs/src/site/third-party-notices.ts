import { existsSync } from "node:fs";
import { join } from "node:path";
import { noticesFor, thirdPartyIn } from "../../../tools/third-party.ts";

/** The part of a plugin of Vite that is used here. */
interface BundlePlugin {
  readonly name: string;
  generateBundle(
    this: { emitFile(file: { type: "asset"; fileName: string; source: string }): unknown },
    options: unknown,
    bundle: Readonly<Record<string, { readonly type: string; readonly moduleIds?: readonly string[] }>>,
  ): void;
}

/** Puts the notices of all packages of others that are in the site's scripts beside them, as their licences ask. */
export function thirdPartyNotices(): BundlePlugin {
  return {
    name: "attr-third-party-notices",
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap(({ moduleIds = [] }) => moduleIds);
      const folders = new Set(modules.flatMap((id) => packageFolder(id.replace(/^\0/, "").replace(/\?.*$/, "")) ?? []));
      const others = [...folders].map(thirdPartyIn).sort((a, b) => (a.name < b.name ? -1 : 1));
      this.emitFile({
        type: "asset",
        fileName: "THIRD-PARTY-NOTICES.txt",
        source: noticesFor("The pages of this site hold parts of these packages of others.", others),
      });
    },
  };
}

/** The folder of the installed package that a module is of; `undefined` for what is no package's. */
function packageFolder(module: string): string | undefined {
  const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module) ?? [];
  return folder !== undefined && existsSync(join(folder, "package.json")) ? folder : undefined;
}
