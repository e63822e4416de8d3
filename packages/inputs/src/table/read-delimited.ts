import { InvalidArgumentError } from "@attr/core";

/** A row's cells, and the line of the text it begins in, from 1. */
export interface DelimitedRow {
  readonly cells: readonly string[];
  readonly line: number;
}

/**
 * The rows of delimited text (RFC 4180): cells may stand in quotes, with quotes doubled inside; rows end with a line feed, a carriage return
 * or both; empty lines are left out. A parser of our own, since what goes wrong must be told by its line: what libraries there are mend
 * silently, or bring a command line along.
 *
 * @throws InvalidArgumentError for a quote that is not closed, and for text behind a closed one.
 */
export function readDelimited(text: string, delimiter: string): readonly DelimitedRow[] {
  const rows: DelimitedRow[] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const cells: string[] = [];
    const begun = line;
    for (;;) {
      let cell: string;
      if (text[at] === '"') {
        const quoted = readQuoted(text, at, line);
        cell = quoted.cell;
        line = quoted.line;
        at = quoted.end;
        if (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r")
          throw new InvalidArgumentError(
            `line ${line} of the table has ${JSON.stringify(text[at])} behind a closed quote; a quote inside quotes is doubled`,
          );
      } else {
        const start = at;
        while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at++;
        cell = text.slice(start, at);
      }
      cells.push(cell);
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    at++;
    line++;
    if (cells.length > 1 || cells[0] !== "") rows.push({ cells, line: begun });
  }
  return rows;
}

function readQuoted(text: string, start: number, startLine: number): { cell: string; end: number; line: number } {
  let line = startLine;
  let cell = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) throw new InvalidArgumentError(`line ${startLine} of the table opens a quote that is never closed`);
    cell += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') break;
    cell += '"';
    at++;
  }
  for (const _ of cell.matchAll(/\r\n|\r|\n/g)) line++;
  return { cell, end: at, line };
}
