import { InvalidArgumentError } from "@attr/core";
import { checkText } from "./check-text.ts";
import type { CurveDocument } from "./curve-document.ts";
import type { AttributionDocument, DocumentHead } from "./document.ts";
import type { ImageDocument } from "./image-document.ts";
import type { LayersDocument } from "./layers-document.ts";
import type { TabularDocument } from "./tabular-document.ts";

const kinds = ["text", "image", "tabular", "curve", "layers"] as const;

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
  }
}

function checkHead(document: DocumentHead): void {
  for (const field of ["title", "explained", "unit", "method"] as const)
    if (typeof document[field] !== "string")
      throw new InvalidArgumentError(`${field} must be a string, got ${typeof document[field]}`);
  if (!Array.isArray(document.notes)) throw new InvalidArgumentError("notes must be an array of sentences");
}

function checkImage({ panels, picture }: ImageDocument): void {
  const size = (value: number, name: string): void => {
    if (!(Number.isInteger(value) && value > 0))
      throw new InvalidArgumentError(`${name} must be a whole number from 1, got ${value}`);
  };
  const list: unknown = panels;
  if (!Array.isArray(list)) throw new InvalidArgumentError("panels must be an array");
  panels.forEach(({ width, height, scores, groups }, index) => {
    size(width, `panels[${index}].width`);
    size(height, `panels[${index}].height`);
    if (scores.length !== width * height)
      throw new InvalidArgumentError(`panels[${index}].scores holds ${scores.length} numbers for ${width}×${height} pixels`);
    if (groups !== undefined && groups.length !== scores.length)
      throw new InvalidArgumentError(`panels[${index}].groups holds ${groups.length} entries for ${scores.length} scores`);
  });
  if (picture === undefined) return;
  size(picture.width, "picture.width");
  size(picture.height, "picture.height");
  if (picture.channels !== 1 && picture.channels !== 3)
    throw new InvalidArgumentError(`picture.channels must be 1 or 3, got ${String(picture.channels)}`);
  if (picture.data.length !== picture.width * picture.height * picture.channels)
    throw new InvalidArgumentError(
      `picture.data holds ${picture.data.length} numbers for ${picture.width}×${picture.height} pixels of ${picture.channels} channels`,
    );
}

function checkTabular({ features, rows, feature, groups }: TabularDocument): void {
  const count = features.length;
  if (groups !== undefined && groups.length !== count)
    throw new InvalidArgumentError(`groups holds ${groups.length} entries for ${count} features`);
  rows.forEach((row, index) => {
    for (const field of ["scores", "standardErrors", "inputs"] as const) {
      const numbers = row[field];
      if (numbers !== undefined && numbers.length !== count)
        throw new InvalidArgumentError(`rows[${index}].${field} holds ${numbers.length} entries for ${count} features`);
    }
  });
  if (feature !== undefined && !(Number.isInteger(feature) && feature >= 0 && feature < count))
    throw new InvalidArgumentError(`feature ${feature} is outside the ${count} features`);
}

function checkCurve({ curves, x, y }: CurveDocument): void {
  if (typeof x?.label !== "string" || typeof y?.label !== "string") throw new InvalidArgumentError("x and y must have a label");
  curves.forEach((curve, index) => {
    for (const field of ["y", "standardErrors"] as const) {
      const numbers = curve[field];
      if (numbers !== undefined && numbers.length !== curve.x.length)
        throw new InvalidArgumentError(`curves[${index}].${field} holds ${numbers.length} numbers for ${curve.x.length} points`);
    }
  });
}

function checkLayers({ layers, measure }: LayersDocument): void {
  if (typeof measure !== "string") throw new InvalidArgumentError(`measure must be a string, got ${typeof measure}`);
  layers.forEach(({ name, score }, index) => {
    if (typeof name !== "string" || typeof score !== "number")
      throw new InvalidArgumentError(`layers[${index}] must have a name and a score`);
  });
}
