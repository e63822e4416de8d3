import type { JSX } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { findRows } from "./find-rows.ts";
import type { ModelTable } from "./model-table.ts";

/** Rows shown at a time. */
const most = 50;

interface Props {
  readonly table: ModelTable;
  readonly chosen: number;
  readonly onChoose: (row: number) => void;
}

/** The table, to search, and to choose a row of. */
export function RowsTable({ table: { table, name, left = 0 }, chosen, onChoose }: Props): JSX.Element {
  const id = useId();
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState(most);
  const found = useMemo(() => findRows(table, search), [table, search]);
  // The chosen row is in sight when it was chosen by a link.
  const section = useRef<HTMLElement>(null);
  const count = Math.max(shown, Math.min(found.length, found.indexOf(chosen) + 1));
  useEffect(() => {
    const row = section.current?.querySelector<HTMLElement>("tr.chosen");
    if (section.current !== null && row) section.current.scrollTop = row.offsetTop - section.current.clientHeight / 2;
  }, [table]);
  return (
    <div class="rows">
      <div class="field">
        <label for={id}>Find rows</label>
        <input
          id={id}
          type="search"
          value={search}
          placeholder={`words, or ${table.names[1] ?? table.names[0]}>…`}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => {
            setSearch(currentTarget.value);
            setShown(most);
          }}
        />
        <small role="status">
          {found.length === table.rows.length ? `${found.length} rows` : `${found.length} of ${table.rows.length} rows`}
          {left > 0 && `; ${left} more have an empty cell where the model takes a number`}
        </small>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <section class="scroll values" tabIndex={0} ref={section} aria-label={`Rows of ${name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">row</th>
              {table.names.map((column) => (
                <th scope="col" key={column}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, count).map((row) => (
              <tr key={row} class={row === chosen ? "chosen" : undefined}>
                <th scope="row">
                  <button type="button" aria-pressed={row === chosen} onClick={() => onChoose(row)}>
                    {row + 1}
                  </button>
                </th>
                {table.rows[row]!.map((cell, at) => (
                  <td key={at}>{typeof cell === "number" && Number.isNaN(cell) ? "" : cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {found.length > count && (
          <button type="button" onClick={() => setShown(count + 4 * most)}>
            Show more rows
          </button>
        )}
      </section>
    </div>
  );
}
