import { InvalidArgumentError } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { toAnsi } from "./ansi.ts";
import { comparisonDocument } from "./build/comparison-document.ts";
import { story } from "./document.fixture.ts";
import { agreementOf } from "./documents/agreement.ts";
import { alignedScores } from "./documents/aligned-scores.ts";
import type { ComparisonDocument } from "./documents/comparison-document.ts";
import { documentFromJson, documentToJson } from "./documents/json.ts";
import type { TextDocument } from "./documents/text-document.ts";
import { examples } from "./golden/examples.fixture.ts";
import { toHtml } from "./html.ts";
import { parseXml } from "./markup.fixture.ts";
import { comparisons } from "./pictures.fixture.ts";
import { toSvg } from "./svg.ts";

const three = examples["comparison-text"] as ComparisonDocument; // which it is
const texts = (svg: string): string[] => parseXml(svg).map(({ text }) => text);

/** The same sentence, cut at the given places. */
function cut(pieces: readonly string[], scores: readonly number[]): TextDocument {
  return {
    ...story,
    pieces: pieces.map((text, feature) => (text.trim() === "" ? { text } : { text, feature })),
    features: pieces.map((text) => text.trim()),
    rows: [{ label: "answer", scores }],
  };
}

describe("comparisonDocument", () => {
  test("says which units differ, that agreement is no proof, and what each part says, with its name", () => {
    expect(three.unit).toBe("nats and nats per unit of the embedding");
    expect(three.method).toBe("Feature ablation, Shapley value sampling, Saliency");
    expect(three.notes).toEqual([
      "The units differ: Feature ablation, Shapley value sampling in nats; Saliency in nats per unit of the embedding. Each unit has a scale of its own, and colours compare only within one.",
      expect.stringMatching(/^Agreement proves nothing by itself/),
      "Feature ablation: 64 samples for 4 features.",
    ]);
  });

  test("what all parts say is said once", () => {
    const said = ["Compared with the mean.", "64 samples."];
    const [all, own] = [
      { ...story, notes: said },
      { ...story, notes: said.slice(0, 1) },
    ];
    const { notes } = comparisonDocument([
      { label: "one", document: all },
      { label: "other", document: own },
    ]);
    expect(notes.slice(1)).toEqual(["Compared with the mean.", "one: 64 samples."]);
  });

  test("of nothing, or of different kinds, is refused", () => {
    expect(() => comparisonDocument([])).toThrow(InvalidArgumentError);
    const table = examples["tabular-bars"] as never; // of a kind that the types allow beside itself only
    expect(() =>
      comparisonDocument([
        { label: "", document: story },
        { label: "", document: table },
      ]),
    ).toThrow('parts must be of one kind: part 0 is "text", part 1 "tabular"');
  });

  test("pieces cut finer are added up in the coarsest, and what lies between them is left out", () => {
    const words = cut(["Sue ", "has ", "kites."], [1, 0, 2]);
    const tokens = cut(["S", "ue ", "has ", "kite", "s", "."], [0.25, 0.5, -1, 3, 4, 8]);
    const spaced: TextDocument = {
      ...words,
      pieces: [...words.pieces.slice(0, 2), { text: "kites", feature: 2 }, { text: "." }],
    };
    const aligned = (documents: TextDocument[]) =>
      alignedScores(comparisonDocument(documents.map((document) => ({ label: "", document }))));
    expect(aligned([words, tokens])).toMatchObject({
      names: ["Sue", "has", "kites."],
      scores: [
        [1, 0, 2],
        [0.75, -1, 15],
      ],
    });
    expect(aligned([tokens, spaced])).toMatchObject({
      scores: [
        [0.75, -1, 7],
        [1, 0, 2],
      ],
      note: expect.stringMatching(/1 of them lie between/),
    });
    expect(aligned([words, cut(["Another ", "text"], [1, 2])])).toMatch(/not over the same text/);
  });

  test("maps of single pixels are added up in the segments of the others, and get a scale of their own", () => {
    const map = { kind: "image", title: "", explained: "", unit: "logits", method: "", notes: [] } as const;
    const panel = { label: "", width: 2, height: 2 };
    const comparison = comparisonDocument([
      { label: "pixels", document: { ...map, panels: [{ ...panel, scores: [1, 2, 3, 4] }] } },
      { label: "segments", document: { ...map, panels: [{ ...panel, scores: [30, 70, 30, 70], groups: [1, 0, 1, 0] }] } },
    ]);
    expect(alignedScores(comparison)).toMatchObject({
      things: "segments",
      scores: [
        [4, 6],
        [30, 70],
      ],
    });
    expect(texts(toSvg(comparison)).filter((text) => text.startsWith("scale to"))).toHaveLength(2);
    const other = { ...map, panels: [{ ...panel, scores: [1, 2, 3, 4], groups: [0, 0, 1, 1] }] };
    const [, segments] = comparison.parts;
    expect(alignedScores(comparisonDocument([segments!, { label: "others", document: other }]))).toMatch(/different segments/);
  });

  test.prop([fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 4, maxLength: 4 })])(
    "a part agrees wholly with itself",
    (scores) => {
      const document = { ...story, rows: [{ label: "", scores }] };
      const aligned = alignedScores(comparisonDocument([1, 2].map((label) => ({ label: `${label}`, document }))));
      if (typeof aligned === "string") throw new Error(aligned);
      const [pair] = agreementOf(aligned);
      if (!Number.isNaN(pair!.rankCorrelation)) expect(pair!.rankCorrelation).toBeCloseTo(1, 10);
      expect(pair!.top).toEqual({ of: pair!.top.of, shared: pair!.top.of, sameSign: pair!.top.of });
    },
  );
});

describe("a comparison", () => {
  test("shows every score, what each part cost and how far they agree", () => {
    const shown = texts(toSvg(three, { width: 960 }));
    for (const text of [
      "+2.50",
      "+2.25",
      "+0.900",
      "41 ms".replace("41 ms", "1 call of the model, 5 rows, 41 ms"),
      "0.80",
      "2 of 2",
    ])
      expect(shown).toContain(text);
    expect(shown).toContain("1 Feature ablation, 2 Shapley value sampling");
  });

  test("parts of one unit share one scale: the same score has the same colour", () => {
    // A row that is not shown has no say in the scale.
    const strong = {
      ...story,
      rows: [
        { label: "", scores: [5, 1, 0, 0] },
        { label: "", scores: [50, 0, 0, 0] },
      ],
    };
    const weak = { ...story, rows: [{ label: "", scores: [1, 0.5, 0, 0] }] };
    const svg = toSvg(
      comparisonDocument([
        { label: "strong", document: strong },
        { label: "weak", document: weak },
      ]),
    );
    // 1 of 5: a fifth of 20 steps, in both; nothing of the weak part is at the scale's end.
    const steps = [...svg.matchAll(/class="(s-?\d+)"><title>[^<]*: \+1\.00 nats/g)].map(([, step]) => step);
    expect(steps.length).toBeGreaterThan(2);
    expect(new Set(steps)).toEqual(new Set(["s4"]));
    expect(toSvg(comparisonDocument([{ label: "weak", document: weak }]))).toContain('"s20"');
  });

  test("stands side by side where there is room, and below one another where there is none", () => {
    const places = (width: number): string[] =>
      [...toSvg(three, { width }).matchAll(/transform="translate\(([\d.]+),/g)].map(([, x]) => x!);
    expect(new Set(places(960))).toEqual(new Set(["0.0", "480.0"]));
    expect(places(340)).toEqual(["0.0", "0.0", "0.0"]);
    const [, size] = /^<svg [^>]*width="(\d+)"/.exec(toSvg(three, { width: 340 }))!;
    expect(Number(size)).toBe(340);
  });

  test("is told in words to who does not see it, and in numbers in its page and a terminal", () => {
    const [, description] = /<desc [^>]*>([^<]*)/.exec(toSvg(three))!;
    expect(description).toContain("1 Feature ablation, 2 Shapley value sampling: rank correlation 1.00");
    const html = toHtml(three);
    for (const table of ["All scores, in nats", "How far they agree", "What each cost"]) expect(html).toContain(table);
    const plain = toAnsi(three, { color: false });
    expect(plain).toContain("Shapley value sampling: 12 calls of the model, 180 rows, 1.24 s.");
    expect(plain.replaceAll(/\s+/g, " ")).toContain("rank correlation 1.00; of the strongest, 2 of 2 shared");
  });

  test.prop([comparisons], { numRuns: 40 })("comes back from its JSON and is drawn the same", (document) => {
    expect(toSvg(documentFromJson(documentToJson(document)))).toBe(toSvg(document));
  });

  test.each([
    [{ ...three, parts: [] }, "parts must hold at least one document"],
    [{ ...three, parts: [{ label: 3, document: story }] }, "parts[0].label must be a string, got number"],
    [{ ...three, parts: [{ label: "", document: { ...story, unit: 1 } }] }, "parts[0].document: unit must be a string"],
    [
      { ...three, parts: [{ label: "", document: examples["layers"] }] },
      "parts[0].document must be of kind text, tabular, image",
    ],
    [{ ...three, parts: [{ label: "", document: three }] }, "parts[0].document must be of kind text, tabular, image"],
    [{ ...three, parts: [{ label: "", document: story, cost: { calls: "1" } }] }, "parts[0].cost.calls[0] must be a number"],
  ])("whose parts do not fit is refused with the part's name (%#)", (document, sentence) => {
    expect(() => toSvg(document as never)).toThrow(sentence); // what a caller without types may hand in
  });
});
