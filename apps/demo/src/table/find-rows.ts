import type { Table } from "@attr/inputs";

/**
 * The rows that fit what is searched for, by their places: every word stands in some cell, and every comparison holds (`sex=male`,
 * `body_mass_g>4000`).
 */
export function findRows({ names, rows }: Table, search: string): number[] {
  const tests = search
    .trim()
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => testOf(names, word));
  return rows.flatMap((row, at) => (tests.every((test) => test(row)) ? [at] : []));
}

type Test = (row: readonly (number | string)[]) => boolean;

function testOf(names: readonly string[], word: string): Test {
  const [, name = "", sign = "", value = ""] = /^([^<>=]+)(<=|>=|=|<|>)(.+)$/.exec(word) ?? [];
  const column = names.findIndex((own) => own.toLowerCase() === name.toLowerCase());
  if (column < 0) return (row) => row.some((cell) => String(cell).toLowerCase().includes(word.toLowerCase()));
  const number = Number(value);
  switch (sign) {
    case "<":
      return (row) => Number(row[column]) < number;
    case "<=":
      return (row) => Number(row[column]) <= number;
    case ">":
      return (row) => Number(row[column]) > number;
    case ">=":
      return (row) => Number(row[column]) >= number;
    default:
      return (row) => String(row[column]).toLowerCase() === value.toLowerCase();
  }
}
