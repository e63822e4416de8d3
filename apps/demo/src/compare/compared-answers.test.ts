import type { ComparisonDocument, TabularDocument, TextDocument } from "@attr/viz";
import { describe, expect, test } from "vitest";
import {
  answersOrSaved,
  type ComparedAnswer,
  comparedDocument,
  comparedJson,
  comparedReader,
  type ShownAnswer,
} from "./compared-answers.ts";

/** Reads numbers, and nothing else. */
const read = comparedReader((value: unknown): number => {
  const number = typeof value === "object" && value !== null && "number" in value ? value.number : value;
  if (typeof number !== "number") throw new Error("it is no number");
  return number;
});
const json = (number: number): object => ({ schema: "number/1", number });

const head = { title: "", explained: "the answer", unit: "nats", method: "", notes: [], features: ["one"] };
const rows = [{ label: "", scores: [1] }];
const text: TextDocument = { ...head, kind: "text", pieces: [{ text: "one", feature: 0 }], rows };
const table: TabularDocument = { ...head, kind: "tabular", rows };

describe("what a room compares", () => {
  test("comes from its worker, or from a file where the worker has said nothing", () => {
    expect(answersOrSaved([], { number: 3 })).toEqual({ number: 3 });
    const answers = [{ label: "LIME", answer: 1, milliseconds: 5 }];
    expect(read(answersOrSaved(answers, { number: 3 }))).toEqual([{ label: "LIME", result: 1, milliseconds: 5 }]);
    expect(read({ number: 3 })).toEqual([{ label: "", result: 3 }]);
  });

  test("is saved as it is where it is alone, else as a comparison, and comes back", () => {
    const answers: ComparedAnswer<number>[] = [
      { label: "LIME", result: 1, milliseconds: 5 },
      { label: "Saliency", result: 2 },
    ];
    expect(comparedJson("table", answers.slice(0, 1), json)).toEqual({ schema: "number/1", number: 1 });
    const saved: unknown = JSON.parse(JSON.stringify(comparedJson("table", answers, json)));
    expect(saved).toMatchObject({ schema: "attr.comparison/1", room: "table" });
    expect(read(saved)).toEqual(answers);
  });

  test.each([
    [{ schema: "attr.comparison/1", results: [] }, "it holds no results to compare"],
    [{ schema: "attr.comparison/1", results: 3 }, "it holds no results to compare"],
    [{ schema: "attr.comparison/1", results: [{ label: "LIME" }] }, "result 1 of the comparison is none"],
    [{ schema: "attr.comparison/1", results: [{ label: "LIME", result: "x" }] }, "it is no number"],
  ])("a file that holds something else is refused (%#)", (saved, sentence) => {
    expect(() => read(saved)).toThrow(sentence);
  });

  test("one is shown as it is, several side by side, and what is of another kind is named and left out", () => {
    const answer = (label: string, result: "text" | "table"): ComparedAnswer<"text" | "table"> => ({
      label,
      result,
      milliseconds: 3,
    });
    const show = (result: "text" | "table"): ShownAnswer => ({
      document: result === "text" ? text : table,
      cost: { calls: 2, rows: 4 },
    });
    expect(comparedDocument([answer("LIME", "text")], show)).toBe(text);
    expect(comparedDocument([answer("LIME", "text"), answer("Saliency", "text")], show)).toMatchObject({
      kind: "comparison",
      parts: [{ label: "LIME", cost: { calls: 2, rows: 4, milliseconds: 3 } }, { label: "Saliency" }],
    });
    const mixed = comparedDocument([answer("LIME", "text"), answer("Grad-CAM", "table")], show) as ComparisonDocument; // two of them
    expect(mixed.parts).toHaveLength(1);
    expect(mixed.notes[0]).toMatch(/^Grad-CAM has scores of another shape/);
  });
});
