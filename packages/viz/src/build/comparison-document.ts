import { InvalidArgumentError } from "@attr/core";
import { alignedScores } from "../documents/aligned-scores.ts";
import type { ComparisonDocument, ComparisonPart } from "../documents/comparison-document.ts";
import { partsByUnit } from "../documents/comparison-units.ts";
import type { DocumentHead } from "../documents/document.ts";

/** The heading of a comparison, and how far its work has come. */
export interface ComparisonDocumentOptions {
  /** @defaultValue the title of the first part */
  readonly title?: string | undefined;
  /** How far the work has come, where it is not at its end. */
  readonly partial?: DocumentHead["partial"];
}

/**
 * Explanations of one thing side by side, with how far they agree: `comparisonDocument([{ label: "LIME", document }, …])`. Parts whose units
 * agree share one scale of colours. Agreement is told of every two parts: the rank correlation of the strengths (Spearman), how many of
 * the strongest pieces both name, and how many of these with the same sign. Texts that are cut differently are compared over the coarsest
 * pieces. Pictures may have one map each.
 *
 * @throws InvalidArgumentError for no parts, or parts of different kinds.
 * @see Krishna et al., The Disagreement Problem in Explainable Machine Learning (2022).
 */
export function comparisonDocument(
  parts: readonly ComparisonPart[],
  options: ComparisonDocumentOptions = {},
): ComparisonDocument {
  const [first] = parts;
  if (first === undefined) throw new InvalidArgumentError("parts must hold at least one document");
  const { kind } = first.document;
  const stranger = parts.findIndex(({ document }) => document.kind !== kind);
  if (stranger >= 0)
    throw new InvalidArgumentError(
      `parts must be of one kind: part 0 is "${kind}", part ${stranger} "${parts[stranger]!.document.kind}"`,
    );
  const units = [...partsByUnit({ parts }).entries()];
  const document: ComparisonDocument = {
    kind: "comparison",
    title: options.title ?? first.document.title,
    explained: first.document.explained,
    unit: units.map(([unit]) => unit).join(" and "),
    method: parts.map(({ label }) => label).join(", "),
    notes: [],
    parts,
    ...(options.partial !== undefined && { partial: options.partial }),
  };
  return { ...document, notes: notesOf(document) };
}

function notesOf(document: ComparisonDocument): string[] {
  const { parts } = document;
  const notes: string[] = [];
  const units = [...partsByUnit(document).entries()];
  if (units.length > 1) {
    const listed = units.map(([unit, own]) => `${own.map(({ label }) => label).join(", ")} in ${unit}`);
    notes.push(`The units differ: ${listed.join("; ")}. Each unit has a scale of its own, and colours compare only within one.`);
  }
  if (parts.some(({ document: part }) => part.explained !== document.explained))
    notes.push("The parts do not all explain the same thing.");
  if (parts.length > 1) {
    const aligned = alignedScores(document);
    if (typeof aligned === "string") notes.push(aligned);
    else {
      if (aligned.note !== undefined) notes.push(aligned.note);
      notes.push(
        "Agreement proves nothing by itself: methods that agree may share a blind spot, and where they differ, nothing here says which is right.",
      );
    }
  }
  // What all of them say is said once.
  const [first, ...others] = parts.map((part) => part.document.notes);
  const common = others.length === 0 ? [] : first!.filter((note) => others.every((said) => said.includes(note)));
  notes.push(...common);
  const own = parts.flatMap(({ label, document: { notes: said } }) =>
    said.filter((note) => !common.includes(note)).map((note) => `${label}: ${note}`),
  );
  return [...new Set([...notes, ...own])];
}
