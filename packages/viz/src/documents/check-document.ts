import { InvalidArgumentError } from "@attr/core";
import { checkNumber, checkNumbers, checkRecords, checkString, checkStrings } from "./check-parts.ts";
import { checkText } from "./check-text.ts";
import type { ComparisonDocument } from "./comparison-document.ts";
import type { CurveDocument } from "./curve-document.ts";
import type { AttributionDocument, DocumentHead, ExplainedValues } from "./document.ts";
import type { ImageDocument } from "./image-document.ts";
import type { LayersDocument } from "./layers-document.ts";
import type { TabularDocument } from "./tabular-document.ts";

const kinds = ["text", "image", "tabular", "curve", "layers", "comparison"] as const;

/** What may stand side by side. */
const compared = ["text", "tabular", "image"] as const;

/** Refuses what is no document, and a document whose parts do not fit together, with a sentence that names the part. */
export function checkDocument(document: AttributionDocument): void {
  const given: unknown = document;
  if (typeof given !== "object" || given === null || !("kind" in given) || !kinds.some((kind) => kind === given.kind))
    throw new InvalidArgumentError(
      `document must be an AttributionDocument (kind ${kinds.map((kind) => JSON.stringify(kind)).join(", ")}); results make one with toDocument() or a builder`,
    );
  checkHead(document);
  switch (document.kind) {
    case "text":
      checkText(document);
      break;
    case "image":
      checkImage(document);
      break;
    case "tabular":
      checkTabular(document);
      break;
    case "curve":
      checkCurve(document);
      break;
    case "layers":
      checkLayers(document);
      break;
    case "comparison":
      checkComparison(document);
      break;
  }
}

function checkComparison({ parts }: ComparisonDocument): void {
  checkRecords(parts, "parts");
  if (parts.length === 0) throw new InvalidArgumentError("parts must hold at least one document");
  parts.forEach(({ label, document, cost }, index) => {
    const name = `parts[${index}]`;
    checkString(label, `${name}.label`);
    try {
      checkDocument(document);
    } catch (error) {
      throw new InvalidArgumentError(`${name}.document: ${error instanceof Error ? error.message : String(error)}`);
    }
    const { kind }: AttributionDocument = document;
    if (!compared.some((one) => one === kind))
      throw new InvalidArgumentError(`${name}.document must be of kind ${compared.join(", ")}, got ${kind}`);
    if (kind !== parts[0]!.document.kind)
      throw new InvalidArgumentError(`${name}.document is of kind ${kind}, and the first of ${parts[0]!.document.kind}`);
    if (cost === undefined) return;
    checkRecords([cost], `${name}.cost`);
    checkNumbers([cost.calls], `${name}.cost.calls`);
    checkNumber(cost.rows, `${name}.cost.rows`);
    checkNumber(cost.milliseconds, `${name}.cost.milliseconds`);
  });
}

function checkHead(document: DocumentHead): void {
  for (const field of ["title", "explained", "unit", "method"] as const) checkString(document[field], field);
  checkStrings(document.notes, "notes");
  const { partial } = document;
  if (partial === undefined) return;
  checkNumber(partial.done, "partial.done");
  checkNumber(partial.total, "partial.total");
  checkString(partial.unit, "partial.unit");
}

function checkValues({ value, baseValue }: ExplainedValues, name: string): void {
  checkNumber(value, `${name}value`);
  checkNumber(baseValue, `${name}baseValue`);
}

function checkSize(value: number, name: string): void {
  if (!(Number.isInteger(value) && value > 0))
    throw new InvalidArgumentError(`${name} must be a whole number from 1, got ${value}`);
}

function checkImage(document: ImageDocument): void {
  const { panels, picture } = document;
  checkValues(document, "");
  checkRecords(panels, "panels");
  panels.forEach((panel, index) => {
    const { label, width, height, scores, groups } = panel;
    const name = `panels[${index}]`;
    checkString(label, `${name}.label`);
    checkSize(width, `${name}.width`);
    checkSize(height, `${name}.height`);
    checkNumbers(scores, `${name}.scores`);
    checkNumbers(groups, `${name}.groups`);
    checkValues(panel, `${name}.`);
    if (scores.length !== width * height)
      throw new InvalidArgumentError(`${name}.scores holds ${scores.length} numbers for ${width}×${height} pixels`);
    if (groups !== undefined && groups.length !== scores.length)
      throw new InvalidArgumentError(`${name}.groups holds ${groups.length} entries for ${scores.length} scores`);
  });
  if (picture === undefined) return;
  const { width, height, channels, data } = picture;
  checkSize(width, "picture.width");
  checkSize(height, "picture.height");
  if (channels !== 1 && channels !== 3)
    throw new InvalidArgumentError(`picture.channels must be 1 or 3, got ${String(channels)}`);
  checkNumbers(data, "picture.data");
  if (data.length !== width * height * channels)
    throw new InvalidArgumentError(
      `picture.data holds ${data.length} numbers for ${width}×${height} pixels of ${channels} channels`,
    );
}

function checkTabular({ features, rows, feature, groups }: TabularDocument): void {
  checkStrings(features, "features");
  checkRecords(rows, "rows");
  checkNumbers(groups, "groups");
  const count = features.length;
  if (groups !== undefined && groups.length !== count)
    throw new InvalidArgumentError(`groups holds ${groups.length} entries for ${count} features`);
  rows.forEach((row, index) => {
    const name = `rows[${index}]`;
    checkString(row.label, `${name}.label`);
    checkNumbers(row.scores, `${name}.scores`);
    checkNumbers(row.standardErrors, `${name}.standardErrors`);
    checkValues(row, `${name}.`);
    row.inputs?.forEach((input, place) => {
      if (typeof input !== "number") checkString(input, `${name}.inputs[${place}]`);
    });
    for (const field of ["scores", "standardErrors", "inputs"] as const) {
      const numbers = row[field];
      if (numbers !== undefined && numbers.length !== count)
        throw new InvalidArgumentError(`${name}.${field} holds ${numbers.length} entries for ${count} features`);
    }
  });
  if (feature !== undefined && !(Number.isInteger(feature) && feature >= 0 && feature < count))
    throw new InvalidArgumentError(`feature ${feature} is outside the ${count} features`);
}

function checkCurve({ curves, levels, x, y }: CurveDocument): void {
  checkRecords([x, y], "axes");
  checkString(x.label, "x.label");
  checkString(y.label, "y.label");
  checkRecords(curves, "curves");
  curves.forEach((curve, index) => {
    const name = `curves[${index}]`;
    checkString(curve.label, `${name}.label`);
    checkNumbers(curve.x, `${name}.x`);
    for (const field of ["y", "standardErrors"] as const) {
      const numbers = curve[field];
      checkNumbers(numbers, `${name}.${field}`);
      if (numbers !== undefined && numbers.length !== curve.x.length)
        throw new InvalidArgumentError(`${name}.${field} holds ${numbers.length} numbers for ${curve.x.length} points`);
    }
  });
  checkRecords(levels ?? [], "levels");
  levels?.forEach((level, index) => {
    checkString(level.label, `levels[${index}].label`);
    checkNumber(level.y, `levels[${index}].y`);
  });
}

function checkLayers(document: LayersDocument): void {
  checkString(document.measure, "measure");
  checkValues(document, "");
  checkRecords(document.layers, "layers");
  document.layers.forEach(({ name, score, standardError, shape, detail }, index) => {
    const layer = `layers[${index}]`;
    checkString(name, `${layer}.name`);
    checkNumbers([score], `${layer}.score`);
    checkNumber(standardError, `${layer}.standardError`);
    checkNumbers(shape, `${layer}.shape`);
    if (detail !== undefined) checkString(detail, `${layer}.detail`);
  });
}
