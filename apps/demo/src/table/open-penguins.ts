import { groupColumns, readLabels, readTable, rowsTensor } from "@attr/inputs";
import { fetchKept } from "../files/keep.ts";
import type { ModelTable } from "./model-table.ts";

const addresses = import.meta.glob<string>(["../../generated/penguins/config.json", "../../generated/penguins/penguins.csv"], {
  query: "?url",
  import: "default",
  eager: true,
});

/** What of a model's `config.json` is about its table. */
interface TableConfig {
  readonly feature_names: readonly string[];
  readonly feature_units: readonly (string | null)[];
  readonly table: { readonly label: string };
}

/** The table that comes with the page. */
export async function openPenguins(): Promise<ModelTable> {
  const text = async (name: string): Promise<string> => {
    const [, address = ""] = Object.entries(addresses).find(([path]) => path.endsWith(name)) ?? [];
    return new TextDecoder().decode(await fetchKept(address, () => {}));
  };
  const config = JSON.parse(await text("config.json")) as TableConfig; // written along with the model
  const table = readTable(await text("penguins.csv"));
  const columns = config.feature_names;
  return {
    name: "penguins",
    table,
    columns,
    groups: groupColumns(columns),
    units: Object.fromEntries(
      columns.flatMap((name, at) => (config.feature_units[at] ? [[name, config.feature_units[at]]] : [])),
    ),
    labels: readLabels(config),
    rows: rowsTensor(table, columns).data,
    truth: table.names.indexOf(config.table.label),
  };
}
