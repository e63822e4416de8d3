import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../documents.ts";

/** An entry of the sidebar: a page, or a group of pages. */
export interface Entry {
  readonly text: string;
  readonly link?: string;
  readonly items?: Entry[];
}

const docs = join(root, "docs");

/** What comes first among the pages of a folder, in this order; the others follow by their titles. */
const first: Readonly<Record<string, readonly string[]>> = {
  guides: [
    "language-models",
    "multiple-choice",
    "images",
    "tables",
    "gradients",
    "results",
    "pictures",
    "metrics",
    "command-line",
    "tensorflow-js",
    "tfjs-node",
    "memory",
    "testing",
  ],
  explanation: [
    "which-method",
    "what-the-numbers-mean",
    "baselines",
    "completeness-and-axioms",
    "token-attributions",
    "multiple-choice",
  ],
  "coming-from": ["captum", "shap", "inseq"],
};

/** The first heading of a page, without its marks. */
function titleOf(page: string): string {
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(docs, page), "utf8")) ?? [];
  if (title === undefined) throw new Error(`docs/${page} has no heading of the first level`);
  return title.replaceAll("`", "");
}

const entryOf = (page: string): Entry => ({ text: titleOf(page), link: `/${page.replace(/\.md$/, "")}` });

/** The pages of a folder, those that lead on first. */
function pagesOf(folder: string, without: readonly string[] = []): Entry[] {
  const order = first[folder] ?? [];
  const place = (page: string): number => (order.indexOf(page) + order.length + 1) % (order.length + 1);
  return globSync(`${folder}/*.md`, { cwd: docs })
    .map((path) => basename(path, ".md"))
    .filter((page) => page !== "index" && !without.includes(page))
    .map((page) => ({ place: place(page), entry: entryOf(`${folder}/${page}.md`) }))
    .sort((a, b) => a.place - b.place || a.entry.text.localeCompare(b.entry.text))
    .map(({ entry }) => entry);
}

const groups: readonly (readonly [folder: string, text: string])[] = [
  ["classes", "Classes"],
  ["functions", "Functions"],
  ["variables", "Values"],
];

/** The folders of the packages in the reference; none before `write-reference.ts` has written it. */
const packageFolders = (): string[] =>
  globSync("reference/**/index.md", { cwd: docs })
    .map((path) => path.replaceAll("\\", "/").replace(/\/index\.md$/, ""))
    .filter((path) => path !== "reference")
    .sort();

/** What users construct or call; the types are listed on the package's own page. */
const membersOf = (folder: string): Entry[] =>
  groups.flatMap(([kind, text]) => {
    const items = globSync(`${folder}/${kind}/*.md`, { cwd: docs })
      .map((page) => basename(page, ".md"))
      .sort((a, b) => a.localeCompare(b))
      .map((name) => ({ text: name, link: `/${folder}/${kind}/${name}` }));
    return items.length === 0 ? [] : [{ text, items }];
  });

/** The sidebar of all pages but the reference's. */
export function sidebar(): Entry[] {
  return [
    {
      text: "Tutorial",
      items: [entryOf("guides/getting-started.md"), { text: "Try it in this page", link: "/try-it" }],
    },
    { text: "How-to guides", items: pagesOf("guides", ["getting-started"]) },
    { text: "Explanation", items: pagesOf("explanation") },
    { text: "Coming from …", items: pagesOf("coming-from") },
    {
      text: "Reference",
      items: [
        { text: "The packages, from their types", link: "/reference/" },
        entryOf("coverage.md"),
        entryOf("operators.md"),
        entryOf("axioms.md"),
      ],
    },
  ];
}

/** The sidebars of the reference, by what their addresses begin with: the packages, and what the one that is read has. */
export function referenceSidebars(): Readonly<Record<string, Entry[]>> {
  const folders = packageFolders();
  const entry = (folder: string): Entry => ({ text: `@attr/${folder.slice("reference/".length)}`, link: `/${folder}/` });
  const all = (open?: string): Entry[] =>
    folders.flatMap((folder) => (folder === open ? [{ ...entry(folder), items: membersOf(folder) }] : [entry(folder)]));
  return Object.fromEntries([
    ["/reference/", [{ text: "Reference", link: "/reference/", items: all() }]],
    ...folders.map((folder) => [`/${folder}/`, [{ text: "Reference", link: "/reference/", items: all(folder) }]]),
  ]);
}
