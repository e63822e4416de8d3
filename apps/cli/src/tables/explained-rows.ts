import type { HostData } from "@attr/core";
import { answersInWords, type ExplainedOutput, explainedOutput, type OutputReading } from "../tensors/explained-output.ts";

/** What of every row is explained, and what the model says of them. */
export interface ExplainedRows {
  readonly explained: ExplainedOutput;
  /** The class that each row is answered with, where there are classes. */
  readonly answers: readonly { readonly label: string; readonly probability: number }[];
  readonly sentences: readonly string[];
}

/** One number is explained for all rows, so that their scores compare: where none is asked for, that of the most frequent answer. */
export function explainedRows(output: HostData, reading: Omit<OutputReading, "row">): ExplainedRows {
  const { target, labels = [] } = reading;
  const count = output.shape[0]!;
  const read = (row: number, asked: OutputReading["target"]): ExplainedOutput =>
    explainedOutput(output, { ...reading, target: asked, row });
  const rows = Array.from({ length: count }, (_, row) => read(row, target));
  const answers = rows.flatMap(({ answers: [first] }) => (first === undefined ? [] : [first]));
  if (count === 1) {
    const sentence = answersInWords(rows[0]!.answers);
    return { explained: rows[0]!, answers, sentences: sentence === "" ? [] : [sentence] };
  }
  const often = new Map<number, number>();
  for (const { index } of answers) often.set(index, (often.get(index) ?? 0) + 1);
  const ranked = [...often].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const most = ranked[0]?.[0];
  const explained = target === undefined && most !== undefined ? read(0, most) : rows[0]!;
  const named = (index: number): string => (labels[index] === undefined ? `class ${index}` : `"${labels[index]}"`);
  const sentence = ranked.slice(0, 5).map(([index, times]) => `${times} with ${named(index)}`);
  return {
    explained,
    answers,
    sentences: sentence.length === 0 ? [] : [`Of ${count} rows the model answers ${sentence.join(", ")}.`],
  };
}
