import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { documents, story } from "./document.fixture.ts";
import { parseXml } from "./markup.fixture.ts";
import { toSvg } from "./svg.ts";
import { visualOrder } from "./visual-order.ts";

describe("toSvg", () => {
  test("every score, value, base value and sum of a row stands in the table", () => {
    const texts = parseXml(toSvg(story)).map(({ text }) => text);
    for (const number of ["+2.50", "−0.13", "+1.25", "+0.50", "+2.00", "−0.25", "+0.06", "+4.13", "−4.38", "+1.81"])
      expect(texts).toContain(number);
  });

  test("its title and description say what is explained and which words count", () => {
    const elements = parseXml(toSvg(story));
    const svg = elements[0]!;
    expect(svg.attributes.get("role")).toBe("img");
    const [title, description] = svg.attributes.get("aria-labelledby")!.split(" ");
    const byId = (id: string | undefined) => elements.find(({ attributes }) => attributes.get("id") === id)!;
    expect(byId(title).text).toBe('Why the model answers " Sue"');
    expect(byId(description).text).toContain("strongest: Sue +2.50, kite +1.25");
  });

  test("two documents in one page do not share names", () => {
    const ids = (svg: string) => parseXml(svg).flatMap(({ attributes }) => attributes.get("id") ?? []);
    const other = ids(toSvg({ ...story, title: "another" }));
    expect(ids(toSvg(story)).filter((id) => other.includes(id))).toEqual([]);
  });

  test.prop([documents, fc.constantFrom("light" as const, "dark" as const, "auto" as const), fc.integer({ min: 1, max: 2000 })])(
    "any document gives well-formed XML that refers to nothing outside",
    (document, theme, width) => {
      const svg = toSvg(document, { theme, width });
      const elements = parseXml(svg);
      expect(svg.replace("http://www.w3.org/2000/svg", "")).not.toMatch(
        /(?:href|src|url\((?!#))\s*=?\s*["']?http|@import|@font-face/,
      );
      expect(elements.filter(({ name }) => name === "script" || name === "image" || name === "foreignObject")).toEqual([]);
      for (const { attributes } of elements)
        for (const [key, value] of attributes) {
          expect(key).not.toMatch(/^on/);
          if (["x", "y", "width", "height", "x1", "x2", "y1", "y2"].includes(key))
            expect(Number.isFinite(Number(value))).toBe(true);
        }
    },
  );

  test("words of a line that reads from the right stand from the right", () => {
    const order = (...texts: string[]) => visualOrder(texts.map((text) => ({ text }))).map((part) => part.text);
    expect(order("one", " ", "two")).toEqual(["one", " ", "two"]);
    expect(order("שלום", " ", "עולם")).toEqual(["עולם", " ", "שלום"]);
    expect(order("one ", "שלום", " ", "עולם", " two")).toEqual(["one ", "עולם", " ", "שלום", " two"]);
    expect(order("שלום", " ", "one", " ", "two", " ", "עולם")).toEqual(["עולם", " ", "one", " ", "two", " ", "שלום"]);
  });
});
