// attr serve as it is installed: the page loads all that it asks for, the API answers, Ctrl-C ends it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const [attr = "node_modules/.bin/attr"] = process.argv.slice(2);
const server = spawn(process.execPath, [attr, "serve", "--json", "-"], { stdio: ["ignore", "pipe", "inherit"] });
const [line] = await once(createInterface({ input: server.stdout }), "line");
const { address, token } = JSON.parse(line);

const page = await (await fetch(address)).text();
const { imports } = JSON.parse(/<script type="importmap">(.*?)<\/script>/.exec(page)[1]);
const pending = [/<script type="module" src="(.*?)">/.exec(page)[1]];
const loaded = new Set();
for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
  if (loaded.has(path)) continue;
  loaded.add(path);
  const response = await fetch(new URL(path, address));
  assert.equal(response.status, 200, path);
  assert.match(response.headers.get("content-type"), /^text\/javascript/);
  for (const [, specifier] of (await response.text()).matchAll(/^(?:import|export)\b(?:[^"';=(]*\bfrom)?\s*["']([^"']+)["']/gm)) {
    const found =
      imports[specifier] ?? (specifier.startsWith(".") ? new URL(specifier, new URL(path, address)).pathname : undefined);
    assert.ok(found !== undefined, `${path} imports ${specifier}, which the page does not have`);
    pending.push(found);
  }
}
assert.ok(loaded.size > 20, `only ${loaded.size} modules were found`);

const response = await fetch(new URL("api/llm", address), {
  method: "POST",
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  body: JSON.stringify({ prompt: "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:" }),
});
assert.match((await response.json()).outputText, /Sue/);
server.kill("SIGINT");
assert.deepEqual(await once(server, "exit"), [130, null]);
