import { type ModelProto, readModel } from "@attr/backend-onnx";
import { groupColumns, readLabels, readTable, rowsTensor } from "@attr/inputs";
import { matchColumns } from "./match-columns.ts";
import type { ModelTable } from "./model-table.ts";

/** Larger tables make the page slow, and say no more. */
const mostBytes = 40_000_000;

/**
 * A model and a table of the user's own.
 *
 * @param files one `.onnx`, one table, and `config.json` where there is one.
 * @throws Error that names the file and what is wrong with it.
 */
export async function openOwnTable(files: readonly File[]): Promise<ModelTable> {
  const model = only(files, /\.onnx$/i, "an .onnx file");
  const csv = only(files, /\.(csv|tsv|txt)$/i, "a table (.csv)");
  if (csv.size > mostBytes) throw new Error(`“${csv.name}” has ${csv.size} bytes; the page takes tables of up to ${mostBytes}`);
  const config = await configIn(files.find(({ name }) => /^config\.json$/i.test(name)));
  const width = widthOf(await protoOf(model), model.name);
  const named = (reason: () => ModelTable): ModelTable => {
    try {
      return reason();
    } catch (error) {
      throw new Error(`“${csv.name}”: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const text = await csv.text();
  return named(() => {
    const whole = readTable(text);
    if (whole.rows.length === 0) throw new Error("it has no rows below its names");
    const { columns, truth } = matchColumns(whole, width, config.columns, csv.name);
    if (width !== undefined && columns.length !== width)
      throw new Error(`config.json names ${columns.length} columns, and the model takes ${width}`);
    const numbers = columns.flatMap((name) => (whole.names.includes(name) ? [whole.names.indexOf(name)] : []));
    const rows = whole.rows.filter((row) => numbers.every((at) => !Number.isNaN(row[at])));
    if (rows.length === 0) throw new Error("every row has an empty cell where the model takes a number");
    const table = { ...whole, rows };
    return {
      name: `${model.name} and ${csv.name}`,
      model,
      table,
      columns,
      groups: groupColumns(columns),
      units: config.units,
      labels: config.labels,
      rows: rowsTensor(table, columns).data,
      ...(rows.length < whole.rows.length && { left: whole.rows.length - rows.length }),
      ...(truth !== undefined && { truth }),
    };
  });
}

function only(files: readonly File[], ending: RegExp, what: string): File {
  const found = files.filter(({ name }) => ending.test(name));
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(
      `drop one .onnx file and one table (.csv) together: among ${files.map(({ name }) => `“${name}”`).join(", ")} there is ${found.length === 0 ? "no" : "more than one"} ${what.replace(/^an? /, "")}`,
    );
  return first;
}

async function protoOf(model: File): Promise<ModelProto> {
  try {
    return readModel(new Uint8Array(await model.arrayBuffer()));
  } catch (error) {
    throw new Error(`“${model.name}” cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** How many columns the model takes. @throws Error for a model that takes no table. */
function widthOf({ graph }: ModelProto, name: string): number | undefined {
  const weights = new Set(graph.initializers.map((tensor) => tensor.name));
  const inputs = graph.inputs.filter((input) => !weights.has(input.name));
  const axes = inputs[0]?.type?.tensorType?.shape?.dims;
  if (inputs.length !== 1 || (axes !== undefined && axes.length !== 2))
    throw new Error(
      `“${name}” takes ${inputs.length === 1 ? `an input of ${axes?.length} axes` : `${inputs.length} inputs`}; rows of a table are one input, [rows, columns]. The room of your own model takes others`,
    );
  const columns = axes?.[1]?.value;
  return columns === undefined ? undefined : Number(columns);
}

interface Config {
  readonly columns: readonly string[] | undefined;
  readonly units: Readonly<Record<string, string>>;
  readonly labels: readonly string[];
}

async function configIn(file: File | undefined): Promise<Config> {
  if (file === undefined) return { columns: undefined, units: {}, labels: [] };
  let config: unknown;
  try {
    config = JSON.parse(await file.text());
  } catch (error) {
    throw new Error(`“${file.name}” is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const names: unknown =
    typeof config === "object" && config !== null && "feature_names" in config ? config.feature_names : undefined;
  const units: unknown =
    typeof config === "object" && config !== null && "feature_units" in config ? config.feature_units : undefined;
  const columns = Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
  if (names !== undefined && columns === undefined) throw new Error("feature_names of config.json must be a list of names");
  const pairs = (columns ?? []).flatMap((name, at) => {
    const unit: unknown = Array.isArray(units) ? units[at] : undefined;
    return typeof unit === "string" ? [[name, unit] as const] : [];
  });
  return { columns, units: Object.fromEntries(pairs), labels: readLabels(config) };
}
