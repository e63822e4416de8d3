import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { besideFromAddress, besideToAddress, chosenMethods, questionsOf } from "./compared-methods.ts";

const methods = ["a", "b", "c", "d"].map((name) => ({ name, label: name.toUpperCase() }));
const names = methods.map(({ name }) => name);
const asked = fc.record({ method: fc.constantFrom(...names), beside: fc.subarray(names) });

describe("methods side by side", () => {
  test.prop([asked])("are asked one after another, the chosen one first, none twice", ({ method, beside }) => {
    const questions = questionsOf({ method, beside, samples: 5 }, methods);
    expect(questions[0]).toEqual({ label: method.toUpperCase(), question: { method, beside: [], samples: 5 } });
    expect(questions.slice(1).map(({ question }) => question.method)).toEqual(
      names.filter((name) => name !== method && beside.includes(name)),
    );
    expect(chosenMethods({ method, beside }, methods)).toHaveLength(questions.length);
  });

  test.prop([asked])("come back from an address", ({ method, beside }) => {
    const others = beside.filter((name) => name !== method);
    expect(besideFromAddress(besideToAddress(others), method, methods)).toEqual(others);
  });

  test.prop([fc.option(fc.string())])("what an address says is methods of the list", (text) => {
    for (const name of besideFromAddress(text, "a", methods)) expect(names.slice(1)).toContain(name);
  });
});
