import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { AttributionDocument } from "./documents/document.ts";
import { sumOf } from "./documents/facts.ts";
import { examples } from "./golden/examples.fixture.ts";
import { toHtml } from "./html.ts";
import { parseXml } from "./markup.fixture.ts";
import { anyDocuments, images, strips, tables } from "./pictures.fixture.ts";
import { toSvg } from "./svg.ts";

const themes = fc.constantFrom("light" as const, "dark" as const, "auto" as const);
const drawing = [
  "x",
  "y",
  "width",
  "height",
  "x1",
  "x2",
  "y1",
  "y2",
  "cx",
  "cy",
  "r",
  "textLength",
  "stroke-width",
  "fill-opacity",
];

function holdsNumbers(svg: string): void {
  for (const { name, attributes } of parseXml(svg))
    for (const [key, value] of attributes) {
      expect(key).not.toMatch(/^on/);
      if (drawing.includes(key)) expect(Number.isFinite(Number(value)), `${name} ${key}=${value}`).toBe(true);
      if (key === "d" || key === "points" || key === "transform" || key === "viewBox")
        expect(value.replace(/translate|scale/g, ""), `${name} ${key}`).toMatch(/^[-\d.\sMLZhv,()]*$/);
      if (key === "href") expect(value).toMatch(/^(?:#attr-[\w-]+|data:image\/png;base64,[\w+/=]+)$/);
    }
}

describe("pictures of any document", () => {
  test.prop([anyDocuments, themes, fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.constant(Number.NaN))], { numRuns: 150 })(
    "are well-formed, with numbers for coordinates, and refer to nothing outside",
    (document, theme, width) => {
      const svg = toSvg(document, { theme, width });
      holdsNumbers(svg);
      expect(svg).not.toMatch(/<script|<foreignObject|@import|@font-face|var\(/);
      expect(svg.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/(?:href|src)="https?:|url\((?!#)/);
    },
  );

  test.prop([anyDocuments, themes], { numRuns: 100 })("stay inside their page", (document, theme) => {
    const html = toHtml(document, { theme });
    expect(html).not.toMatch(/<(?:img|link|iframe|object|embed|base|form)\b/);
    expect(html).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
    expect(html.match(/<script/g)).toHaveLength(document.kind === "text" ? 3 : 1);
    const roundTrip: unknown = JSON.parse(
      JSON.stringify(document, (_, value: unknown) =>
        typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
      ),
    );
    const data = html.split('id="attr-document">')[1]!;
    expect(JSON.parse(data.slice(0, data.indexOf("</script>")))).toEqual(roundTrip);
  });

  test.prop([anyDocuments], { numRuns: 40 })("are the same for what comes back from JSON", (document) => {
    // Numbers JSON has no spelling for come back as words, so only documents without them.
    const text = JSON.stringify(document, (_, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? 1 : value,
    );
    const loaded: AttributionDocument = JSON.parse(text);
    expect(toSvg(JSON.parse(JSON.stringify(loaded)))).toBe(toSvg(loaded));
  });
});

describe("sums", () => {
  const finite = (scores: readonly number[]): boolean => scores.every((score) => Number.isFinite(score) && Math.abs(score) < 1e6);

  test.prop([tables.filter(({ rows }) => rows.length === 1 && rows[0]!.scores.length > 0 && finite(rows[0]!.scores))], {
    numRuns: 60,
  })("of a row are those shown, whatever is shown together", (document) => {
    const said = parseXml(toSvg({ ...document, view: "bars", top: 2, unit: "u", title: "t", notes: [] }))
      .filter(({ name }) => name === "text")
      .map(({ text }) => text)
      .join(" ");
    const told = /sum of scores ([+−]?[\d.]+(?:e[+−]?\d+)?)/.exec(said)?.[1];
    const sum = sumOf(document.rows[0]!.scores);
    expect(told, said).toBeDefined();
    const number = Number(told!.replaceAll("−", "-"));
    const largest = Math.max(...document.rows[0]!.scores.map(Math.abs));
    expect(Math.abs(number - sum)).toBeLessThanOrEqual(0.006 * Math.max(largest, Math.abs(sum)));
  });

  test.prop([images], { numRuns: 60 })("of every map stand in the table of numbers", (document) => {
    const html = toHtml(document);
    expect(html.match(/<th scope="row">/g)?.length ?? 0).toBe(document.panels.length);
  });

  test("of the waterfall lead from the base value to the value", () => {
    const texts = parseXml(toSvg(examples["tabular-waterfall-open"]!)).map(({ text }) => text);
    expect(texts).toEqual(
      expect.arrayContaining(["base value", "0.50", "value", "2.00", "the other 25 features", "not attributed"]),
    );
  });

  test("of overlapping windows leave the value of a map to be read, however much larger they are", () => {
    const panel = { label: "", width: 2, height: 2, scores: [4000, 3000, 800, 11] };
    const head = { title: "t", explained: "a probability", unit: "u", method: "Occlusion", notes: [] };
    const said = parseXml(toSvg({ kind: "image", ...head, panels: [panel], value: 0.527 }))
      .map(({ text }) => text)
      .join(" ");
    expect(said).toMatch(/Value 0\.527.*sum of scores \+7811/);
  });

  test("and base values are said of every kind that has them", () => {
    for (const name of ["image-heat", "tabular-bars", "tabular-beeswarm", "layers", "text"]) {
      const said = parseXml(toSvg(examples[name]!))
        .map(({ text }) => text)
        .join(" ");
      expect(said).toMatch(/base value/i);
      expect(said).toMatch(/sum of/i);
    }
  });
});

describe("a picture as narrow as a telephone", () => {
  const document = {
    kind: "tabular" as const,
    title: "What speaks for it",
    explained: "the logit",
    unit: "logits",
    method: "ShapleyValues",
    notes: [],
    features: ["flipper_length_mm", "island"],
    rows: [{ label: "row 1", scores: [0.75, -0.25], inputs: [181, "Torgersen"], value: 1.5, baseValue: 1 }],
  };
  test.each(["bars", "waterfall"] as const)("has room for what a feature is, and was, in %s", (view) => {
    const svg = parseXml(toSvg({ ...document, view }, { width: 320 }));
    expect(svg.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["flipper_length_mm = 181", "+0.750", "island = Torgersen", "−0.250"]),
    );
    expect(svg.find(({ name }) => name === "svg")?.attributes.get("width")).toBe("320");
  });
});

describe("large documents", () => {
  const many = (count: number): number[] =>
    Array.from({ length: count }, (_, index) => (Math.sin(index * 12.9898) * 43758.5453) % 1);
  const head = { title: "t", explained: "e", unit: "u", method: "m", notes: [] };
  const size = (document: AttributionDocument): number => toSvg(document).length;

  test("a million pixels give a picture of less than a megabyte and a half", () => {
    const panel = { label: "", width: 1000, height: 1000, scores: many(1_000_000) };
    const picture = {
      width: 1000,
      height: 1000,
      channels: 3 as const,
      data: many(3_000_000).map((value) => Math.abs(value) * 255),
    };
    expect(size({ kind: "image", ...head, panels: [panel], picture })).toBeLessThan(1_500_000);
    const html = toHtml({ kind: "image", ...head, panels: [panel] });
    expect(html.length).toBeLessThan(1_000_000);
  });

  test("five hundred maps, ten thousand rows, features, points and layers are drawn in bounds, and what is left out is said", () => {
    const maps = Array.from({ length: 500 }, (_, index) => ({
      label: `channel ${index}`,
      width: 14,
      height: 14,
      scores: many(196),
    }));
    const svg = toSvg({ kind: "image", ...head, panels: maps });
    expect(svg.length).toBeLessThan(2_000_000);
    expect(svg).toContain("464 more maps are not drawn.");
    const rows = Array.from({ length: 10_000 }, (_, row) => ({ label: `${row}`, scores: many(20), inputs: many(20) }));
    const features = many(20).map((_, index) => `f${index}`);
    expect(size({ kind: "tabular", ...head, features, rows })).toBeLessThan(1_000_000);
    expect(size({ kind: "tabular", ...head, features, rows, view: "dependence" })).toBeLessThan(300_000);
    expect(toHtml({ kind: "tabular", ...head, features, rows, view: "dependence" })).toContain("more rows are not in this table");
    const wide = many(10_000).map((_, index) => `f${index}`);
    expect(
      size({ kind: "tabular", ...head, features: wide, rows: [{ label: "", scores: many(10_000) }], top: 1e9 }),
    ).toBeLessThan(200_000);
    const line = { label: "l", x: many(10_000).map((_, index) => index), y: many(10_000), standardErrors: many(10_000) };
    expect(
      size({ kind: "curve", ...head, x: { label: "x" }, y: { label: "y" }, curves: Array.from({ length: 40 }, () => line) }),
    ).toBeLessThan(2_000_000);
    const layers = many(10_000).map((score, index) => ({ name: `layer ${index}`, score }));
    expect(size({ kind: "layers", ...head, measure: "sum", layers })).toBeLessThan(300_000);
  });
});

describe("documents whose parts do not fit are refused with the part's name", () => {
  const refuse = (document: unknown): string => {
    try {
      toSvg(document as AttributionDocument); // what a caller without types may hand in
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
    return "nothing was refused";
  };
  const [image, table, curve, layers] = ["image-heat", "tabular-bars", "curve-deletion", "layers"].map((name) => examples[name]!);

  test.each([
    [null, /document must be/],
    [{ kind: "sound" }, /document must be/],
    [{ ...image, title: 3 }, "title must be a string, got number"],
    [{ ...image, notes: undefined }, "notes must be a list of strings"],
    [{ ...image, panels: [{ label: "", width: 2, height: 2, scores: [1] }] }, "panels[0].scores holds 1 numbers for 2×2 pixels"],
    [
      { ...image, panels: [{ label: "", width: 0.5, height: 2, scores: [1] }] },
      "panels[0].width must be a whole number from 1, got 0.5",
    ],
    [{ ...image, picture: { width: 1, height: 1, channels: 2, data: [1, 2] } }, "picture.channels must be 1 or 3, got 2"],
    [{ ...table, features: ["one"] }, "rows[0].scores holds 6 entries for 1 features"],
    [{ ...table, feature: 6 }, "feature 6 is outside the 6 features"],
    [{ ...curve, curves: [{ label: "", x: [1, 2], y: [1] }] }, "curves[0].y holds 1 numbers for 2 points"],
    [{ ...layers, layers: [{ name: "conv1", score: "<b>" }] }, "layers[0].score[0] must be a number, got string"],
    [{ ...table, rows: [null] }, "rows[0] must be an object, got null"],
    [{ ...table, rows: [{ label: "", scores: [1, 2, 3, 4, 5, "6"] }] }, "rows[0].scores[5] must be a number, got string"],
    [{ ...curve, levels: [{ label: "", y: null }] }, "levels[0].y must be a number, got null"],
    [{ ...layers, layers: [{ name: 1, score: 1 }] }, "layers[0].name must be a string, got number"],
  ])("%#", (document, sentence) => {
    expect(refuse(document)).toMatch(sentence);
  });

  test.prop([strips], { numRuns: 20 })("and what fits is not", (document) => {
    expect(() => toSvg(document)).not.toThrow();
  });
});
