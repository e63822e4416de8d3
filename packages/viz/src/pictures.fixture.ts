import { fc } from "@fast-check/vitest";
import { comparisonDocument } from "./build/comparison-document.ts";
import { documents, label, score } from "./document.fixture.ts";
import type { ComparedDocument, ComparisonDocument } from "./documents/comparison-document.ts";
import type { CurveDocument } from "./documents/curve-document.ts";
import type { AttributionDocument } from "./documents/document.ts";
import type { ImageDocument } from "./documents/image-document.ts";
import type { LayersDocument } from "./documents/layers-document.ts";
import type { TabularDocument } from "./documents/tabular-document.ts";

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const exactly = <T>(arbitrary: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: length, maxLength: length });
const values = { value: maybe(score), baseValue: maybe(score) };
const head = {
  title: label,
  explained: label,
  unit: label,
  method: label,
  notes: fc.array(label, { maxLength: 2 }),
  partial: maybe(fc.record({ done: fc.nat(), total: fc.nat(), unit: label })),
};
const side = fc.integer({ min: 1, max: 9 });

export const images: fc.Arbitrary<ImageDocument> = fc.record({
  kind: fc.constant("image" as const),
  ...head,
  ...values,
  panels: fc.array(
    fc.tuple(side, side).chain(([width, height]) =>
      fc.record({
        label,
        width: fc.constant(width),
        height: fc.constant(height),
        scores: exactly(score, width * height),
        ...values,
        unit: maybe(label),
      }),
    ),
    { maxLength: 3 },
  ),
  picture: maybe(
    fc.tuple(side, side, fc.constantFrom(1 as const, 3 as const)).chain(([width, height, channels]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        channels: fc.constant(channels),
        data: exactly(score, width * height * channels),
      }),
    ),
  ),
  overlay: maybe(fc.constantFrom("heat" as const, "blended" as const, "signed" as const, "masked" as const, "contour" as const)),
  sign: maybe(fc.constantFrom("all" as const, "positive" as const, "negative" as const, "absolute" as const)),
  scaling: maybe(fc.constantFrom("nearest" as const, "smooth" as const)),
  scale: maybe(fc.constantFrom("shared" as const, "each" as const)),
  outlierPercent: maybe(score),
});

export const tables: fc.Arbitrary<TabularDocument> = fc.integer({ min: 0, max: 6 }).chain((count) =>
  fc.record({
    kind: fc.constant("tabular" as const),
    ...head,
    features: exactly(label, count),
    rows: fc.array(
      fc.record({
        label,
        scores: exactly(score, count),
        standardErrors: maybe(exactly(score, count)),
        inputs: maybe(exactly(fc.oneof(score, label), count)),
        ...values,
      }),
      { maxLength: 5 },
    ),
    view: maybe(fc.constantFrom("bars" as const, "waterfall" as const, "beeswarm" as const, "dependence" as const)),
    feature: count === 0 ? fc.constant(undefined) : maybe(fc.integer({ min: 0, max: count - 1 })),
    top: maybe(score),
  }),
);

export const curves: fc.Arbitrary<CurveDocument> = fc.record({
  kind: fc.constant("curve" as const),
  ...head,
  x: fc.record({ label, unit: maybe(label) }),
  y: fc.record({ label }),
  curves: fc.array(
    fc
      .nat({ max: 6 })
      .chain((points) =>
        fc.record({ label, x: exactly(score, points), y: exactly(score, points), standardErrors: maybe(exactly(score, points)) }),
      ),
    { maxLength: 4 },
  ),
  levels: maybe(fc.array(fc.record({ label, y: score }), { maxLength: 2 })),
  area: maybe(fc.boolean()),
});

export const strips: fc.Arbitrary<LayersDocument> = fc.record({
  kind: fc.constant("layers" as const),
  ...head,
  ...values,
  measure: label,
  layers: fc.array(
    fc.record({
      name: label,
      score,
      standardError: maybe(score),
      shape: maybe(fc.array(fc.nat(), { maxLength: 4 })),
      detail: maybe(label),
    }),
    { maxLength: 6 },
  ),
});

/** The same pieces scored anew, so that scores can be held against each other; or documents that have nothing in common. */
const compared: fc.Arbitrary<ComparedDocument[]> = fc.oneof(
  documents.chain((first) =>
    fc.array(
      fc
        .record({ unit: fc.constantFrom(first.unit, "other"), rows: rescored(first.rows, first.features.length) })
        .map((part) => ({
          ...first,
          ...part,
        })),
      { minLength: 1, maxLength: 3 },
    ),
  ),
  tables.chain((first) =>
    fc.array(
      fc
        .record({ unit: fc.constantFrom(first.unit, "other"), rows: rescored(first.rows, first.features.length) })
        .map((part) => ({
          ...first,
          ...part,
        })),
      { minLength: 1, maxLength: 3 },
    ),
  ),
  fc.array(documents, { minLength: 1, maxLength: 3 }),
  fc.array(tables, { minLength: 1, maxLength: 3 }),
  fc.array(images, { minLength: 1, maxLength: 3 }),
);

function rescored<Row extends { readonly scores: readonly number[] }>(rows: readonly Row[], count: number): fc.Arbitrary<Row[]> {
  return fc.tuple(...rows.map((row) => exactly(score, count).map((scores) => ({ ...row, scores, standardErrors: undefined }))));
}

export const comparisons: fc.Arbitrary<ComparisonDocument> = compared
  .chain((own) =>
    fc.tuple(
      ...own.map((document) =>
        fc.record({
          label,
          document: fc.constant(document),
          cost: maybe(fc.record({ calls: fc.nat(), rows: maybe(fc.nat()), milliseconds: maybe(score) })),
        }),
      ),
    ),
  )
  .map((parts) => comparisonDocument(parts));

/** Documents of every kind, hostile text and numbers included. */
export const anyDocuments: fc.Arbitrary<AttributionDocument> = fc.oneof(documents, images, tables, curves, strips, comparisons);
