// Writes `docs/reference` from the types and comments of every published package; ends with status 1 where an export has no comment, a
// link in a comment leads nowhere, or a type that users meet is not exported.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Application, DeclarationReflection, ReflectionKind, SignatureReflection, TSConfigReader } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { publicPackages } from "../../../tools/workspace.ts";
import { root } from "../documents.ts";
import { markdownTable } from "../markdown-table.ts";
import { entryPoints } from "./entry-points.ts";
import { repositoryAddress, withSiteLinks } from "./site-paths.ts";
import { undocumentedOptions } from "./undocumented-options.ts";

/** The page of all packages, those without exports of their own included. */
function index(): string {
  const rows = publicPackages().map(({ path, manifest }) => {
    const page = entries.find(({ package: name }) => name === manifest.name)?.page;
    const name = `\`${manifest.name}\``;
    return [page === undefined ? name : `[${name}](${page})`, manifest.description ?? "", `\`${path}\``];
  });
  const text = `What each package exports, from its types and the comments beside them. Paths are those of the repository.`;
  return `# Reference\n\n${text}\n\n${markdownTable(["package", "what it is", "where"], rows).join("\n")}\n`;
}

const entries = entryPoints();
const address = repositoryAddress();
const out = join(root, "docs/reference");

const pages: PluginOptions = {
  entryFileName: "index",
  excludeScopesInPaths: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: "table",
  sanitizeComments: true, // a comment is text: "<mask>" is a token and no element
};

const app = await Application.bootstrapWithPlugins(
  {
    plugin: ["typedoc-plugin-markdown"],
    name: "Reference",
    entryPoints: entries.map(({ source }) => join(root, source)),
    tsconfig: join(root, "docs/tsconfig.reference.json"),
    out,
    readme: "none",
    skipErrorChecking: true, // the compiler has checked them, and it is a newer one
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    displayBasePath: root,
    basePath: root,
    disableGit: true,
    sourceLinkTemplate: `${address ?? ""}/blob/HEAD/{path}#L{line}`,
    validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: true },
    requiredToBeDocumented: ["Class", "Function", "Interface", "TypeAlias", "Variable", "Method", "Accessor"],
    packagesRequiringDocumentation: entries.map(({ package: name }) => name),
    logLevel: "Warn",
    ...pages,
  },
  [new TSConfigReader()],
);
const project = await app.convert();
if (project === undefined) process.exit(1);

for (const reflection of Object.values(project.reflections)) {
  if (reflection instanceof SignatureReflection) {
    // `this` narrows which models a method can be called over; it is no argument.
    if (reflection.parameters !== undefined) reflection.parameters = reflection.parameters.filter(({ name }) => name !== "this");
  } else if (reflection instanceof DeclarationReflection && reflection.kindOf(ReflectionKind.Module)) {
    const entry = entries.find(({ source }) => reflection.sources?.[0]?.fileName === source);
    if (entry === undefined) throw new Error(`the reference does not know whose entry point "${reflection.name}" is`);
    reflection.name = entry.name;
    delete reflection.sources;
    if (entry.readme !== undefined)
      reflection.readme = [{ kind: "text", text: withSiteLinks(entry.readme, readFileSync(join(root, entry.readme), "utf8")) }];
  }
  // Without an address of the repository its paths stay text.
  if (address === undefined && (reflection instanceof DeclarationReflection || reflection instanceof SignatureReflection))
    for (const source of reflection.sources ?? []) delete source.url;
}

app.validate(project);
for (const message of undocumentedOptions(project)) app.logger.warn(message);
rmSync(out, { recursive: true, force: true });
await app.generateOutputs(project);
writeFileSync(join(out, "index.md"), index());
if (app.logger.hasErrors() || app.logger.hasWarnings()) {
  console.error(`the reference has ${app.logger.errorCount} errors and ${app.logger.warningCount} warnings, see above`);
  process.exitCode = 1;
}
