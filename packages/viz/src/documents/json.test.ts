import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { anyDocuments } from "../pictures.fixture.ts";
import { documentFromJson, documentToJson } from "./json.ts";

// Values of features may be words; "NaN" as a word comes back as the number.
test.prop([anyDocuments], { numRuns: 60 })("a document comes back from its JSON", (document) => {
  const defined = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (_, entry: unknown) =>
        typeof entry === "number" && !Number.isFinite(entry) ? `number ${entry}` : entry,
      ),
    );
  expect(defined(documentFromJson(documentToJson(document)))).toEqual(defined(document));
});

test.prop([fc.oneof(fc.json(), fc.string())], { numRuns: 60 })("anything else is refused with a sentence", (text) => {
  expect(() => documentFromJson(text)).toThrow(/document/);
});
