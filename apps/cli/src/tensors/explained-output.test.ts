import { HostTensor } from "@attr/core";
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answersInWords, explainedOutput } from "./explained-output.ts";

const output = (...rows: readonly (readonly number[])[]): HostTensor =>
  new HostTensor(Float32Array.from(rows.flat()), [rows.length, rows[0]!.length], "float32");

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -50, max: 50 });

property.prop([fc.array(fc.array(finite, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 6 })])(
  "without a target the surest class of each row is explained",
  (rows) => {
    rows.forEach((row, at) => {
      const { target, index, answers } = explainedOutput(output(...rows), { row: at });
      expect(target).toBe(Math.fround(row[0]!) >= Math.fround(row[1]!) ? 0 : 1);
      expect(index).toBe(target);
      expect(answers.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    });
  },
);

describe("a target", () => {
  const labels = ["1", "0", "tabby, tabby cat", "lynx, catamount", "lynx"];
  const three = output([1, 2, 3, 4, 5]);
  const asked = (target: string | number): unknown => explainedOutput(three, { labels, target }).target;

  test("is a class by its name, before its number", () => {
    expect([asked("1"), asked("0"), asked("4"), asked(1)]).toEqual([0, 1, 4, 1]);
  });

  test("is any of a class's names, in letters of any case", () => {
    expect([asked("Tabby cat"), asked("CATAMOUNT"), asked("tabby, tabby cat"), asked("lynx")]).toEqual([2, 3, 2, 4]);
  });

  test.each([
    ["5", "--target 5 is outside the model's 5 classes (0 to 4)"],
    ["tabbi", 'no class is named "tabbi": there are "1", "0", "tabby, tabby cat", "lynx, catamount", "lynx"'],
    ["LYNX", '2 classes are named "LYNX": give a number, one of 3, 4'],
    ["-1", 'no class is named "-1"'],
  ])("%s is none", (target, sentence) => {
    expect(() => asked(target)).toThrow(sentence);
  });

  test("is none of the names of a single number", () => {
    expect(() => explainedOutput(output([0.9]), { labels: ["no", "yes"], target: "yes" })).toThrow(
      "the model gives one number for its 2 classes",
    );
    expect(explainedOutput(output([0.9]), { labels: ["no", "yes"] }).answers).toEqual([]);
  });

  test("is not looked for where more classes are named than there are", () => {
    expect(() => explainedOutput(output([1, 2]), { labels: ["a", "b", "c"], target: "c" })).toThrow(
      "3 classes are named, and the model's output has 2",
    );
  });

  test("without names has to be a number", () => {
    expect(() => explainedOutput(three, { target: "cat" })).toThrow(
      "the model's folder names no classes, so give a number from 0 to 4",
    );
  });
});

describe("what is explained is called by what it is", () => {
  test.each([
    [output([1, -2]), {}, "the logit of class 0", "logits"],
    [output([0.25, 0.75]), { labels: ["a", "b"] }, 'the probability of "b"', "probability"],
    [output([3]), {}, "the output", "units of the output"],
    [output([0.9]), { labels: ["no", "yes"] }, "the output", "units of the output"],
    [output([0.9]), { labels: ["price"], target: "price" }, "the output", "units of the output"],
    [output([3, 4]), { inner: "hidden" }, '"hidden" [1]', 'units of "hidden"'],
    [new HostTensor(Float32Array.from([0, 1, 2, 3, 9, 5]), [1, 2, 3], "float32"), {}, "output [1, 1]", "units of the output"],
    [
      new HostTensor(Float32Array.from([0, 1, 2, 3, 9, 5]), [1, 2, 3], "float32"),
      { target: "0, 2" },
      "output [0, 2]",
      "units of the output",
    ],
    [new HostTensor(Float32Array.from([7]), [1], "float32"), {}, "the output", "units of the output"],
  ])("%#", (values, reading, explained, unit) => {
    expect(explainedOutput(values, reading)).toMatchObject({ explained, unit });
  });

  test("an index for each axis is needed, within it", () => {
    const cube = new HostTensor(new Float32Array(6), [1, 2, 3], "float32");
    for (const target of ["1", "2,0", "0,3", "a,b", "0,1,2"])
      expect(() => explainedOutput(cube, { target })).toThrow(
        "an example's have shape [2, 3], and an index for each axis is needed",
      );
  });
});

test("the answers are told with what the model is sure of, names in quotes", () => {
  const { answers } = explainedOutput(output([0.2, 0.7, 0.05, 0.05]), { labels: ["cat", "dog"] });
  expect(answersInWords(answers)).toBe('The model answers "dog" (70.0 %), then "cat" (20.0 %), then class 2 (5.0 %).');
  expect(answersInWords([])).toBe("");
});
