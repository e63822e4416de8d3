import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { captumNames } from "./captum-names.ts";
import { root } from "./documents.ts";
import { Workshop } from "./workshop.ts";

/** A row of the table: a name of Captum, how ours is spelled, the package that has it (or "not yet", "no"), a note. */
interface Row {
  readonly module: string;
  readonly captum: string;
  readonly ours: string;
  readonly in: string;
  readonly notes: string;
}

function readTables(text: string): readonly Row[] {
  let module = "";
  return text.split("\n").flatMap((line) => {
    module = /^## `(.+)`$/.exec(line)?.[1] ?? module;
    const cells = line.split("|").map((cell) => cell.trim());
    const [, captum] = /^`(\w+)`$/.exec(cells[1] ?? "") ?? [];
    if (captum === undefined || cells.length !== 6) return [];
    return [{ module, captum, ours: cells[2]!, in: cells[3]!.replaceAll("`", ""), notes: cells[4]! }];
  });
}

/** The names that a cell's code calls or constructs, or is. */
function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, code]) =>
    /^\w+$/.test(code!) ? [code!] : [...code!.matchAll(/\b(\w+)\(/g)].map(([, name]) => name!),
  );
}

const rows = readTables(readFileSync(join(root, "docs/coverage.md"), "utf8"));
const built = rows.filter((row) => row.in.startsWith("@attr/"));

test.each(Object.entries(captumNames))("every name of %s has its row, once and in order", (module, names) => {
  expect(rows.filter((row) => row.module === module).map(({ captum }) => captum)).toEqual(names);
});

test("no row is of a module that Captum does not have", () => {
  expect([...new Set(rows.map(({ module }) => module))]).toEqual(Object.keys(captumNames));
});

test("what is not here says what it waits for, or why not", () => {
  const others = rows.filter((row) => !built.includes(row));
  for (const row of others) {
    expect(["not yet", "no"], row.captum).toContain(row.in);
    expect(row.notes, row.captum).not.toBe("");
  }
});

test("every name of ours is exported by the package that the row names", async () => {
  const byPackage = new Map<string, Set<string>>();
  for (const row of built) {
    const names = namesIn(row.ours);
    expect(names.length, row.captum).toBeGreaterThan(0);
    byPackage.set(row.in, new Set([...(byPackage.get(row.in) ?? []), ...names]));
  }
  using workshop = new Workshop();
  const exports = [...byPackage].map(([name, names]) => `export type { ${[...names].join(", ")} } from "${name}";\n`);
  workshop.write("names.ts", exports.join(""));
  expect((await workshop.typeErrors()).get("names.ts") ?? "").toBe("");
});

const inventory = join(root, "../shared/reference/captum.md");
describe.skipIf(!existsSync(inventory))("with the inventory of Captum beside the repository", () => {
  test("the list of names is the inventory's", () => {
    const appendix = readFileSync(inventory, "utf8").split("## Appendix A")[1]!.split("## Appendix B")[0]!;
    const listed = [...appendix.matchAll(/^- `(captum\.[\w.]+)`: (.*)$/gm)].map(([, module, names]) => [
      module!,
      names!
        .replace(/\([^)]*\)|\.\s*$/g, "")
        .split(/[;,]/)
        .map((name) => name.trim()),
    ]);
    expect(captumNames).toEqual(Object.fromEntries(listed));
  });
});
