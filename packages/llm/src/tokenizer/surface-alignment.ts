import { TokenizationError } from "@attr/core";
import { concatenateBytes } from "./bytes.ts";
import { OffsetCollector, type TextOffsets } from "./encoding.ts";
import { describeValue } from "./json.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A character of a text or of tokens, in the form in which both are compared. */
interface Folded {
  readonly character: string;
  readonly start: number;
  readonly end: number;
}

/** What tokenizers drop or add: white space, word-start marks, controls, accents. */
const skippable = /^[\p{White_Space}\p{C}\p{M}\u2581]$/u;

/**
 * Offsets of tokens from their bytes alone, for a tokenizer whose normaliser is not known: characters are compared without case,
 * accents and compatibility forms, and what neither side must carry is skipped.
 *
 * @throws TokenizationError where the tokens are not found in the text in order (an unknown token, a rewriting normaliser).
 */
export function alignSurfaces(text: string, tokens: readonly Uint8Array[]): TextOffsets {
  const surface = joined(tokens);
  const source = folded(text);
  const target = folded(surface.text);
  /** Where in the text each unit of the surface was found. */
  const starts = new Int32Array(surface.text.length).fill(-1);
  const ends = new Int32Array(surface.text.length).fill(-1);
  const match = (unitFrom: Folded, place: Folded): void => {
    for (let unit = unitFrom.start; unit < unitFrom.end; unit++) {
      if (starts[unit] === -1) starts[unit] = place.start;
      ends[unit] = place.end;
    }
  };
  let next = 0;
  let index = 0;
  while (index < target.length || next < source.length) {
    const sourceEnd = skippableRun(source, next);
    const targetEnd = skippableRun(target, index);
    matchBackwards(source.slice(next, sourceEnd), target.slice(index, targetEnd), match);
    next = sourceEnd;
    index = targetEnd;
    if (index === target.length && next === source.length) break;
    const here = target[index];
    const there = source[next];
    if (here === undefined || there === undefined || here.character !== there.character) {
      throw lost(text, there?.start ?? text.length, here === undefined ? "" : surface.text.slice(here.start, here.start + 20));
    }
    match(here, there);
    index++;
    next++;
  }
  const offsets = new OffsetCollector();
  for (const [unitStart, unitEnd] of surface.units) {
    let start = -1;
    let end = -1;
    for (let unit = unitStart; unit < unitEnd; unit++) {
      if (starts[unit] === -1) continue;
      if (start === -1) start = starts[unit]!;
      end = ends[unit]!;
    }
    if (start === -1) offsets.addEmpty();
    else offsets.add(start, end);
  }
  return offsets.finish(text.length);
}

function skippableRun(characters: readonly Folded[], from: number): number {
  let end = from;
  while (end < characters.length && skippable.test(characters[end]!.character)) end++;
  return end;
}

/** Pairs what both sides have from the end on: what one side has too much stands before (a mark put before the text, a gap). */
function matchBackwards(
  source: readonly Folded[],
  target: readonly Folded[],
  match: (here: Folded, there: Folded) => void,
): void {
  const pairs: (readonly [Folded, Folded])[] = [];
  let place = source.length - 1;
  for (let index = target.length - 1; index >= 0 && place >= 0; index--) {
    const here = target[index]!;
    let found = place;
    while (found >= 0 && source[found]!.character !== here.character) found--;
    if (found < 0) continue;
    pairs.push([here, source[found]!]);
    place = found - 1;
  }
  for (const [here, there] of pairs.reverse()) match(here, there);
}

function lost(text: string, position: number, surface: string): TokenizationError {
  return new TokenizationError(
    `the tokens do not follow the text at ${position} (${describeValue(text.slice(position, position + 20))} in the text, ${describeValue(surface)} in the tokens): offsets are not known; load the tokenizer with loadTokenizer from its tokenizer.json instead`,
  );
}

/** The text that tokens make together, and for each the units whose first byte it holds. */
function joined(tokens: readonly Uint8Array[]): {
  readonly text: string;
  readonly units: readonly (readonly [number, number])[];
} {
  const bytes = concatenateBytes(tokens);
  const text = decoder.decode(bytes);
  const units: (readonly [number, number])[] = [];
  let byte = 0;
  let unit = 0;
  for (const token of tokens) {
    const start = unit;
    for (let index = 0; index < token.length; index++, byte++) {
      const value = bytes[byte]!;
      if ((value & 0xc0) !== 0x80) unit += value >= 0xf0 ? 2 : 1;
    }
    units.push([start, unit]);
  }
  return { text, units };
}

function folded(text: string): readonly Folded[] {
  const result: Folded[] = [];
  let position = 0;
  for (const character of text) {
    const start = position;
    position += character.length;
    // A word-start mark is a space, also where the text itself has one.
    const compared = character === "\u2581" ? " " : character.normalize("NFKD").toLowerCase();
    for (const part of compared) result.push({ character: part, start, end: position });
  }
  return result;
}
