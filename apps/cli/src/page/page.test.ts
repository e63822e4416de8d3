import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const executablePath = [
  process.env["CHROMIUM_PATH"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(executablePath === undefined)("the page of attr serve in Chromium (skipped where none is installed)", () => {
  let program: ChildProcess;
  let told: { readonly address: string; readonly token: string; readonly page: string };
  let browser: Browser;
  beforeAll(async () => {
    const main = fileURLToPath(new URL("../main.ts", import.meta.url));
    const words = ["--conditions=@attr/source", "--disable-warning=ExperimentalWarning", main, "serve", "--json", "-"];
    program = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface({ input: program.stdout! }), "line");
    told = JSON.parse(String(line));
    browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox", "--disable-gpu"] });
  });
  afterAll(async () => {
    await browser?.close();
    program?.kill("SIGINT");
    const [code] = program.exitCode === null ? await once(program, "exit") : [program.exitCode];
    expect(code).toBe(130);
  });

  /** A page of a fresh profile, and what went wrong or elsewhere in it. */
  async function visit(
    place: string,
    options: BrowserContextOptions = {},
  ): Promise<{ readonly page: Page; readonly wrong: string[]; leave(): Promise<void> }> {
    const context = await browser.newContext(options);
    const wrong: string[] = [];
    context.on("request", (request) => {
      if (!request.url().startsWith(told.address)) wrong.push(`asks ${request.url()}`);
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => wrong.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") wrong.push(message.text());
    });
    await page.goto(place);
    return { page, wrong, leave: () => context.close() };
  }

  const done = (page: Page): Promise<void> => page.getByText("Done.", { exact: true }).waitFor();

  async function findings(page: Page): Promise<readonly string[]> {
    await page.evaluate(axe);
    // What the line before put into the page.
    const { violations } = (await page.evaluate("axe.run()")) as {
      readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
    };
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  }

  test("a prompt becomes a picture, by one token of the answer too, and links lead to the result in every form", async () => {
    const { page, wrong, leave } = await visit(told.page);
    expect(page.url()).toBe(told.address);
    await page.getByRole("button", { name: "Explain" }).click();
    await done(page);
    expect(await page.locator("#found-title").textContent()).toContain("Sue");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("found-title");
    expect(await page.locator("attr-result svg").count()).toBe(1);
    await page.getByRole("button", { name: '" Sue"' }).click();
    await page.locator("#found-title", { hasText: "Sue" }).waitFor();
    for (const [name, type] of [
      ["a page", "text/html"],
      ["a picture", "image/svg+xml"],
      ["data", "application/json"],
      ["text", "text/plain"],
    ] as const) {
      const address = await page.locator(".links").getByRole("link", { name, exact: true }).getAttribute("href");
      const response = await page.request.get(new URL(address!, told.address).href);
      expect([response.status(), response.headers()["content-type"]]).toEqual([200, expect.stringContaining(type)]);
    }
    const before = page.locator("#results a");
    expect(await before.count()).toBe(1);
    await before.click();
    await page.locator("h1", { hasText: "Sue" }).waitFor();
    expect(await page.evaluate("(() => { try { return sessionStorage.length } catch { return 'apart' } })()")).toBe("apart");
    await page.goBack();
    await before.waitFor();
    expect(wrong).toEqual([]);
    await leave();
  });

  test("options become a table, and one is held against another, by the keyboard alone", async () => {
    const { page, wrong, leave } = await visit(told.page);
    await page.getByLabel("A language model’s answer").focus();
    await page.keyboard.press("ArrowRight");
    await page.getByLabel("Options", { exact: true }).waitFor();
    expect(await page.getByLabel("Answer to explain").isVisible()).toBe(false);
    expect(await page.getByLabel("Model", { exact: true }).inputValue()).toBe("tales-choice");
    expect(await page.getByLabel("How a language model answers").isVisible()).toBe(false);
    await page.getByLabel("Model", { exact: true }).selectOption("tales-lm");
    expect(await page.getByLabel("How a language model answers").isVisible()).toBe(true);
    await page.getByLabel("Model", { exact: true }).selectOption("tales-choice");
    await page.getByLabel("Options", { exact: true }).fill("Tom\nSue\nEve");
    await page.getByRole("button", { name: "Explain" }).focus();
    await page.keyboard.press("Enter");
    await done(page);
    expect(await page.locator("#views button[aria-pressed=true]").textContent()).toMatch(/^why (Tom|Sue|Eve)$/);
    await page.getByRole("button", { name: "Sue, not Tom" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("#found-title", { hasText: 'Why "Sue" and not "Tom"' }).waitFor();
    await page.locator("attr-result svg text", { hasText: "Sue and not Tom" }).first().waitFor();
    expect(wrong).toEqual([]);
    await leave();
  });

  test("what is wrong is said in a sentence, and what runs is cancelled", async () => {
    const { page, leave } = await visit(told.page);
    await page.getByLabel("Prompt").fill("?");
    await page.getByLabel("What is taken away").selectOption("word");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("alert").filter({ hasText: "nothing to attribute to" }).waitFor();
    await page.getByLabel("Prompt").fill("Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:");
    await page.getByLabel("Method", { exact: true }).selectOption("shapley-value-sampling");
    await page.getByLabel("Samples").fill("90000");
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByRole("status").filter({ hasText: " of " }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Cancelled.").waitFor();
    await page.getByLabel("Method", { exact: true }).selectOption("feature-ablation");
    await page.getByRole("button", { name: "Explain" }).click();
    await done(page);
    await leave();
  });

  test("without the token the page asks for it, and works with it, over a reload too", async () => {
    const { page, leave } = await visit(told.address);
    await page.getByLabel("Token").fill(told.token);
    await page.getByRole("button", { name: "Use this token" }).click();
    await page.reload();
    expect(await page.getByLabel("Token").isVisible()).toBe(false);
    await page.getByRole("button", { name: "Explain" }).click();
    await done(page);
    await leave();
  });

  test("axe finds nothing, in light and dark, and 375 pixels are wide enough", async () => {
    const { page, leave } = await visit(told.page, { viewport: { width: 375, height: 760 } });
    await page.getByRole("button", { name: "Explain" }).click();
    await done(page);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await findings(page)).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
    await leave();
  });
});
