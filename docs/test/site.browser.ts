import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fitsWidth, seriousFindings } from "../../apps/demo/test/checks.fixture.ts";
import { chromiumPath, launchChromium, type Site, visit } from "../../apps/demo/test/site.fixture.ts";
import { serveFolder } from "./serve-folder.fixture.ts";

const built = join(import.meta.dirname, "../.vitepress/dist");
const main = [
  "index.html",
  "guides/getting-started.html",
  "guides/pictures.html",
  "explanation/which-method.html",
  "coming-from/captum.html",
  "coverage.html",
  "axioms.html",
  "reference/index.html",
  "reference/core/index.html",
  "reference/core/classes/IntegratedGradients.html",
];

test("the site asks no other host for anything: only links that a reader follows lead away", () => {
  const pages = globSync("**/*.html", { cwd: built, exclude: ["demo/**"] });
  expect(pages.length).toBeGreaterThan(100);
  const strangers = pages.flatMap((page) =>
    [
      ...readFileSync(join(built, page), "utf8").matchAll(
        /<(?!a\b)\w+[^>]*\s(?:src|srcset|href|action|data|poster)="((?:https?:)?\/\/[^"]*)"/g,
      ),
    ].map(([, address]) => `${page}: ${address}`),
  );
  expect(strangers).toEqual([]);
  const styles = globSync("assets/**/*.css", { cwd: built }).map((file) => readFileSync(join(built, file), "utf8"));
  expect(styles.filter((style) => /url\(\s*["']?(https?:)?\/\//.test(style) || /@import/.test(style))).toEqual([]);
});

test("no page names a folder or an address of the machine it was built on", () => {
  const told = globSync("**/*.{html,js}", { cwd: built, exclude: ["demo/**"] }).filter((file) => {
    const text = readFileSync(join(built, file), "utf8");
    return text.includes(process.cwd()) || /file:\/\/\//.test(text);
  });
  expect(told).toEqual([]);
});

describe.skipIf(chromiumPath === undefined)("the documentation", () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), serveFolder(built)]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  test.each(main)("%s: axe finds nothing serious, narrow and wide, light and dark; 375 pixels are enough", async (place) => {
    const { context, page, strangers, errors } = await visit(browser, site, place, { viewport: { width: 375, height: 760 } });
    await page.locator("h1").first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect(await fitsWidth(page)).toBe(true);
    await page.setViewportSize({ width: 1300, height: 900 });
    // The sidebar comes in by itself: colours are looked at when it is there.
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
    expect(await seriousFindings(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.reload();
    await page.locator("html.dark h1").first().waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect([strangers, errors]).toEqual([[], []]);
    await context.close();
  });

  test("the search finds a method by its name, and its page opens", async () => {
    const { context, page, strangers, errors } = await visit(browser, site, "index.html");
    await page.keyboard.press("Control+k");
    await page.locator("#localsearch-input").fill("GuidedIntegratedGradients");
    await page.locator(".VPLocalSearchBox .result", { hasText: "Class: GuidedIntegratedGradients" }).first().click();
    await page.waitForURL(/reference\/core\/classes\/GuidedIntegratedGradients/);
    await page.locator("h1", { hasText: "GuidedIntegratedGradients" }).waitFor();
    expect([strangers, errors]).toEqual([[], []]);
    await context.close();
  });

  test("every entry of the menu and of the sidebar leads to a page", async () => {
    const { context, page } = await visit(browser, site, "explanation/baselines.html", {
      viewport: { width: 1300, height: 900 },
    });
    const links = await page
      .locator(".VPNav a[href], .VPSidebar a[href]")
      .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href));
    expect(links.length).toBeGreaterThan(20);
    const answers = await Promise.all(
      [...new Set(links)].map(async (link) => [link, (await page.request.get(link)).status()] as const),
    );
    expect(answers.filter(([, status]) => status !== 200)).toEqual([]);
    await context.close();
  });

  test("the page is embedded, and explains there what its model answers", async () => {
    const { context, page, strangers, errors } = await visit(browser, site, "try-it.html", {
      viewport: { width: 1200, height: 1000 },
    });
    const frame = page.frameLocator("iframe");
    await frame.locator(".work-bar .status", { hasText: "Done." }).waitFor({ timeout: 40_000 });
    expect(await frame.locator("h2").first().textContent()).toContain("Sue.");
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole("link", { name: "The page by itself" }).click();
    await page.locator(".work-bar .status", { hasText: "Done." }).waitFor({ timeout: 40_000 });
    expect([strangers, errors]).toEqual([[], []]);
    await context.close();
  });
});
