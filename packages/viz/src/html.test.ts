import { test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { documents, story } from "./document.fixture.ts";
import { toHtml } from "./html.ts";

/** The text of the scripts with this opening tag. */
function scripts(html: string, opening: string): string[] {
  return html
    .split(opening)
    .slice(1)
    .map((rest) => rest.slice(0, rest.indexOf("</script>")));
}

function embedded(html: string): unknown {
  return JSON.parse(scripts(html, '<script type="application/json" id="attr-document">')[0]!);
}

describe("toHtml", () => {
  test("every score, sum, value and base value is a cell", () => {
    const html = toHtml(story);
    const cells = [...html.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, text]) => text);
    expect(cells).toEqual([
      "+2.50",
      "−0.13",
      "+1.25",
      "+0.50",
      "+4.13",
      "−0.25",
      "−4.38",
      "+2.00",
      "−0.25",
      "0",
      "+0.06",
      "+1.81",
      "−0.13",
      "",
    ]);
  });

  test("the words of the prompt carry the primary row's scores for the pointer, the keyboard and the screen reader", () => {
    const html = toHtml(story);
    expect(html).toContain('aria-label="Sue: +2.50 ± 0.10 nats">Sue</span>');
    const stops = [...html.matchAll(/class="f [^"]*" data-f="\d" tabindex="(-?\d)"/g)].map(([, stop]) => stop);
    expect(stops).toEqual(["0", "-1", "-1", "-1"]);
    expect([...html.matchAll(/aria-pressed="(true|false)"/g)].map(([, pressed]) => pressed)).toEqual(["true", "false"]);
  });

  test("a group of features counts once in the sum", () => {
    expect(toHtml({ ...story, groups: [0, 1, 2, 2] })).toContain('<td class="fact">+3.63</td>');
  });

  test("scores that cannot be written in JSON come back as their names", () => {
    const html = toHtml({
      ...story,
      rows: [{ label: "x", scores: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1] }],
    });
    expect(embedded(html)).toMatchObject({ rows: [{ scores: ["NaN", "Infinity", "-Infinity", 1] }] });
    expect(html).toContain('<td class="snan" data-f="0">NaN</td>');
  });

  test("a table too large to show keeps the strongest features and says so", () => {
    const features = Array.from({ length: 41_000 }, (_, i) => `w${i}`);
    const html = toHtml({
      ...story,
      pieces: [],
      features,
      rows: [{ label: "x", scores: features.map((_, i) => i) }],
    });
    expect(html).toContain("The 1000 weakest features have no column here.");
    expect([...html.matchAll(/<td class="s/g)]).toHaveLength(40_000);
  });

  test.prop([documents])(
    "any document stays inside its markup: three scripts, all ours, and no request to anywhere",
    (document) => {
      const html = toHtml(document);
      expect(html.match(/<script/g)).toHaveLength(3);
      expect(html.match(/<\/script/g)).toHaveLength(3);
      expect(html).not.toMatch(/<(?:img|link|iframe|object|embed|base|form)\b/);
      expect(html).not.toMatch(/(?:src|href|action)\s*=\s*["']?\s*(?:https?:|\/\/)|@import|url\(/);
      expect(html).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      const roundTrip = JSON.parse(
        JSON.stringify(document, (_, value: unknown) =>
          typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
        ),
      );
      expect(embedded(html)).toEqual(roundTrip);
    },
  );

  test("a document whose parts do not fit is refused with the part's name", () => {
    expect(() => toHtml({ ...story, features: ["one"] })).toThrow("rows[0].scores holds 4 numbers for 1 features");
    expect(() => toHtml({ ...story, pieces: [{ text: "x", feature: 9 }] })).toThrow(
      "pieces[0].feature 9 is outside the 4 features",
    );
  });
});
