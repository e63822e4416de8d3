import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { type PreviewServer, preview } from "vite";

/** A Chromium of this machine: the one `CHROMIUM_PATH` names, or the system's. */
export const chromiumPath: string | undefined = [
  process.env["CHROMIUM_PATH"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));

/** @param graphics What it is told of graphics cards. */
export function launchChromium(graphics: readonly string[] = ["--disable-gpu"]): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath!,
    args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...graphics],
  });
}

/** The built page, served as `pnpm preview` serves it, on a port of its own. */
export interface Site {
  readonly address: string;
  close(): Promise<void>;
}

export async function serveSite(): Promise<Site> {
  const server: PreviewServer = await preview({
    configFile: new URL("../vite.config.ts", import.meta.url).pathname,
    logLevel: "error",
    preview: { port: 0, host: "127.0.0.1", strictPort: false, open: false },
  });
  const { port } = server.httpServer.address() as AddressInfo; // it listens on a port
  return { address: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** A page of a fresh profile, and what went wrong or went out in it. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Requests to anywhere but the site. */
  readonly strangers: string[];
  /** Errors of scripts, and what the console calls an error. */
  readonly errors: string[];
}

export async function visit(browser: Browser, site: Site, place: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  const strangers: string[] = [];
  const errors: string[] = [];
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(site.address) && !/^(data|blob):/.test(url)) strangers.push(url);
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(site.address + place);
  return { context, page, strangers, errors };
}

/** Waits until the work under way has ended well. */
export async function done(page: Page, timeout = 40_000): Promise<void> {
  await page.locator(".work-bar .status", { hasText: "Done." }).waitFor({ timeout });
}

/** The first column of numbers of the table below a picture, by the pieces they are of; of equal pieces the last. */
export async function scoresOf(page: Page): Promise<Readonly<Record<string, number>>> {
  const rows = await page
    .locator(".numbers tbody tr")
    .evaluateAll((elements) => elements.map((row) => [...row.children].slice(0, 2).map((cell) => cell.textContent ?? "")));
  return Object.fromEntries(rows.map(([piece, score]) => [piece!, Number(score!.replaceAll("−", "-").replace(/ ±.*/, ""))]));
}

/** Clicks a button that saves a file; the path of what was saved. */
export async function saved(page: Page, button: string): Promise<string> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: button, exact: true }).click();
  return await (await download).path();
}

/** Opens a saved result from wherever the page is. */
export async function openSaved(page: Page, json: Buffer, name = "saved.json"): Promise<void> {
  await page.getByLabel("Open a saved result").setInputFiles({ name, mimeType: "application/json", buffer: json });
}
