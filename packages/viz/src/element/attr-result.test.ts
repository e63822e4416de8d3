import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { story } from "../document.fixture.ts";
import { documentToJson } from "../documents/json.ts";
import { examples } from "../golden/examples.fixture.ts";

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const packages = join(import.meta.dirname, "../../..");

/** What a script finds in a page: it runs with the element's module loaded, and what it gives comes back. */
async function inPage(body: string, script: string): Promise<unknown> {
  const page = `<!DOCTYPE html><meta charset="utf-8"><script type="importmap">{"imports":{"@attr/core":"/core/src/index.ts"}}</script>
<style>text,td,p{fill:red!important;color:red!important}</style>
${body}
<script type="module" src="/viz/src/element/attr-result.ts"></script>
<script type="module">
const drawn = () => new Promise((resolve) => setTimeout(resolve, 50));
await drawn();
const found = await (async () => { ${script} })().catch((error) => ({ error: String(error) }));
const out = document.createElement("pre");
out.id = "found";
out.textContent = JSON.stringify(found);
document.body.append(out);
</script>`;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path === "/") {
      response.writeHead(200, { "content-type": "text/html" }).end(page);
      return;
    }
    const file = join(packages, path);
    if (!/^\/(viz|core)\/src\/[\w./-]+\.ts$/.test(path) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/javascript" }).end(stripTypeScriptTypes(readFileSync(file, "utf8")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--virtual-time-budget=20000",
      "--dump-dom",
      `http://127.0.0.1:${port}/`,
    ];
    const html = await new Promise<string>((resolve, reject) => {
      execFile(chromium!, flags, { maxBuffer: 64e6, timeout: 90_000 }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    const found = /<pre id="found">([\s\S]*?)<\/pre>/.exec(html)?.[1];
    expect(found, html.slice(-2000)).toBeDefined();
    return JSON.parse(found!.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"));
  } finally {
    server.close();
  }
}

test("where there is no page, the module loads and registers nothing", async () => {
  const { AttrResultElement } = await import("./attr-result.ts");
  expect(AttrResultElement.observedAttributes).toEqual(["document", "theme", "plain"]);
});

describe.skipIf(chromium === undefined)("<attr-result> in Chromium (skipped where none is installed)", () => {
  test("draws what the property, the attribute or a child script says, keeps its styles apart, and tells what is wrong", async () => {
    const json = documentToJson(examples["tabular-bars"]!).replaceAll("<", "\\u003c");
    const attribute = documentToJson(examples["layers"]!).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const found = await inPage(
      `<attr-result id="script"><script type="application/json">${json}</script></attr-result>
<attr-result id="attribute" theme="dark" plain document="${attribute}"></attr-result>
<attr-result id="wrong" document="{&quot;kind&quot;:&quot;sound&quot;}"></attr-result>
<attr-result id="property"></attr-result>
<div style="width:300px"><attr-result id="text"></attr-result></div>`,
      `const root = (id) => document.getElementById(id).shadowRoot;
const told = [];
document.addEventListener("attr-error", (event) => told.push(event.detail));
document.getElementById("property").document = ${documentToJson(examples["curve-deletion"]!)};
document.getElementById("wrong").setAttribute("document", "no json");
document.getElementById("text").document = ${documentToJson(story)};
await drawn();
root("text").querySelector("details").open = true;
document.getElementById("text").document = ${documentToJson({ ...story, title: "Told again" })};
await drawn();
const text = root("script").querySelector("text");
return {
  script: [...root("script").querySelectorAll("text")].map((one) => one.textContent),
  rows: root("script").querySelectorAll("tbody tr").length,
  color: getComputedStyle(text).fill,
  plain: [...root("attribute").querySelectorAll("text")].some((one) => one.textContent === "Through the network"),
  page: getComputedStyle(root("attribute").querySelector(".page")).fill,
  curves: root("property").querySelectorAll("path.curve").length,
  wrong: root("wrong").querySelector("[role=alert]").textContent,
  told,
  text: {
    open: root("text").querySelector("details").open,
    head: [...root("text").querySelectorAll("thead th")].map((one) => one.textContent),
    first: [...root("text").querySelectorAll("tbody tr:first-child > *")].map((one) => one.textContent),
    width: root("text").querySelector("svg").getAttribute("width"),
    scrolls: root("text").querySelector("figure").tabIndex,
  },
};`,
    );
    expect(found).toMatchObject({
      rows: 9,
      color: "rgb(26, 29, 35)",
      plain: false,
      page: "rgb(22, 24, 29)",
      curves: 3,
      wrong: expect.stringContaining("the document is not JSON"),
      told: [expect.stringContaining("the document is not JSON")],
      text: {
        open: true,
        head: ["piece", "the whole answer", "Sue"],
        first: ["Sue", "+2.5 ± 0.1", "+2"],
        width: expect.stringMatching(/^(3[4-9]\d|4\d\d)$/),
        scrolls: 0,
      },
    });
    expect((found as { script: string[] }).script).toEqual(expect.arrayContaining(["sex = female", "+1.64 ± 0.09"]));
  });
});
