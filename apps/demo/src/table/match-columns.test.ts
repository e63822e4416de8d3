import { readTable } from "@attr/inputs";
import { describe, expect, test } from "vitest";
import { matchColumns } from "./match-columns.ts";

const penguins = readTable("species,bill,island,sex\nAdelie,39.1,Torgersen,male\nGentoo,46,Biscoe,female\nGentoo,47,Biscoe,\n");
const numbers = readTable("a,b,c\n1,2,3\n");

describe("matchColumns", () => {
  test("as many columns as the model takes: all of them, or all but the truth", () => {
    expect(matchColumns(numbers, 3, undefined, "t.csv")).toEqual({ columns: ["a", "b", "c"] });
    expect(matchColumns(numbers, 2, undefined, "t.csv")).toEqual({ columns: ["a", "b"], truth: 2 });
    expect(matchColumns(numbers, undefined, undefined, "t.csv")).toEqual({ columns: ["a", "b", "c"] });
  });

  test("words become one column a category, and a column of words is most likely the truth", () => {
    expect(matchColumns(penguins, 5, undefined, "t.csv")).toEqual({
      columns: ["bill", "island=Biscoe", "island=Torgersen", "sex=female", "sex=male"],
      truth: 0,
    });
  });

  test("a file beside the model that names them is believed", () => {
    expect(matchColumns(penguins, 3, ["bill", "sex=male", "sex=female"], "t.csv")).toEqual({
      columns: ["bill", "sex=male", "sex=female"],
      truth: 0,
    });
  });

  test("what does not fit is told with both sides", () => {
    expect(() => matchColumns(numbers, 9, undefined, "t.csv")).toThrow(
      "the model takes 9 columns, and “t.csv” has 3: “a”, “b”, “c”. Leave out",
    );
  });
});
