import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { text } from "node:stream/consumers";

/** A Chromium of this machine: `CHROMIUM_PATH`, or where systems put it; `undefined` where there is none. */
export function chromium(): string | undefined {
  const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return [process.env["CHROMIUM_PATH"], ...usual].find((path) => path !== undefined && path !== "" && existsSync(path));
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Opens a folder of files as a site on loopback in a Chromium without a window, and gives what the page posts to `/told`. */
export async function openPage(browser: string, folder: string): Promise<string> {
  let tell: (text: string) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const told = new Promise<string>((resolve, reject) => {
    tell = resolve;
    fail = reject;
  });
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://loopback").pathname;
    if (request.method === "POST" && path === "/told") {
      tell(await text(request));
      response.end();
      return;
    }
    const file = join(folder, path === "/" ? "index.html" : path);
    if (!existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");

  const profile = mkdtempSync(join(tmpdir(), "attr-chromium-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
  const page = `http://127.0.0.1:${address.port}/`;
  const running = spawn(browser, [...flags, "--disable-component-update", `--user-data-dir=${profile}`, page], {
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => running.once("close", () => resolve()));
  running.once("error", fail);
  const patience = setTimeout(() => fail(new Error("the page has told nothing within two minutes")), 120_000);
  try {
    return await told;
  } finally {
    clearTimeout(patience);
    running.kill();
    await ended;
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Has the built page in a folder tell the picture in its `main` once it is there, or what went wrong. */
export function tellPicture(folder: string): void {
  const index = join(folder, "index.html");
  const script = `<script>
    const tell = (text) => fetch("/told", { method: "POST", body: text });
    addEventListener("error", (event) => tell("error: " + event.message));
    addEventListener("unhandledrejection", (event) => tell("error: " + (event.reason?.stack ?? event.reason)));
    new MutationObserver(() => { const picture = document.querySelector("main svg"); if (picture !== null) tell(picture.outerHTML); })
      .observe(document, { childList: true, subtree: true });
  </script>`;
  writeFileSync(index, readFileSync(index, "utf8").replace("<head>", `<head>${script}`));
}
