import { readFileSync } from "node:fs";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fitsWidth, seriousFindings } from "./checks.fixture.ts";
import { chromiumPath, launchChromium, type Site, saved, serveSite, type Visit, visit } from "./site.fixture.ts";

/** A room of the built page in a browser, open for all tests of a file. */
export interface OpenRoom {
  readonly page: Page;
  readonly site: Site;
}

const phone: BrowserContextOptions = { viewport: { width: 375, height: 760 } };

/**
 * Describes a room at the width of a phone: opens it once for the tests that `facts` writes down, and holds after all of them that no
 * request left for another host and no script failed.
 *
 * @param hash Where the room is: "#/your-model".
 */
export function describeRoom(name: string, hash: string, facts: (room: OpenRoom) => void): void {
  describe.skipIf(chromiumPath === undefined)(name, () => {
    let browser: Browser;
    let site: Site;
    let shared: Visit;
    beforeAll(async () => {
      [browser, site] = await Promise.all([launchChromium(), serveSite()]);
      shared = await visit(browser, site, hash, phone);
    });
    afterAll(async () => {
      await browser?.close();
      await site?.close();
    });

    facts({
      get page() {
        return shared.page;
      },
      get site() {
        return site;
      },
    });

    test("in all of this no request left for another host, and no script failed", () => {
      expect([shared.strangers, shared.errors]).toEqual([[], []]);
    });
  });
}

/** What holds after a while: the page's worker may be at it. */
export function eventually<Value>(read: () => Value | Promise<Value>): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(read, { timeout: 30_000 });
}

/** Holds that axe finds nothing serious on what is shown, in light and in dark, and that nothing scrolls the page sideways. */
export async function expectSound(page: Page): Promise<void> {
  expect(await seriousFindings(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await seriousFindings(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "light" });
  expect(await fitsWidth(page)).toBe(true);
}

/** Holds that the result is saved in all four forms, the JSON of this schema; gives the JSON. */
export async function expectExports(page: Page, schema: string): Promise<Buffer> {
  expect(
    readFileSync(await saved(page, "PNG"))
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
  expect(readFileSync(await saved(page, "SVG"), "utf8")).toMatch(/^<svg /);
  expect(readFileSync(await saved(page, "HTML"), "utf8")).toContain("attr-document");
  const json = readFileSync(await saved(page, "JSON"));
  expect(JSON.parse(json.toString()).schema).toBe(schema);
  return json;
}
