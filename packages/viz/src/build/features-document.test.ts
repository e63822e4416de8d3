import { expect, test } from "vitest";
import type { TabularDocument } from "../documents/tabular-document.ts";
import { featuresDocument, featureValue } from "./features-document.ts";

const columns: TabularDocument = {
  kind: "tabular",
  title: "",
  explained: "",
  unit: "logits",
  method: "",
  notes: [],
  features: ["mass_g", "island=Biscoe", "island=Dream"],
  rows: [
    { label: "one", scores: [1, 2, 3], standardErrors: [0.1, 0.3, 0.4], inputs: [3750.00001, 0, 1], value: 5, baseValue: -1 },
    { label: "two", scores: [1, 2, 2], inputs: [3000, 0, 0] },
  ],
};
const groups = [
  { name: "mass_g", columns: [0] },
  { name: "island", columns: [1, 2], categories: ["Biscoe", "Dream"] },
];

test("columns of one feature are one line: added up, with the category as its value", () => {
  const { features, rows } = featuresDocument(columns, groups, { units: { mass_g: "g", island: "place" } });
  expect(features).toEqual(["mass_g", "island (place)"]);
  expect(rows).toEqual([
    { label: "one", scores: [1, 5], standardErrors: [0.1, 0.5], inputs: [3750, "Dream"], value: 5, baseValue: -1 },
    { label: "two", scores: [1, 4], inputs: [3000, "unknown"] },
  ]);
});

test("where they were switched together each carries the whole score, and one stands for all", () => {
  const { rows } = featuresDocument(columns, groups, { shared: true });
  expect(rows.map(({ scores }) => scores)).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(rows[0]!.standardErrors).toEqual([0.1, 0.3]);
});

test("a feature without a column of the document is refused", () => {
  expect(() => featuresDocument(columns, [{ name: "age", columns: [3] }])).toThrow(
    'feature "age" has column 3, and the document has 3',
  );
  expect(() => featuresDocument(columns, [{ name: "age", columns: [] }])).toThrow('feature "age" has no column');
});

test("a value is a number as floats of 32 bits have it, or the category that is 1", () => {
  expect(featureValue(groups[0]!, [Math.fround(39.1), 0, 0])).toBe(39.1);
  expect(featureValue(groups[1]!, [0, 1, 0])).toBe("Biscoe");
});
