import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { toAnsi } from "./ansi.ts";
import type { TextDocument } from "./documents/text-document.ts";
import { foldAround } from "./fold.ts";
import { toHtml } from "./html.ts";
import { parseXml } from "./markup.fixture.ts";
import { toSvg } from "./svg.ts";

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 });

describe("foldAround", () => {
  test.prop([shares, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 6 })])(
    "every item is in one stretch, in order; the strongest are shown, and no fold is smaller than worth it",
    (strengths, most, context, least) => {
      const stretches = foldAround(
        strengths,
        strengths.map(() => 1),
        { most, context, least },
      );
      expect(stretches.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i))).toEqual(
        strengths.map((_, i) => i),
      );
      const strongest = strengths
        .map((_, i) => i)
        .filter((i) => strengths[i]! >= 0.2)
        .sort((a, b) => strengths[b]! - strengths[a]! || a - b)
        .slice(0, most);
      for (const { start, end, folded } of stretches) {
        if (!folded) continue;
        expect(end - start).toBeGreaterThanOrEqual(least);
        for (const index of strongest) {
          expect(index >= start && index < end).toBe(false);
          expect(Math.min(Math.abs(start - index), Math.abs(end - 1 - index))).toBeGreaterThan(context);
        }
      }
    },
  );
});

/** Two thousand words, of which one in the middle matters. */
const novel: TextDocument = {
  kind: "text",
  title: "A novel",
  explained: "the answer",
  unit: "nats",
  method: "FeatureAblation",
  pieces: Array.from({ length: 2000 }, (_, feature) => ({ text: `word${feature} `, feature })),
  features: Array.from({ length: 2000 }, (_, feature) => `word${feature}`),
  rows: [
    {
      label: "the answer",
      scores: Array.from({ length: 2000 }, (_, feature) => (feature === 1000 ? 5 : 0.001)),
      value: 8,
      baseValue: 1,
    },
  ],
  notes: [],
};

describe("a long text", () => {
  const textOf = (svg: string): string =>
    parseXml(svg)
      .filter(({ name }) => name === "text")
      .map(({ text }) => text)
      .join("\n");

  test("is folded around what matters in a terminal and a picture, and says what is folded", () => {
    const terminal = toAnsi(novel, { color: false });
    expect(terminal.split("\n").length).toBeLessThan(40);
    expect(terminal).toContain("word1000(+++)");
    expect(terminal).toMatch(/⋯ \d+ lines folded: \d+ features, together \+0\.\d+ nats/);
    const picture = textOf(toSvg(novel));
    expect(picture).toContain("word1000");
    expect(picture).toContain("lines folded");
    expect(picture).toContain("… and ");
    expect(toSvg(novel).length).toBeLessThan(1_500_000);
  });

  test("is whole where that is asked for, and where it is short", () => {
    expect(toAnsi(novel, { color: false, fold: Number.POSITIVE_INFINITY })).toContain("word500 ");
    expect(toAnsi({ ...novel, pieces: novel.pieces.slice(0, 100) }, { color: false })).not.toContain("folded");
  });

  test("unfolds in a page: every word is there, behind buttons", () => {
    const html = toHtml(novel);
    expect(html.match(/<span class="f /g)).toHaveLength(2000);
    expect(
      html.match(/<button type="button" class="unfold" aria-expanded="false">⋯ \d+ characters folded: \d+ features/g),
    ).toHaveLength(2);
    expect(toHtml(novel, { fold: false })).not.toContain('class="unfold"');
    const hidden = html.split('<span class="folded" hidden>').slice(1);
    // A word's span and a space end before the fold's own span does.
    const held = hidden.map((rest) => rest.slice(0, rest.indexOf("</span> </span>")).match(/<span class="f /g)!.length);
    expect(held.every((count) => count > 900)).toBe(true);
    expect(html.includes('data-f="1000"')).toBe(true);
    expect(hidden.some((rest) => rest.slice(0, rest.indexOf("</span> </span>")).includes('data-f="1000"'))).toBe(false);
  });
});
