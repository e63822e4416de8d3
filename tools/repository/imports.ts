/** The modules that a TypeScript file imports, re-exports or loads, as written; types of modules (`typeof import("x")`) load nothing. */
export function importsOf(source: string): readonly string[] {
  const code = withoutComments(source);
  const found = [
    ...code.matchAll(/(?:^|[\n;}])\s*(?:import|export)\b[^;'"`()]*?\bfrom\s*["']([^"']+)["']/g),
    ...code.matchAll(/(?:^|[\n;}])\s*import\s*["']([^"']+)["']/g),
    ...withoutTemplates(code).matchAll(/(?<!typeof )\b(?:import|require)\s*\(\s*["']([^"']+)["']/g),
  ];
  return found.map((match) => match[1]!);
}

/** The package a specifier belongs to: `@attr/core/testing` is of `@attr/core`; a relative one, and one from the root of a site, of none. */
export function packageOf(specifier: string): string | undefined {
  if (/^[./]/.test(specifier)) return undefined;
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
}

/** Sentences of error messages speak of imports too. */
function withoutTemplates(source: string): string {
  return source.replace(/`[^`\n]*`/g, "``");
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
}
