import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Offset } from "./encoding.ts";
import { huggingFaceTokenizer } from "./hugging-face-tokenizer.ts";
import type { Encoding } from "./tokenizer.ts";

interface Case {
  readonly text: string;
  readonly pair?: string;
  readonly ids: readonly number[];
  /** Start and end of every token in code points, one pair after the other. */
  readonly offsets: readonly number[];
  readonly typeIds?: readonly number[];
  readonly specialIds?: readonly number[];
  readonly specialTypeIds?: readonly number[];
  readonly decoded?: string;
}

interface Group {
  readonly name: string;
  readonly tokenizer: unknown;
  readonly cases: readonly Case[];
}

const vectors: { readonly groups: readonly Group[] } = JSON.parse(
  readFileSync(new URL("./tokenizer-offsets.fixture.json", import.meta.url), "utf8"),
);

/** The reference's offsets in UTF-16 units. */
function inUnits(text: string, flat: readonly number[]): readonly Offset[] {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  const offsets: Offset[] = [];
  for (let index = 0; index < flat.length; index += 2) offsets.push([units[flat[index]!]!, units[flat[index + 1]!]!]);
  return offsets;
}

/** A word-start mark that was put into the text: it has the span of the character after it there, and is empty here. */
function isInsertedMark(tokens: readonly string[], reference: readonly Offset[], index: number): boolean {
  const next = reference[index + 1];
  return /^[▁Ġ]$/.test(tokens[index]!) && next !== undefined && next[0] === reference[index]![0];
}

const byteToken = /^<0x[0-9A-F]{2}>$/;

/** Normalisers that make one character of several: the reference gives it the span of one of them, ours of all. */
const joiningNormalizers = /"(?:NFC|NFKC|NFD|NFKD|Precompiled|Replace)"/;

/**
 * Theirs and ours differ by design in four ways. Offsets there overlap where tokens share a character; here the first carries it.
 * Marks put into the text are empty here. A character made of several carries all of them here. The byte tokens of a run of unknown
 * characters have the span of the whole run there, of their own character here.
 */
function expectAgreement(encoding: Encoding, reference: readonly Offset[], length: number, joins: boolean): void {
  const found = encoding.contentOffsets!;
  expect(found).toHaveLength(reference.length);
  let end = 0;
  for (const [index, [from, to]] of reference.entries()) {
    if (isInsertedMark(encoding.tokens, reference, index)) {
      const [start, stop] = found[index]!;
      expect(start).toBe(stop);
      expect(start).toBeGreaterThanOrEqual(end);
      expect(stop).toBeLessThanOrEqual(Math.max(from, end));
      end = stop;
      continue;
    }
    const expected: Offset = [Math.max(from, end), Math.max(to, end)];
    const [start, stop] = found[index]!;
    const sharesRun = byteToken.test(encoding.tokens[index]!) && to - from > 1;
    if (sharesRun) {
      expect(start).toBeGreaterThanOrEqual(end);
      if (!joins) expect(stop).toBeLessThanOrEqual(to);
      const isLast = reference[index + 1]?.[0] !== from;
      if (isLast && !joins) expect(stop).toBe(to);
    } else if (joins) {
      const next = reference.find(([later], place) => place > index && later > from)?.[0] ?? length;
      expect(start).toBeLessThanOrEqual(expected[0]);
      expect(start).toBeGreaterThanOrEqual(end);
      expect(stop).toBeGreaterThanOrEqual(expected[1]);
      expect(stop).toBeLessThanOrEqual(Math.max(next, expected[1]));
    } else expect([start, stop]).toEqual(expected);
    end = stop;
  }
}

describe.each(vectors.groups)("$name", ({ name, tokenizer: json, cases }) => {
  const tokenizer = huggingFaceTokenizer({ tokenizerJson: json });
  const joins = joiningNormalizers.test(JSON.stringify((json as { readonly normalizer: unknown }).normalizer));
  // The reference loses count of characters it drops, and leaves "</w>" in decoded text to its callers.
  const dropsCharacters = name === "bpe without unknown";
  const hasWordEnds = name === "clip";

  test("ids, types and decoded text are the reference's, and so are the offsets but for the rules of covering", () => {
    for (const { text, pair, ids, offsets, typeIds, specialIds, specialTypeIds, decoded } of cases) {
      const encoding = tokenizer.encode(text, { pair, addSpecialTokens: false });
      expect(encoding.ids, text).toEqual(ids);
      if (pair === undefined && !dropsCharacters) expectAgreement(encoding, inUnits(text, offsets), text.length, joins);
      if (typeIds !== undefined) expect(encoding.typeIds).toEqual(typeIds);
      if (specialIds !== undefined) expect(tokenizer.encode(text, { pair }).ids).toEqual(specialIds);
      if (specialTypeIds !== undefined) expect(tokenizer.encode(text, { pair }).typeIds).toEqual(specialTypeIds);
      if (decoded !== undefined && !hasWordEnds) expect(tokenizer.decode(ids).text).toBe(decoded);
    }
  });

  test("offsets are in order and cover the text", () => {
    for (const { text } of cases) {
      const { offsets, ids } = tokenizer.encode(text, { addSpecialTokens: false });
      if (ids.length === 0) continue;
      expect(offsets.map(([start, end]) => text.slice(start, end)).join("")).toBe(text);
      expect(offsets.every(([start, end], index) => start === (offsets[index - 1]?.[1] ?? 0) && end >= start)).toBe(true);
    }
  });
});
