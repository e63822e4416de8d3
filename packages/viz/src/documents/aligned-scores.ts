import { primaryRow } from "./check-text.ts";
import type { ComparedDocument, ComparisonDocument } from "./comparison-document.ts";
import type { ImageDocument } from "./image-document.ts";
import { meanMagnitudes } from "./mean-magnitudes.ts";
import type { TabularDocument } from "./tabular-document.ts";
import type { TextDocument } from "./text-document.ts";
import { textSpans } from "./text-spans.ts";
import { featureLabel } from "./top-features.ts";
import { ungrouped } from "./ungrouped.ts";

/** The scores of every part over the same things, so that they can be held against each other. */
export interface AlignedScores {
  /** What the things are, in the plural. */
  readonly things: "pieces" | "features" | "pixels" | "segments";
  /** What each is called; absent for pixels and segments, which have no names. */
  readonly names?: readonly string[] | undefined;
  /** `[part][thing]`. */
  readonly scores: readonly (readonly number[])[];
  /** What had to be done for it, in a sentence; absent where nothing had. */
  readonly note?: string | undefined;
}

/** Brings the scores of all parts onto the same things. Where that cannot be done, a sentence that says why. */
export function alignedScores({ parts }: ComparisonDocument): AlignedScores | string {
  const documents = parts.map(({ document }) => document);
  const of = <Kind extends ComparedDocument["kind"]>(kind: Kind): Extract<ComparedDocument, { kind: Kind }>[] =>
    // The filter keeps what the type says.
    documents.filter((document) => document.kind === kind) as Extract<ComparedDocument, { kind: Kind }>[];
  const [texts, tables, images] = [of("text"), of("tabular"), of("image")];
  if (texts.length === documents.length) return alignedTexts(texts);
  if (tables.length === documents.length) return alignedTables(tables);
  return alignedImages(images);
}

/**
 * Of texts cut differently, finer pieces are added up inside the coarsest: the tokens of a word. Pieces without a place in the text (the
 * values of a template) are compared where all parts have the same.
 */
function alignedTexts(documents: readonly TextDocument[]): AlignedScores | string {
  const rows = documents.map((document) => document.rows[primaryRow(document)]);
  if (rows.some((row) => row === undefined)) return "A part has no scores, so nothing is compared.";
  const first = documents[0]!;
  if (documents.every((document) => same(document.features, first.features) && same(document.groups, first.groups))) {
    const kept = onceEach(first.groups, first.features.length);
    return {
      things: "pieces",
      names: kept.map((feature) => first.features[feature]!),
      scores: rows.map((row) => kept.map((feature) => row!.scores[feature]!)),
    };
  }
  const text = (document: TextDocument): string => document.pieces.map((piece) => piece.text).join("");
  const spans = documents.map(textSpans);
  if (!documents.every((document) => text(document) === text(first)) || spans.some((own) => own === undefined))
    return "The parts are not over the same text, so nothing is compared.";
  let coarsest = 0;
  documents.forEach((document, part) => {
    if (document.features.length < documents[coarsest]!.features.length) coarsest = part;
  });
  const units = spans[coarsest]!;
  let left = 0;
  const scores = documents.map(({ groups, features }, part) => {
    const sums = new Array<number>(units.length).fill(0);
    for (const feature of onceEach(groups, features.length)) {
      const span = spans[part]![feature]!;
      const middle = (span.start + span.end) / 2;
      const unit = units.findIndex(({ start, end }) => start <= middle && middle <= end);
      if (unit < 0) left++;
      else sums[unit]! += rows[part]!.scores[feature]!;
    }
    return sums;
  });
  const dropped = left === 0 ? "" : ` ${left} of them lie between the pieces and are left out.`;
  return {
    things: "pieces",
    names: documents[coarsest]!.features,
    scores,
    note: `The parts cut the text differently: where they are compared, finer pieces are added up in the coarsest.${dropped}`,
  };
}

function alignedTables(grouped: readonly TabularDocument[]): AlignedScores | string {
  const documents = grouped.map(ungrouped);
  const first = documents[0]!;
  if (!documents.every(({ features }) => same(features, first.features)))
    return "The parts are not over the same features, so nothing is compared.";
  if (documents.some(({ rows }) => rows.length === 0)) return "A part has no scores, so nothing is compared.";
  const single = documents.every(({ rows }) => rows.length === 1);
  return {
    things: "features",
    names: single ? first.features.map((_, feature) => featureLabel(first, feature)) : first.features,
    scores: documents.map((document) => (single ? document.rows[0]!.scores : meanMagnitudes(document))),
    ...(!single && { note: "Over many rows, mean magnitudes are compared: they have no sign." }),
  };
}

function alignedImages(documents: readonly ImageDocument[]): AlignedScores | string {
  const panels = documents.map((document) => document.panels);
  const [first] = panels[0] ?? [];
  if (first === undefined || panels.some((own) => own.length !== 1))
    return "The parts are not one map each, so nothing is compared.";
  const maps = panels.map(([panel]) => panel!);
  if (maps.some(({ width, height }) => width !== first.width || height !== first.height))
    return "The maps are of different sizes, so nothing is compared.";
  const groups = maps.find((map) => map.groups !== undefined)?.groups;
  if (groups === undefined) return { things: "pixels", scores: maps.map(({ scores }) => scores) };
  if (maps.some((map) => map.groups !== undefined && !same(map.groups, groups)))
    return "The maps are cut into different segments, so nothing is compared.";
  const single = maps.some((map) => map.groups === undefined);
  return {
    things: "segments",
    scores: maps.map((map) => (map.groups === undefined ? sums(map.scores, groups) : firsts(map.scores, groups))),
    ...(single && { note: "Maps of single pixels are added up in the segments of the others." }),
  };
}

/** The score of every group, where each pixel carries its group's. */
function firsts(scores: readonly number[], groups: readonly number[]): number[] {
  return onceEach(groups, scores.length).map((pixel) => scores[pixel]!);
}

/** The sum over every group, in the order of {@link firsts}. */
function sums(scores: readonly number[], groups: readonly number[]): number[] {
  const found = new Map<number, number>();
  for (let i = 0; i < scores.length; i++) found.set(groups[i]!, (found.get(groups[i]!) ?? 0) + scores[i]!);
  return [...found.values()];
}

/** The first of every group, in order; all where there are no groups. */
function onceEach(groups: readonly number[] | undefined, length: number): number[] {
  const seen = new Set<number>();
  const kept: number[] = [];
  for (let i = 0; i < length; i++) {
    const group = groups?.[i] ?? i;
    if (seen.has(group)) continue;
    seen.add(group);
    kept.push(i);
  }
  return kept;
}

function same<Entry>(one: readonly Entry[] | undefined, other: readonly Entry[] | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined || one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
