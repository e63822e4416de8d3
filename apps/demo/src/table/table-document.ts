import { AttributionResult } from "@attr/core";
import { areProbabilities, rankClasses } from "@attr/inputs";
import { featuresDocument, type TabularDocument, type TabularView, tabularDocument } from "@attr/viz";
import { withSlopeUnit } from "../compare/compared-answers.ts";
import type { TableExplanation } from "../rooms/table-settings.ts";

/** An explanation as it is shown. */
export interface TableExplanationRead extends Omit<TableExplanation, "result"> {
  readonly saved: TableExplanation;
  readonly result: AttributionResult;
}

/** An answer with what is known of its table, or what a saved file held. @throws for what is none. */
export function readTableExplanation(value: unknown): TableExplanationRead {
  if (!isExplanation(value)) throw new Error("it is no explanation of rows of a table");
  return { ...value, saved: value, result: AttributionResult.fromJSON(value.result) };
}

/** Looks at what is read without being checked elsewhere: the result checks itself. */
function isExplanation(value: unknown): value is TableExplanation {
  if (typeof value !== "object" || value === null) return false;
  const { schema, labels, columns, groups, rows, inputs, outputs } = value as Partial<TableExplanation>;
  return (
    schema === "attr.table/1" &&
    [labels, columns, rows].every((list) => Array.isArray(list) && list.every((one) => typeof one === "string")) &&
    [inputs, outputs].every((list) => Array.isArray(list) && list.every((one) => typeof one === "number")) &&
    inputs!.length === rows!.length * columns!.length &&
    Array.isArray(groups) &&
    groups.every((group) => typeof group?.name === "string" && Array.isArray(group.columns))
  );
}

/** The name of a class: as the model calls it, or its number. */
export function className({ labels, outputs }: Pick<TableExplanation, "labels" | "outputs">, index: number): string {
  return labels[index] ?? (outputs.length === 1 ? "the output" : `class ${index}`);
}

/** The classes with how sure the model is of each, in the model's order; none where it has one output. */
export function classesOf({
  outputs,
  labels,
}: Pick<TableExplanation, "labels" | "outputs">): { index: number; label: string; probability: number }[] {
  if (outputs.length < 2) return [];
  return [...rankClasses(outputs, labels)].sort((a, b) => a.index - b.index);
}

/** The scores of a row as bars or a waterfall, of many as a beeswarm or against one feature's value. */
export function tableDocument(explanation: TableExplanationRead, view: TabularView, feature: number): TabularDocument {
  const { result, columns, groups, units, rows, inputs, shared, background, target, against, outputs, of } = explanation;
  const unit = outputs.length === 1 ? "units of the output" : areProbabilities(outputs) ? "probability" : "logits";
  const noun =
    outputs.length === 1
      ? "the output"
      : `the ${unit === "logits" ? "logit" : "probability"} of ${className(explanation, target)}`;
  const explained = against < 0 ? noun : `${noun} less that of ${className(explanation, against)}`;
  const single = rows.length === 1;
  const fits = single === (view === "waterfall" || view === "bars");
  const wanted = fits ? view : single ? "bars" : "beeswarm";
  const [input = "x"] = Object.keys(result.attributions);
  const columnwise = tabularDocument(result, {
    title:
      against < 0
        ? `What speaks for ${className(explanation, target)}`
        : `Why ${className(explanation, target)} and not ${className(explanation, against)}`,
    explained,
    unit,
    names: columns,
    inputs: { [input]: { data: inputs, shape: [rows.length, columns.length] } },
    labels: rows,
    // A way from the base value needs one.
    view: wanted === "waterfall" && result.baseValue === undefined ? "bars" : wanted,
  });
  const document = featuresDocument(columnwise, groups, { shared, units });
  const notes = [
    ...(result.method === "Saliency" || result.method === "InputXGradient" ? [] : [`Compared with ${background}.`]),
    ...(of === undefined ? [] : [`${rows.length} of ${of} rows are explained, evenly chosen.`]),
    ...document.notes,
  ];
  return withSlopeUnit(
    { ...document, notes, ...(feature >= 0 && feature < groups.length && { feature }) },
    "unit of each column",
  );
}
