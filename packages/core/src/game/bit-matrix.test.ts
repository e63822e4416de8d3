import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { BitMatrix } from "./bit-matrix.ts";

const rowsOfBits = fc
  .integer({ min: 0, max: 70 })
  .chain((columns) =>
    fc.array(fc.array(fc.boolean(), { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 5 }),
  );

function matrixOf(rows: boolean[][]): BitMatrix {
  const matrix = new BitMatrix(rows.length, rows[0]!.length);
  rows.forEach((bits, row) => {
    bits.forEach((bit, column) => {
      matrix.set(row, column, bit);
    });
  });
  return matrix;
}

function rowOf(matrix: BitMatrix, row: number): boolean[] {
  return Array.from({ length: matrix.columns }, (_, column) => matrix.get(row, column));
}

describe("BitMatrix", () => {
  test.prop([rowsOfBits])("gives back the bits that were set", (rows) => {
    const matrix = matrixOf(rows);
    rows.forEach((bits, row) => {
      expect(rowOf(matrix, row)).toEqual(bits);
      expect(matrix.count(row)).toBe(bits.filter(Boolean).length);
      expect([...matrix.columnsOf(row)]).toEqual(bits.flatMap((bit, column) => (bit ? [column] : [])));
      expect([...matrix.absentColumnsOf(row)]).toEqual(bits.flatMap((bit, column) => (bit ? [] : [column])));
    });
  });

  test.prop([rowsOfBits])("keys are equal for equal rows and only for them", (rows) => {
    const matrix = matrixOf(rows);
    for (let a = 0; a < rows.length; a++)
      for (let b = 0; b < rows.length; b++)
        expect(matrix.key(a) === matrix.key(b)).toBe(JSON.stringify(rows[a]) === JSON.stringify(rows[b]));
  });

  test.prop([rowsOfBits])("a complemented or filled row leaves the spare bits of its last word alone", (rows) => {
    const matrix = matrixOf(rows);
    const same = matrixOf(rows);
    const columns = rows[0]!.length;
    rows.forEach((bits, row) => {
      matrix.complementRow(row);
      expect(rowOf(matrix, row)).toEqual(bits.map((bit) => !bit));
      expect(matrix.count(row)).toBe(columns - bits.filter(Boolean).length);
      matrix.complementRow(row);
      expect(matrix.key(row)).toBe(same.key(row));
      matrix.fillRow(row);
      expect(matrix.count(row)).toBe(columns);
    });
    expect(BitMatrix.full(1, columns).key(0)).toBe(matrix.key(0));
  });

  test.prop([rowsOfBits])("selects rows in the order given", (rows) => {
    const matrix = matrixOf(rows);
    const picks = rows.map((_, row) => rows.length - 1 - row);
    const picked = matrix.select(picks);
    picks.forEach((row, at) => {
      expect(rowOf(picked, at)).toEqual(rows[row]);
    });
  });
});
