import type { TabularDocument, TextDocument } from "@attr/viz";
import type { JSX } from "preact";

/** What the table shows of a document: rows of scores over named features. */
export type Table = Pick<TextDocument, "rows" | "features" | "groups" | "unit" | "explained">;

export function asTable({ rows, features, groups, unit, explained }: TabularDocument): Table {
  return { rows, features, groups, unit, explained };
}

/** All numbers of a document, for who reads rather than looks. */
export function NumbersTable({ document }: { readonly document: Table }): JSX.Element {
  const { rows, features, unit } = document;
  const facts: readonly (readonly [string, (row: number) => number | undefined])[] = [
    ["sum of scores", (row) => sumOf(document, row)],
    ["value", (row) => rows[row]!.value],
    ["base value", (row) => rows[row]!.baseValue],
  ];
  return (
    <details class="numbers">
      <summary>All numbers as a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="All numbers">
        <table>
          <caption>
            {document.explained}, in {unit}
          </caption>
          <thead>
            <tr>
              <th scope="col">piece</th>
              {rows.map((row, index) => (
                <th scope="col" key={index}>
                  {row.label.trim()}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {features.map((feature, index) => (
              <tr key={index}>
                <th scope="row">{feature.trim()}</th>
                {rows.map((row, at) => (
                  <td key={at}>
                    {signed(row.scores[index]!)}
                    {row.standardErrors !== undefined && ` ± ${plain(row.standardErrors[index]!)}`}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          <tfoot>
            {facts.map(([label, read]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {rows.map((_, at) => {
                  const value = read(at);
                  return <td key={at}>{value === undefined ? "" : plain(value)}</td>;
                })}
              </tr>
            ))}
          </tfoot>
        </table>
      </section>
    </details>
  );
}

/** The sum of a row, with what was switched together counted once. */
function sumOf({ rows, groups, features }: Table, row: number): number {
  const seen = new Set<number>();
  let sum = 0;
  features.forEach((_, feature) => {
    const group = groups?.[feature] ?? feature;
    if (!seen.has(group)) sum += rows[row]!.scores[feature]!;
    seen.add(group);
  });
  return sum;
}

function plain(value: number): string {
  return value.toFixed(3).replace("-", "−");
}

function signed(value: number): string {
  return value > 0 ? `+${plain(value)}` : plain(value);
}
