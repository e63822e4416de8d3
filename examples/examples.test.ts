import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { chromium, openPage, tellPicture } from "../tools/page-in-chromium.ts";
import { mustRun } from "../tools/run-command.ts";

const here = import.meta.dirname;
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(here, entry.name, "package.json")))
  .map(({ name }) => name);

/** The examples that run to their end, by the script that does it, with what they are seen to say. */
const told: Readonly<Record<string, { readonly script: string; readonly says: readonly RegExp[] }>> = {
  "node-script": { script: "start", says: [/^answer: Sue/m, /nats {2}Sue$/m, /why\.html and why\.json written/] },
  "rag-citation-checker": {
    script: "start",
    says: [/the citation holds/, /the answer came from passage 2/, /no passage supports/],
  },
  "hono-endpoint": { script: "check", says: [/^answer: Sue/m, /6 bad requests were refused/] },
  "next-style-route-handler": { script: "start", says: [/^answer: Sue/m, /± .* Sue$/m] },
  "property-test-suite": { script: "start", says: [/pass [1-9]\d*$/m, /fail 0$/m] },
  "transformers-js": { script: "start", says: [/Lime/] },
};

const temporary: string[] = [];
afterAll(() => {
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true });
});

test("every example is run", () => {
  expect(folders.filter((name) => !(name in told))).toEqual(["browser-page"]);
});

test("every example has a page of its own, which the list of examples points to", () => {
  const list = readFileSync(join(here, "README.md"), "utf8");
  for (const name of folders) {
    expect(list).toContain(`(${name})`);
    expect(readFileSync(join(here, name, "README.md"), "utf8")).toMatch(/```sh\nnpm start\n```/);
  }
});

test.each(Object.entries(told))("%s runs", async (name, { script, says }) => {
  const folder = join(here, name);
  const output = await mustRun("npm", ["run", "--silent", script], {
    cwd: folder,
    env: { PATH: `${join(here, "../node_modules/.bin")}:${process.env["PATH"]}`, NO_COLOR: "1" },
  });
  for (const sentence of says) expect(output).toMatch(sentence);
});

test.skipIf(chromium() === undefined)("browser-page shows its picture (where there is a Chromium)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "attr-page-"));
  temporary.push(folder);
  await mustRun("npx", ["--no-install", "vite", "build", "--outDir", folder, "--emptyOutDir"], {
    cwd: join(here, "browser-page"),
  });
  tellPicture(folder);
  expect(await openPage(chromium()!, folder)).toMatch(/^<svg[\s\S]*kite[\s\S]*<\/svg>$/);
});
