import { expect, test } from "vitest";
import { pages } from "../documents.ts";
import { type Entry, sidebar } from "./navigation.ts";

const linksOf = (entries: readonly Entry[]): readonly string[] =>
  entries.flatMap(({ link, items = [] }) => [...(link === undefined ? [] : [link]), ...linksOf(items)]);

test("every page of the documentation stands in the sidebar, and once", () => {
  const written = pages()
    .map(({ path }) => /^docs\/(.+)\.md$/.exec(path)?.[1])
    .filter((page) => page !== undefined && page !== "index");
  const links = linksOf(sidebar()).filter((link) => link !== "/reference/");
  expect([...links].sort()).toEqual(written.map((page) => `/${page}`).sort());
});
