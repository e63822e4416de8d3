import type { AttributionResultJson } from "@attr/core";
import type { FeatureColumns, TabularView } from "@attr/viz";
import { besideFromAddress, besideToAddress } from "../compare/compared-methods.ts";
import { type TableMethodName, tableMethodList, tableMethodNamed } from "../methods/table-method-list.ts";
import { sampleCount } from "../methods/text-settings.ts";

/** What is shown: one row, or all of them. */
export const tableViews = [
  { name: "waterfall", label: "This row, from the base value to the output" },
  { name: "bars", label: "This row, a bar a feature" },
  { name: "beeswarm", label: "All rows, a point each" },
  { name: "dependence", label: "All rows, one feature against its value" },
] as const satisfies readonly { name: TabularView; label: string }[];

export type TableView = (typeof tableViews)[number]["name"];

/** What stands for a feature that is taken away. */
export const backgrounds = [
  { name: "mean", label: "the mean of all rows" },
  { name: "class", label: "the mean of the explained class" },
  { name: "row", label: "another row" },
] as const;

export type BackgroundName = (typeof backgrounds)[number]["name"];

/** What is asked about a table. */
export interface TableSettings {
  /** The row, from 0. */
  readonly row: number;
  /** Its numbers where they were moved, one a column; undefined: as the table has them. */
  readonly values: readonly number[] | undefined;
  /** The class that is explained, by its index; -1: the model's answer. */
  readonly target: number;
  /** The class it is held against; -1: none. */
  readonly against: number;
  readonly method: TableMethodName;
  /** Methods that are shown beside it. */
  readonly beside: readonly TableMethodName[];
  readonly samples: number;
  readonly steps: number;
  readonly background: BackgroundName;
  /** For `row`, from 0. */
  readonly backgroundRow: number;
  readonly view: TableView;
  /** The feature of `dependence`, by its place; -1: the strongest. */
  readonly feature: number;
}

export const tableStart: TableSettings = {
  row: 0,
  values: undefined,
  target: -1,
  against: -1,
  method: "shapley-values",
  beside: [],
  samples: 100,
  steps: 50,
  background: "mean",
  backgroundRow: 1,
  view: "waterfall",
  feature: -1,
};

/** What the worker is asked: numbers alone. */
export interface TableQuestion {
  /** The user's own model; absent: the one of penguins. */
  readonly model: File | undefined;
  /** The row that was chosen, as it was edited: what the model answers is about it. */
  readonly row: Float32Array;
  /** The rows that are explained, row by row: the one that was chosen, or many. */
  readonly inputs: Float32Array;
  readonly background: Float32Array;
  /** The feature of every column. */
  readonly mask: Int32Array;
  readonly target: number;
  readonly against: number;
  readonly method: TableMethodName;
  readonly samples: number;
  readonly steps: number;
  /** What is known of the table: it comes back with the answer. */
  readonly about: TableFacts;
}

/** What an explanation says of its table. */
export interface TableFacts {
  readonly labels: readonly string[];
  readonly columns: readonly string[];
  readonly groups: readonly FeatureColumns[];
  readonly units: Readonly<Record<string, string>>;
  /** What the explained rows are called. */
  readonly rows: readonly string[];
  /** The explained rows, row by row. */
  readonly inputs: readonly number[];
  /** What they were compared with, in words. */
  readonly background: string;
  /** Of how many rows these are, where not all are explained. */
  readonly of?: number | undefined;
}

/** An explanation of rows, as it is shown and saved. */
export interface TableExplanation extends TableFacts {
  readonly schema: "attr.table/1";
  /** What the model says of the row that was chosen, a number a class. */
  readonly outputs: readonly number[];
  /** The class that is explained. */
  readonly target: number;
  /** The class it is held against; -1: none. */
  readonly against: number;
  /** Whether the columns of a feature were taken away together. */
  readonly shared: boolean;
  readonly result: AttributionResultJson;
}

/** What an address says, in the words of {@link tableToAddress}; what it does not say is as at the start. */
export function tableFromAddress(parameters: URLSearchParams, columns: number, rows: number): TableSettings {
  const whole = (name: string, otherwise: number, most: number): number => {
    const text = parameters.get(name) ?? "";
    return /^\d{1,9}$/.test(text) && Number(text) < most ? Number(text) : otherwise;
  };
  const row = whole("row", tableStart.row + 1, rows + 1) - 1;
  const values = parameters.get("values")?.split(",").map(Number);
  const method = tableMethodNamed(parameters.get("method")).name;
  return {
    row: Math.max(0, row),
    values: values?.length === columns && values.every(Number.isFinite) ? values : undefined,
    target: whole("target", tableStart.target, 1e6),
    against: whole("against", tableStart.against, 1e6),
    method,
    beside: besideFromAddress(parameters.get("beside"), method, tableMethodList),
    samples: sampleCount(parameters.get("samples"), tableStart.samples),
    steps: sampleCount(parameters.get("steps"), tableStart.steps),
    background: backgrounds.find(({ name }) => name === parameters.get("background"))?.name ?? tableStart.background,
    backgroundRow: Math.max(0, whole("background-row", tableStart.backgroundRow + 1, rows + 1) - 1),
    view: tableViews.find(({ name }) => name === parameters.get("view"))?.name ?? tableStart.view,
    feature: whole("feature", tableStart.feature, columns),
  };
}

/** The question as an address. Rows are counted from 1 there. */
export function tableToAddress(settings: TableSettings): URLSearchParams {
  const parameters = new URLSearchParams({ row: String(settings.row + 1) });
  const put = (name: string, value: string | number, start: string | number): void => {
    if (value !== start) parameters.set(name, String(value));
  };
  if (settings.values !== undefined)
    parameters.set("values", settings.values.map((value) => Number(value.toPrecision(7))).join(","));
  for (const name of ["target", "against", "method", "samples", "steps", "background", "view", "feature"] as const)
    put(name, settings[name], tableStart[name]);
  put("beside", besideToAddress(settings.beside), "");
  if (settings.background === "row") put("background-row", settings.backgroundRow + 1, tableStart.backgroundRow + 1);
  return parameters;
}
