import { readTable } from "@attr/inputs";
import { expect, test } from "vitest";
import { findRows } from "./find-rows.ts";

const table = readTable("species,mass,sex\nAdelie,3750,male\nGentoo,5000,female\nGentoo,4400,male\n");

test.each([
  ["", [0, 1, 2]],
  ["gentoo", [1, 2]],
  ["gentoo MALE", [1, 2]],
  ["gentoo sex=male", [2]],
  ["mass>4000", [1, 2]],
  ["mass>=4400 mass<5000", [2]],
  ["mass<=3750", [0]],
  ["37", [0]],
  ["nobody", []],
  ["mass>heavy", []],
])("“%s” finds rows %j", (search, rows) => {
  expect(findRows(table, search)).toEqual(rows);
});
