import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { HostTensor, InvalidArgumentError, type ValueInfo } from "@attr/core";
import { type ColumnGroups, groupColumns, readLabels, readTable, rowsTensor, type Table, type TableCell } from "@attr/inputs";
import type { TensorModel } from "../models/open-tensor-model.ts";
import { readTextFile } from "../read-text-file.ts";

/** What a model's folder says of its table, beside the names of its classes. */
export interface TableReading {
  readonly input: ValueInfo;
  readonly labels: readonly string[];
  /** The names of the columns that the model takes, in its order; absent where the folder does not say. */
  readonly columns?: readonly string[] | undefined;
  /** What columns are measured in, by name. */
  readonly units: Readonly<Record<string, string>>;
  /** Where rows to explain lie, and which of their columns is the truth. */
  readonly table?: { readonly path: string; readonly label?: string | undefined } | undefined;
}

/**
 * What `config.json` beside a model says of its table: `feature_names`, `feature_units`, `id2label`, and `table` with `file` and `label`.
 *
 * @throws InvalidArgumentError for a model that takes no table of numbers, and for a file that says what cannot be meant.
 */
export async function tableReadingOf({ model, folder, name }: TensorModel): Promise<TableReading> {
  const [input, ...others] = model.inputs;
  const isTable = input?.shape === undefined || input.shape.length === 2;
  const floats = input?.dtype === undefined || input.dtype === "float32" || input.dtype === "float64";
  if (input === undefined || others.length > 0 || !isTable || !floats) {
    const told = model.inputs.map(
      (one) => `"${one.name}" ${one.dtype ?? ""} [${one.shape?.map((size) => size ?? "?").join(", ")}]`,
    );
    throw new InvalidArgumentError(
      `"${name}" takes ${told.join(", ")}; rows of a table are for one input of floats, [rows, columns]`,
    );
  }
  const config = await configIn(folder);
  const columns = namesAt(config, "feature_names");
  const units = config["feature_units"];
  const { file, label } = recordAt(config, "table");
  // A folder may come from anywhere: what it names lies in it.
  if (typeof file === "string" && (basename(file) !== file || file === ".."))
    throw new InvalidArgumentError(`table.file of config.json must be the name of a file beside it, got ${JSON.stringify(file)}`);
  return {
    input,
    labels: readLabels(config),
    columns,
    units: Object.fromEntries(
      (columns ?? []).flatMap((column, at) => {
        const unit: unknown = Array.isArray(units) ? units[at] : undefined;
        return typeof unit === "string" ? [[column, unit]] : [];
      }),
    ),
    table:
      typeof file === "string" ? { path: join(folder, file), label: typeof label === "string" ? label : undefined } : undefined,
  };
}

type Json = Readonly<Record<string, unknown>>;

async function configIn(folder: string): Promise<Json> {
  const path = join(folder, "config.json");
  if (!existsSync(path)) return {};
  try {
    const config: unknown = JSON.parse(await readFile(path, "utf8"));
    return typeof config === "object" && config !== null && !Array.isArray(config) ? (config as Json) : {}; // an object, read by name
  } catch (cause) {
    throw new InvalidArgumentError(
      `config.json in ${folder} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

function namesAt(config: Json, key: string): readonly string[] | undefined {
  const names = config[key];
  if (names === undefined || names === null) return undefined;
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw new InvalidArgumentError(`${key} of config.json must be a list of names, got ${JSON.stringify(names).slice(0, 60)}`);
}

function recordAt(config: Json, key: string): Json {
  const value = config[key];
  return typeof value === "object" && value !== null ? (value as Json) : {}; // an object, read by name
}

/** A table as a model takes it. */
export interface ReadTable {
  readonly table: Table;
  /** The names of the columns of `rows`. */
  readonly columns: readonly string[];
  /** `[rows, columns]`; 0 where a number is missing. */
  readonly rows: HostTensor<"float32">;
  /** The first column in which a row has no number, by the row's index; rows that have all are not in it. */
  readonly missing: ReadonlyMap<number, string>;
  readonly groups: ColumnGroups;
  /** Which column says what is true of a row, where one does. */
  readonly label?: string | undefined;
}

/**
 * Reads a table from a file of delimited text.
 *
 * @param columns the model's columns; without them, all columns of the file, or all of numbers but `label`, if they are as many as the
 * model takes.
 * @throws InvalidArgumentError for a file that is missing or no table, and where its columns are not the model's.
 */
export async function readModelTable(
  path: string,
  { input }: TableReading,
  asked: { readonly columns: readonly string[] | undefined; readonly label: string | undefined },
): Promise<ReadTable> {
  const table = readTable(await readTextFile(path, "table"));
  if (table.rows.length === 0) throw new InvalidArgumentError(`"${path}" has no rows below its names`);
  const { label } = asked;
  if (label !== undefined && !table.names.includes(label))
    throw new InvalidArgumentError(`"${path}" has no column ${JSON.stringify(label)}: there are ${listed(table.names)}`);
  const columns = asked.columns ?? ownColumns(table, input, label, path);
  const width = input.shape?.[1];
  if (typeof width === "number" && width !== columns.length)
    throw new InvalidArgumentError(`the model takes ${width} columns, and ${columns.length} are named: ${listed(columns)}`);
  const numeric = columns.flatMap((name) => (table.names.includes(name) ? [{ name, at: table.names.indexOf(name) }] : []));
  const missing = new Map<number, string>();
  const rows = table.rows.map((row, index) => {
    const first = numeric.find(({ at }) => isMissing(row[at]));
    if (first === undefined) return row;
    missing.set(index, first.name);
    const filled = [...row];
    for (const { at } of numeric) if (isMissing(row[at])) filled[at] = 0;
    return filled;
  });
  return { table, columns, rows: rowsTensor({ ...table, rows }, columns), missing, groups: groupColumns(columns), label };
}

function isMissing(cell: TableCell | undefined): boolean {
  return typeof cell === "number" && Number.isNaN(cell);
}

/** The rows of these indices. @throws InvalidArgumentError for one that has an empty cell where the model takes a number. */
export function rowsAt({ rows, columns, missing }: ReadTable, indices: readonly number[]): HostTensor<"float32"> {
  const width = columns.length;
  const data = new Float32Array(indices.length * width);
  indices.forEach((row, at) => {
    const empty = missing.get(row);
    if (empty !== undefined)
      throw new InvalidArgumentError(`row ${row + 1} of the table has no number in column ${JSON.stringify(empty)}`);
    data.set(rows.data.subarray(row * width, (row + 1) * width), at * width);
  });
  return new HostTensor(data, [indices.length, width], "float32");
}

/** One row, by its index from 0, of the table that was read from `path`. @throws InvalidArgumentError where there is none, or it has an empty cell. */
export function rowOf(data: ReadTable, row: number, path: string): HostTensor<"float32"> {
  const count = data.table.rows.length;
  if (row >= count) throw new InvalidArgumentError(`--row ${row + 1} is outside the ${count} rows of "${path}"`);
  return rowsAt(data, [row]);
}

/** The rows that have every number, by index. */
export function completeRows({ table, missing }: ReadTable): readonly number[] {
  return table.rows.flatMap((_, index) => (missing.has(index) ? [] : [index]));
}

function ownColumns(table: Table, { shape }: ValueInfo, label: string | undefined, path: string): readonly string[] {
  const width = shape?.[1];
  const others = table.names.filter((name) => name !== label);
  if (typeof width !== "number") return others;
  const numeric = others.filter((name) => typeof table.rows[0]![table.names.indexOf(name)] === "number");
  for (const names of [others, numeric]) if (names.length === width) return names;
  throw new InvalidArgumentError(
    `the model takes ${width} columns and "${path}" has ${others.length}: name the model's with --columns, as many as it takes, from ${listed(others)}`,
  );
}

function listed(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}
