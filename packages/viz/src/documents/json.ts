import { InvalidArgumentError } from "@attr/core";
import { checkDocument } from "./check-document.ts";
import type { AttributionDocument } from "./document.ts";

/** Fields that hold a number or numbers: there the words JSON has for NaN and the infinities are numbers again. */
const numeric = new Set([
  "scores",
  "standardErrors",
  "standardError",
  "score",
  "value",
  "baseValue",
  "inputs",
  "data",
  "x",
  "y",
  "top",
  "outlierPercent",
  "calls",
  "milliseconds",
]);
const words: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** A document as JSON text; numbers that JSON has no spelling for are the strings "NaN", "Infinity" and "-Infinity". */
export function documentToJson(document: AttributionDocument): string {
  return JSON.stringify(document, (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
}

/**
 * A document from what {@link documentToJson} gave, or from the data of a page that {@link toHtml} wrote (its element `attr-document`).
 *
 * @throws InvalidArgumentError where it is no JSON, or no document whose parts fit together.
 */
export function documentFromJson(json: string): AttributionDocument {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (error) {
    throw new InvalidArgumentError(`the document is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const document = withNumbers(data, "") as AttributionDocument; // what it is not, the check says
  checkDocument(document);
  return document;
}

function withNumbers(value: unknown, field: string): unknown {
  if (typeof value === "string") return numeric.has(field) && Object.hasOwn(words, value) ? words[value] : value;
  if (Array.isArray(value)) return value.map((entry) => withNumbers(entry, field));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withNumbers(entry, key)]));
}
