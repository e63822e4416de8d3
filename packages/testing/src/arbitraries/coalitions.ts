import { BitMatrix } from "@attr/core";
import fc from "fast-check";

/** Up to `maxRows` coalitions of so many players, in any order, now and then the same one twice. */
export function coalitions(players: number, maxRows = 8): fc.Arbitrary<BitMatrix> {
  const row = fc.array(fc.boolean(), { minLength: players, maxLength: players });
  return fc.array(row, { maxLength: maxRows }).map((rows) => coalitionsOf(players, rows));
}

/** Coalitions by who is present. */
export function coalitionsOf(players: number, rows: readonly (readonly boolean[])[]): BitMatrix {
  const matrix = new BitMatrix(rows.length, players);
  for (const [row, present] of rows.entries()) for (const [player, is] of present.entries()) matrix.set(row, player, is);
  return matrix;
}
