import { afterEach, expect, test, vi } from "vitest";
import { linkFromSite, withSiteLinks } from "./site-paths.ts";

afterEach(() => vi.unstubAllEnvs());

test("links to files that the site has lead to its pages", () => {
  expect(linkFromSite("docs/axioms.md", "../packages/testing")).toBe("/reference/testing/index.md");
  expect(linkFromSite("packages/core/README.md", "../../docs/guides/results.md#versions")).toBe("/guides/results.md#versions");
  expect(linkFromSite("docs/guides/testing.md", "../axioms.md")).toBe("/axioms.md");
  expect(linkFromSite("packages/testing/README.md", "../core")).toBe("/reference/core/index.md");
});

test("links to other places stay as they are", () => {
  for (const href of ["#here", "/demo/index.html", "https://captum.ai", "mailto:nobody@example.org"])
    expect(linkFromSite("docs/coverage.md", href)).toBe(href);
});

test("links to what is only in the repository lead there where its address is known, and are plain text where not", () => {
  vi.stubEnv("DOCS_REPOSITORY", "");
  expect(linkFromSite("docs/guides/memory.md", "../../bench/README.md")).toBeUndefined();
  expect(withSiteLinks("packages/core/README.md", "See [the map](../../AGENTS.md) and [testing](../testing).")).toBe(
    "See the map and [testing](/reference/testing/index.md).",
  );
  vi.stubEnv("DOCS_REPOSITORY", "https://example.org/owner/name/");
  expect(linkFromSite("docs/guides/memory.md", "../../bench/README.md#x")).toBe(
    "https://example.org/owner/name/blob/HEAD/bench/README.md#x",
  );
});
