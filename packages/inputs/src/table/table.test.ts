import { FeatureAblation, functionModel } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { backgroundOf } from "./background.ts";
import { groupColumns } from "./group-columns.ts";
import { readDelimited } from "./read-delimited.ts";
import { readTable } from "./read-table.ts";
import { rowsTensor } from "./rows-tensor.ts";

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

describe("readDelimited", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "1", " ", ",", ";", '"', "\n", "\r", "é"), maxLength: 6 });
  const rows = fc
    .integer({ min: 2, max: 4 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 5 }));

  test.prop([rows, fc.constantFrom(",", ";", "\t"), fc.constantFrom("\n", "\r\n", "\r"), fc.boolean()])(
    "what is written in quotes is read as it was",
    (given, delimiter, end, closed) => {
      const text = given.map((cells) => cells.map(quoted).join(delimiter)).join(end) + (closed ? end : "");
      expect(readDelimited(text, delimiter).map(({ cells }) => cells)).toEqual(given);
    },
  );

  test("plain cells, empty ones, a byte order mark, empty lines and line numbers", () => {
    expect(readDelimited('\uFEFFa,b\r\n\r\n1,\n"x\ny",2\n,\n', ",")).toEqual([
      { cells: ["a", "b"], line: 1 },
      { cells: ["1", ""], line: 3 },
      { cells: ["x\ny", "2"], line: 4 },
      { cells: ["", ""], line: 6 },
    ]);
  });

  test("quotes that are not closed, or are followed by text, are told by their line", () => {
    expect(() => readDelimited('a\n"b', ",")).toThrow("line 2 of the table opens a quote that is never closed");
    expect(() => readDelimited('a\n"b"c', ",")).toThrow('line 2 of the table has "c" behind a closed quote');
  });
});

describe("readTable", () => {
  test("columns of numbers are numbers, missing ones NaN, and all else text", () => {
    expect(readTable("age;island;mass\n1;Dream;3.5e3\n;Biscoe;NA\n")).toEqual({
      names: ["age", "island", "mass"],
      rows: [
        [1, "Dream", 3500],
        [Number.NaN, "Biscoe", Number.NaN],
      ],
    });
  });

  test.each([
    ["", "the table is empty: its first line names the columns"],
    ["a,,b\n", "column 2 of the table has no name"],
    ["a,a\n", 'the table has two columns named "a"'],
    ["a,b\n1,2\n3\n", "line 3 of the table has 1 cells for 2 columns"],
  ])("%j is refused with a sentence", (text, sentence) => {
    expect(() => readTable(text)).toThrow(sentence);
  });

  test.prop([fc.string()])("whatever the text is, it is a table or an error of ours", (text) => {
    try {
      const { names, rows } = readTable(text);
      for (const row of rows) expect(row.length).toBe(names.length);
    } catch (error) {
      expect((error as Error).name).toBe("InvalidArgumentError");
    }
  });
});

describe("columns as features", () => {
  const names = ["mass", "island=Biscoe", "age", "island=Dream"];

  test("columns name=category are one feature together", () => {
    const { groups, mask } = groupColumns(names);
    expect(groups).toEqual([
      { name: "mass", columns: [0] },
      { name: "island", columns: [1, 3], categories: ["Biscoe", "Dream"] },
      { name: "age", columns: [2] },
    ]);
    expect([mask.shape, [...mask.data]]).toEqual([
      [1, 4],
      [0, 1, 2, 1],
    ]);
    expect(() => groupColumns(["a", "a=1"])).toThrow('"a" is a column of its own and one of categories');
    expect(() => groupColumns(["a", "a"])).toThrow('two columns are named "a"');
  });

  test("rows are in the model's order, and categories become 0 and 1", () => {
    const table = readTable("island,age,mass\nDream,2,10\nBiscoe,4,30\nDream,6,20\n");
    const rows = rowsTensor(table, names);
    expect(rows.shape).toEqual([3, 4]);
    expect([...rows.data]).toEqual([10, 0, 2, 1, 30, 1, 4, 0, 20, 0, 6, 1]);
    const background = backgroundOf(rows, groupColumns(names));
    expect([...background.data]).toEqual([20, 0, 4, 1]);
  });

  test("an empty cell is none of the categories, save where one is called so", () => {
    const table = readTable("sex,age\nmale,1\n,2\nNA,3\nfemale,4\n");
    expect([...rowsTensor(table, ["sex=female", "sex=male"]).data]).toEqual([0, 1, 0, 0, 0, 0, 1, 0]);
    expect([...rowsTensor(table, ["sex=female", "sex=male", "sex=NA"]).data]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0]);
  });

  test("a column, a number or a category that is not there is told by name", () => {
    const table = readTable("island,age\nDream,2\nTorgersen,\n");
    expect(() => rowsTensor(table, ["sex=male"])).toThrow('the table has no column "sex=male"; its columns are "island", "age"');
    expect(() => rowsTensor(table, ["age"])).toThrow('row 2 of the table has no number in column "age"');
    for (const cell of ["1e999", "-4e38"])
      expect(() => rowsTensor(readTable(`age\n1\n${cell}`))).toThrow(
        'row 2 of the table has a number that float32 does not hold in column "age"',
      );
    expect(() => rowsTensor(table, ["island=Dream"])).toThrow(
      'row 2 of the table has "Torgersen" in column "island"; the model knows "Dream"',
    );
    expect(() => rowsTensor(table)).toThrow('row 1 of the table has "Dream" in column "island"');
    expect(() => backgroundOf({ data: [], shape: [0, 1] }, groupColumns(["a"]))).toThrow("at least one row");
  });

  test.prop([fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 8 })])(
    "the background has the mean of numbers and one most frequent category, and explains as a baseline",
    async (given) => {
      const columns = ["x", "k=0", "k=1", "k=2"];
      const rows = rowsTensor({ names: ["x", "k"], rows: given.map(([x, k]) => [x, String(k)]) }, columns);
      const groups = groupColumns(columns);
      const background = backgroundOf(rows, groups);
      expect(background.data[0]).toBeCloseTo(given.reduce((sum, [x]) => sum + x, 0) / given.length, 5);
      const counts = [0, 1, 2].map((category) => given.filter(([, k]) => k === category).length);
      const chosen = [...background.data.subarray(1)];
      expect(chosen.reduce((sum, value) => sum + value, 0)).toBe(1);
      expect(counts[chosen.indexOf(1)]).toBe(Math.max(...counts));
      const model = functionModel<"x">(({ x }) =>
        Array.from({ length: x.shape[0]! }, (_, row) => Number(x.data[4 * row]) + 5 * Number(x.data[4 * row + 2])),
      );
      const options = { baselines: { x: background }, featureMask: { x: groups.mask } };
      const result = await new FeatureAblation(model).attribute({ x: rows }, options);
      const own = result.attributions["x"]!.data;
      given.forEach(([x, k], row) => {
        expect(own[4 * row]).toBeCloseTo(x - background.data[0]!, 4);
        expect(own[4 * row + 1]).toBeCloseTo(5 * (Number(k === 1) - background.data[2]!), 4);
      });
    },
  );
});
