import { type AttributionDocument, type ComparedDocument, type ComparisonCost, comparisonDocument } from "@attr/viz";
import type { LabelledAnswer } from "../page/work.ts";
import { comparisonSchema } from "./comparison-schema.ts";

/** One method's result, as a room reads it. */
export interface ComparedAnswer<Result> {
  /** The method as the page calls it; empty where it stands alone. */
  readonly label: string;
  readonly result: Result;
  readonly milliseconds?: number | undefined;
}

/** Results side by side, as the page saves them: it opens them again in the room they are of. */
export interface ComparisonJson {
  readonly schema: typeof comparisonSchema;
  /** The room's place in the address. */
  readonly room: string;
  readonly results: readonly { readonly label: string; readonly milliseconds?: number | undefined; readonly result: unknown }[];
}

/** What a room shows: its worker's answers, or what a saved file holds. Undefined where there is nothing yet. */
export function answersOrSaved(answers: readonly LabelledAnswer<unknown>[], saved: unknown): unknown {
  return answers.length > 0 ? answers : saved;
}

/**
 * A reader of what {@link answersOrSaved} gave: a saved comparison, a single saved result, or the worker's answers.
 *
 * @param read Makes a result of the worker's answer or of a saved result. Throws where it is none.
 */
export function comparedReader<Result>(
  read: (explanation: unknown) => Result,
): (explanation: unknown) => readonly ComparedAnswer<Result>[] {
  return (explanation) => {
    if (Array.isArray(explanation)) {
      const answers: readonly LabelledAnswer<unknown>[] = explanation; // no saved result is a list
      return answers.map(({ answer, ...rest }) => ({ ...rest, result: read(answer) }));
    }
    if (!isSaved(explanation)) return [{ label: "", result: read(explanation) }];
    const { results } = explanation;
    if (!Array.isArray(results) || results.length === 0) throw new Error("it holds no results to compare");
    return results.map((entry: unknown, index) => {
      if (typeof entry !== "object" || entry === null || !("label" in entry) || !("result" in entry))
        throw new Error(`result ${index + 1} of the comparison is none`);
      const milliseconds = "milliseconds" in entry ? Number(entry.milliseconds) : undefined;
      return { label: String(entry.label), milliseconds, result: read(entry.result) };
    });
  };
}

function isSaved(explanation: unknown): explanation is { readonly results: unknown } {
  return (
    typeof explanation === "object" &&
    explanation !== null &&
    "schema" in explanation &&
    explanation.schema === comparisonSchema &&
    "results" in explanation
  );
}

/** What is saved of results: one as it is, several as a comparison. */
export function comparedJson<Result>(
  room: string,
  answers: readonly ComparedAnswer<Result>[],
  json: (result: Result) => object,
): object {
  const [first, ...others] = answers;
  if (others.length === 0) return json(first!.result);
  const results = answers.map(({ label, milliseconds, result }) => ({
    label,
    ...(milliseconds !== undefined && { milliseconds }),
    result: json(result),
  }));
  return { schema: comparisonSchema, room, results } satisfies ComparisonJson;
}

/** What one method shows, and what it cost. */
export interface ShownAnswer {
  readonly document: ComparedDocument;
  readonly cost?: Omit<ComparisonCost, "milliseconds"> | undefined;
}

/** One result as it is, several side by side. What is of another kind than the first (a table beside maps) is left out, and the picture says so. */
export function comparedDocument<Result>(
  answers: readonly ComparedAnswer<Result>[],
  show: (result: Result) => ShownAnswer,
): AttributionDocument {
  const parts = answers.map(({ label, milliseconds, result }) => {
    const { document, cost } = show(result);
    return { label, document, ...(cost !== undefined && { cost: { calls: cost.calls, rows: cost.rows, milliseconds } }) };
  });
  const { kind } = parts[0]!.document;
  const [alike, others] = [
    parts.filter(({ document }) => document.kind === kind),
    parts.filter(({ document }) => document.kind !== kind),
  ];
  if (others.length === 0 && alike.length === 1) return alike[0]!.document;
  const comparison = comparisonDocument(alike);
  const left = others.map(
    ({ label }) => `${label} has scores of another shape and is not shown beside the others: explain by it alone.`,
  );
  return { ...comparison, notes: [...left, ...comparison.notes] };
}

/** The scores of saliency are slopes, which no other method's are: their unit says so, and they get a scale of their own. */
export function withSlopeUnit<Document extends ComparedDocument>(document: Document, per: string): Document {
  return document.method === "Saliency" ? { ...document, unit: `${document.unit} per ${per}` } : document;
}
