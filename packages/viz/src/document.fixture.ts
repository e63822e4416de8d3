import { fc } from "@fast-check/vitest";
import type { TextDocument } from "./documents/text-document.ts";

/** A small story with one sampled row and one of the answer's tokens. */
export const story: TextDocument = {
  kind: "text",
  title: 'Why the model answers " Sue"',
  explained: 'the log-probability of " Sue"',
  unit: "nats",
  method: "FeatureAblation",
  pieces: [
    { text: "Once upon a time " },
    { text: "Sue", feature: 0 },
    { text: " had a " },
    { text: "red", feature: 1 },
    { text: " " },
    { text: "kite", feature: 2 },
    { text: ".\nTom had a ball. Who has the " },
    { text: "kite", feature: 3 },
    { text: "?" },
  ],
  features: ["Sue", "red", "kite", "kite"],
  rows: [
    {
      label: "the whole answer",
      scores: [2.5, -0.125, 1.25, 0.5],
      standardErrors: [0.1, 0.02, 0.05, 0.03],
      value: -0.25,
      baseValue: -4.375,
      primary: true,
    },
    { label: " Sue", scores: [2, -0.25, 0, 0.0625], value: -0.125 },
  ],
  notes: ["64 samples for 4 features."],
};

const hostile: readonly string[] = [
  "</script><script>alert(1)</script>",
  "\u001b[31mred\u001b[0m",
  "\u0000\u0007\u009b",
  "<img src=x onerror=alert(1)>",
  "\u202egnp.exe",
  '" onload="x',
  "]]>&amp;<!--",
  "\ud800",
  "שלום עולם",
  "👩‍👩‍👧‍👦 日本語",
  "line\nbreak\r\n\ttab",
];

/** Labels, hostile ones among them. */
export const label: fc.Arbitrary<string> = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom(...hostile));
/** Scores of any size, what is not finite included. */
export const score: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: -100, max: 100, noNaN: true }),
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e-12,
    1e12,
    5e-324,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
  ),
);

/** Documents of every kind a result could make, hostile text and numbers included. */
export const documents: fc.Arbitrary<TextDocument> = fc.array(label, { minLength: 0, maxLength: 6 }).chain((features) =>
  fc.record({
    kind: fc.constant("text" as const),
    title: label,
    explained: label,
    unit: label,
    method: label,
    features: fc.constant(features),
    pieces: fc.array(
      fc.record({
        text: label,
        feature: features.length === 0 ? fc.constant(undefined) : fc.option(fc.nat(features.length - 1), { nil: undefined }),
      }),
      { maxLength: 10 },
    ),
    rows: fc.array(
      fc.record({
        label,
        scores: fc.array(score, { minLength: features.length, maxLength: features.length }),
        value: fc.option(score, { nil: undefined }),
        baseValue: fc.option(score, { nil: undefined }),
      }),
      { maxLength: 4 },
    ),
    notes: fc.array(label, { maxLength: 2 }),
  }),
);
