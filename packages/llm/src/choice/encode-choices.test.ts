import { talesChoice } from "@attr/models";
import { describe, expect, test } from "vitest";
import { loadTokenizer } from "../tokenizer/load-tokenizer.ts";
import { encodeChoices } from "./encode-choices.ts";

describe("encodeChoices", async () => {
  const tokenizer = await loadTokenizer(talesChoice);
  const prompt = "Sue has a blue kite. Who has the kite?";
  const options = ["Sue", "Barnaby and Matilda"];
  const encoded = encodeChoices(prompt, options, tokenizer);
  const row = (name: keyof typeof encoded, option: number): number[] => {
    const [, , length] = encoded[name].shape;
    return Array.from(encoded[name].data, Number).slice(option * length!, (option + 1) * length!);
  };

  test("a row is the pair of prompt and option, then padding that is not attended to", () => {
    expect(encoded.input_ids.shape).toEqual([
      1,
      2,
      Math.max(...options.map((pair) => tokenizer.encode(prompt, { pair }).ids.length)),
    ]);
    options.forEach((pair, option) => {
      const { ids, typeIds } = tokenizer.encode(prompt, { pair });
      const padding = encoded.input_ids.shape[2]! - ids.length;
      expect(row("input_ids", option)).toEqual([...ids, ...Array(padding).fill(tokenizer.padToken)]);
      expect(row("token_type_ids", option)).toEqual([...typeIds, ...Array(padding).fill(0)]);
      expect(row("attention_mask", option)).toEqual([...ids.map(() => 1), ...Array(padding).fill(0)]);
    });
  });

  test("a token of the prompt is one feature in all rows, a token of an option one in its row", () => {
    const [first, second] = [row("featureMask", 0), row("featureMask", 1)];
    const types = row("token_type_ids", 1);
    const shared = types.indexOf(1);
    expect(first.slice(0, shared)).toEqual(second.slice(0, shared));
    expect(new Set(first.slice(0, shared)).size).toBe(shared);
    const own = second.slice(shared);
    expect(own.some((id) => first.includes(id))).toBe(false);
    expect(new Set(own).size).toBe(own.length);
  });

  test("options must be given", () => {
    expect(() => encodeChoices(prompt, [], tokenizer)).toThrow("options must hold at least one text, got none");
  });
});
