import { HostTensor } from "@attr/core";
import { backgroundOf } from "@attr/inputs";
import { featureValue } from "@attr/viz";
import { type Arguments, UsageError } from "../arguments.ts";
import { completeRows, type ReadTable, readModelTable, rowsAt, type TableReading } from "./model-table.ts";

/** Features of the background that a sentence names. */
const mostNamed = 8;

/** What `--background` says: an ordinary row, `[1, columns]`. @throws UsageError for what is none, and what reading a table throws. */
export async function chosenBackground(given: Arguments, data: ReadTable, reading: TableReading): Promise<HostTensor<"float32">> {
  const what = given.text("background") ?? "mean";
  if (what === "zeros") return new HostTensor(new Float32Array(data.columns.length), [1, data.columns.length], "float32");
  if (what === "mean") return meanOf(data);
  if (!/\.(csv|tsv|txt)$/i.test(what)) throw new UsageError(`--background takes mean, zeros or a FILE.csv, got "${what}"`);
  const other = await readModelTable(what, reading, { columns: data.columns, label: undefined });
  return meanOf(other);
}

/** The mean of the rows that have every number; where there is none, what asks for it says so. */
function meanOf(data: ReadTable): HostTensor<"float32"> {
  return backgroundOf(rowsAt(data, completeRows(data)), data.groups);
}

/** "Compared with age 41, city Oslo." */
export function backgroundInWords(background: HostTensor<"float32">, { groups: { groups } }: ReadTable): string {
  const shown = groups.slice(0, mostNamed).map((group) => {
    const value = featureValue(group, background.data);
    return `${group.name} ${typeof value === "number" ? Number(value.toPrecision(4)) : value}`;
  });
  return `Compared with ${shown.join(", ")}${groups.length > mostNamed ? ` and ${groups.length - mostNamed} more` : ""}.`;
}
