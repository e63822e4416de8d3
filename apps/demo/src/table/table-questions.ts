import { HostTensor } from "@attr/core";
import { backgroundOf } from "@attr/inputs";
import { questionsOf } from "../compare/compared-methods.ts";
import { tableMethodList } from "../methods/table-method-list.ts";
import type { LabelledQuestion } from "../page/work.ts";
import type { TableFacts, TableQuestion, TableSettings } from "../rooms/table-settings.ts";
import { type ModelTable, rowName, rowOf } from "./model-table.ts";

/** Rows that are explained at most where all are asked for. */
const mostRows = 500;

/** The numbers of the row that is explained: as they were moved, or as the table has them. */
export function valuesOf(table: ModelTable, { row, values }: Pick<TableSettings, "row" | "values">): readonly number[] {
  return values ?? Array.from(rowOf(table, row));
}

/** What the worker is asked by every method that was ticked. */
export function tableQuestions(table: ModelTable, settings: TableSettings): readonly LabelledQuestion<TableQuestion>[] {
  const row = Float32Array.from(valuesOf(table, settings));
  const many = settings.view === "beeswarm" || settings.view === "dependence";
  const { inputs, ...rows } = many ? allRows(table) : oneRow(table, settings, row);
  const background = backgroundRow(table, settings);
  const about: TableFacts = {
    labels: table.labels,
    columns: table.columns,
    groups: table.groups.groups,
    units: table.units,
    inputs: Array.from(inputs),
    background: background.words,
    ...rows,
  };
  const mask = Int32Array.from(table.groups.mask.data, Number);
  return questionsOf(settings, tableMethodList).map(({ label, question }) => {
    const { target, against, method, samples, steps } = question;
    const numbers = { row, inputs, background: background.data, mask };
    return { label, question: { model: table.model, ...numbers, target, against, method, samples, steps, about } };
  });
}

type Rows = Pick<TableFacts, "rows" | "of"> & { readonly inputs: Float32Array };

function oneRow(table: ModelTable, { row, values }: TableSettings, inputs: Float32Array): Rows {
  const name = rowName(table, row);
  return { inputs, rows: [values === undefined ? name : `${name}, edited`] };
}

function allRows(table: ModelTable): Rows {
  const width = table.columns.length;
  const count = table.rows.length / width;
  if (count <= mostRows) return { inputs: table.rows, rows: Array.from({ length: count }, (_, row) => rowName(table, row)) };
  const chosen = Array.from({ length: mostRows }, (_, at) => Math.floor((at * count) / mostRows));
  const inputs = new Float32Array(mostRows * width);
  chosen.forEach((row, at) => {
    inputs.set(rowOf(table, row), at * width);
  });
  return { inputs, rows: chosen.map((row) => rowName(table, row)), of: count };
}

interface Background {
  readonly data: Float32Array;
  readonly words: string;
}

/** What stands for a feature that is taken away. */
function backgroundRow(table: ModelTable, { background, backgroundRow: other, row }: TableSettings): Background {
  const width = table.columns.length;
  const count = table.rows.length / width;
  if (background === "row")
    return { data: rowOf(table, Math.min(other, count - 1)), words: rowName(table, Math.min(other, count - 1)) };
  const { truth } = table;
  if (background === "class" && truth !== undefined) {
    const own = table.table.rows[row]![truth];
    const alike = table.table.rows.flatMap((cells, at) => (cells[truth] === own ? Array.from(rowOf(table, at)) : []));
    return {
      data: meanOf(table, Float32Array.from(alike)),
      words: `the mean of the rows of ${own}, of categories the most frequent`,
    };
  }
  return { data: meanOf(table, table.rows), words: `the mean of all ${count} rows, of categories the most frequent` };
}

function meanOf({ columns, groups }: ModelTable, rows: Float32Array): Float32Array {
  return backgroundOf(new HostTensor(rows, [rows.length / columns.length, columns.length], "float32"), groups).data;
}
