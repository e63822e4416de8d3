import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import type { InterpretableInput } from "./interpretable-input.ts";
import { ProductBaselines } from "./product-baselines.ts";
import { TextTemplateInput } from "./text-template-input.ts";

/** The prompt's text with the players present whose bit is 1. */
function text(input: InterpretableInput, ...bits: number[]): string {
  const prompt = input.prompt(bits.length === 0 ? undefined : (player) => bits[player] === 1);
  if (prompt.kind !== "text") throw new Error("a template makes text");
  return prompt.text;
}

describe("published prompts", () => {
  const template = "{} b {} {} e {}";
  const values = ["a", "c", "d", "f"];

  test("all values present make the prompt itself", () => {
    expect(text(new TextTemplateInput(template, { values }))).toBe("a b c d e f");
  });

  test("an absent value is empty by default, and the spaces around it stay", () => {
    expect(text(new TextTemplateInput(template, { values }), 1, 0, 1, 0)).toBe("a b  d e ");
  });

  test("an absent value is its baseline", () => {
    const input = new TextTemplateInput(template, { values, baselines: ["w", "x", "y", "z"] });
    expect(text(input, 1, 0, 1, 0)).toBe("a b x d e z");
  });

  test("values of one mask id are switched together", () => {
    const input = new TextTemplateInput(template, { values, mask: [0, 1, 0, 1] });
    expect(input.players).toBe(2);
    expect(input.playerOf).toEqual([0, 1, 0, 1]);
    expect(text(input, 1, 0)).toBe("a b  d e ");
  });
});

describe("forms of templates", () => {
  test("fields by name take a record, in any order and more than once", () => {
    const input = new TextTemplateInput("{city}: {name} likes {city}.", {
      values: { name: "Ann", city: "Ulm" },
      baselines: { city: "Bonn", name: "Tom" },
      mask: { name: "x", city: "y" },
    });
    expect(input.values).toEqual(["Ann", "Ulm"]);
    expect(text(input, 0, 1)).toBe("Ulm: Tom likes Ulm.");
    expect(text(input, 1, 0)).toBe("Bonn: Ann likes Bonn.");
  });

  test("fields by index, and braces", () => {
    const input = new TextTemplateInput('{1}{0} {{"a": {1}}}', { values: ["x", "y"] });
    expect(text(input)).toBe('yx {"a": y}');
  });

  test("a function gets the values in the form they were given in", () => {
    const list = new TextTemplateInput(([a, b]) => `${b}-${a}`, { values: ["x", "y"] });
    expect(text(list)).toBe("y-x");
    const named = new TextTemplateInput(({ a, b }) => `${b}-${a}`, { values: { a: "x", b: "y" } });
    expect(text(named, 0, 1)).toBe("y-");
    expect(named.layout).toBeUndefined();
  });

  test("the layout says where every value lies", () => {
    const { layout, values } = new TextTemplateInput("{b} and {a}", { values: { a: "one", b: "two" } });
    expect(layout!.spans.map(([start, end]) => layout!.text.slice(start, end))).toEqual(values);
  });

  test.prop([
    fc.array(fc.string(), { minLength: 1, maxLength: 6 }),
    fc.array(fc.string(), { minLength: 7, maxLength: 7 }),
    fc.nat(),
  ])("any values and any text between them come out as they went in", (values, between, bits) => {
    const template = values.map((_, index) => `${between[index]!.replaceAll("{", "{{").replaceAll("}", "}}")}{}`).join("");
    const input = new TextTemplateInput(template, { values });
    const expected = values.map((value, index) => between[index] + ((bits >> index) & 1 ? value : "")).join("");
    expect(text(input, ...values.map((_, index) => (bits >> index) & 1))).toBe(expected);
  });
});

describe("drawn baselines", () => {
  const candidates = { name: ["Tom", "Ben", "Jim"], city: ["Ulm", "Bonn", "Kiel"] };
  const make = (seed: number) =>
    new TextTemplateInput("{name} in {city}", {
      values: { name: "Ann", city: "Rome" },
      baselines: new ProductBaselines(candidates),
      seed,
    });

  test("the same coalition gets the same draw, whatever was asked before", () => {
    const input = make(1);
    const first = text(input, 0, 0);
    for (let i = 0; i < 5; i++) text(input, 1, 0);
    expect(text(input, 0, 0)).toBe(first);
    expect(text(make(1), 0, 0)).toBe(first);
  });

  test("over seeds every candidate is drawn", () => {
    const drawn = new Set(Array.from({ length: 60 }, (_, seed) => text(make(seed), 0, 1)));
    expect(drawn).toEqual(new Set(candidates.name.map((name) => `${name} in Rome`)));
  });

  test("names drawn together stay together", () => {
    const joint = [
      {
        names: ["name", "pronoun"],
        values: [
          ["Tom", "he"],
          ["Ann", "she"],
        ],
      },
    ] as const;
    for (let seed = 0; seed < 20; seed++) {
      const input = new TextTemplateInput("{name} {pronoun}", {
        values: { name: "Sue", pronoun: "she" },
        baselines: new ProductBaselines(joint),
        seed,
      });
      expect(["Tom he", "Ann she"]).toContain(text(input, 0, 0));
    }
  });

  test("a function of the seeded generator is as good", () => {
    const input = new TextTemplateInput("{}", { values: ["a"], baselines: (random) => [String(random.integer(1000))] });
    expect(text(input, 0)).toBe(text(input, 0));
  });
});

describe("what does not fit is refused in a sentence", () => {
  test.each([
    [() => new TextTemplateInput("{} {}", { values: ["a"] }), "template has more fields than values: 1 values"],
    [() => new TextTemplateInput("{}", { values: ["a", "b"] }), "template has 1 fields for 2 values"],
    [() => new TextTemplateInput("{0} {2}", { values: ["a", "b"] }), "template has a field {2} for 2 values"],
    [() => new TextTemplateInput("{0}", { values: ["a", "b"] }), "template has no field for value 1"],
    [() => new TextTemplateInput("{0} {}", { values: ["a", "b"] }), "template mixes {} with {0}"],
    [() => new TextTemplateInput("{x}", { values: ["a"] }), "values are a list"],
    [() => new TextTemplateInput("{x}", { values: { y: "a" } }), "values have no x, only y"],
    [() => new TextTemplateInput("{}", { values: { y: "a" } }), "values have names"],
    [() => new TextTemplateInput("{", { values: ["a"] }), 'a "{" at 0 that is never closed'],
    [() => new TextTemplateInput("a}", { values: ["a"] }), 'a "}" at 1 that closes nothing'],
    [() => new TextTemplateInput("", { values: [] }), "values are empty"],
    [
      () => new TextTemplateInput("{}", { values: ["a"], baselines: ["b", "c"] }),
      "baselines must hold 1 entries, one a value, got 2",
    ],
    [() => new TextTemplateInput("{}", { values: ["a"], mask: [1, 2] }), "mask must hold 1 entries"],
    [() => new TextTemplateInput("{a}", { values: { a: "x" }, baselines: { b: "y" } as never }), "baselines have an entry b"],
    [() => new ProductBaselines([["a"], []]), "candidates of 1 are empty"],
    [() => new ProductBaselines([{ names: ["a", "b"], values: [["x"]] }]), "every candidate of a, b must be 2 strings"],
  ])("%#", (make, sentence) => {
    expect(make).toThrow(sentence);
  });
});
