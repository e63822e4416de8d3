import { concatenateBytes } from "./bytes.ts";
import type { Tokenizer } from "./tokenizer.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The signs that stand for characters one cannot see. */
const signs: ReadonlyMap<string, string> = new Map([
  ["\n", "⏎"],
  ["\r", "␍"],
  ["\t", "⇥"],
]);

/**
 * A readable label for every id of a sequence: the text it stands for, with signs for line ends (⏎), tabs (⇥) and other controls.
 * Tokens that hold bytes of one character say which: an emoji over three tokens is "😀⟨1/3⟩", "😀⟨2/3⟩", "😀⟨3/3⟩"; bytes that make no
 * character are "⟨F0⟩".
 *
 * @throws TokenizationError for an id outside the vocabulary.
 */
export function tokenLabels(tokenizer: Tokenizer, ids: readonly number[]): readonly string[] {
  if (tokenizer.tokenBytes === undefined) return ids.map((id, index) => decodedLabel(tokenizer, ids, index, id));
  const parts: readonly Uint8Array[] = ids.map((id) => tokenizer.tokenBytes!(id));
  return byteLabels(parts).map((label, index) => (label === "" ? tokenizer.idToToken(ids[index]!) : label));
}

/** What an id adds to the text of the one before it. */
function decodedLabel(tokenizer: Tokenizer, ids: readonly number[], index: number, id: number): string {
  const alone = tokenizer.decode([id]).text;
  if (index === 0) return visible(alone);
  const before = tokenizer.decode([ids[index - 1]!]).text;
  const both = tokenizer.decode([ids[index - 1]!, id]).text;
  return visible(both.startsWith(before) ? both.slice(before.length) : alone);
}

function visible(text: string): string {
  let label = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const sign = signs.get(character);
    if (sign !== undefined) label += sign;
    else if (code < 0x20) label += String.fromCodePoint(0x2400 + code);
    else if (code === 0x7f) label += "␡";
    else label += character;
  }
  return label;
}

/** A character's bytes and the tokens that hold them. */
interface Span {
  readonly start: number;
  readonly end: number;
  /** The character, or undefined for a byte that is part of none. */
  readonly character: string | undefined;
}

function byteLabels(parts: readonly Uint8Array[]): string[] {
  const bytes = concatenateBytes(parts);
  const owners = new Int32Array(bytes.length);
  let position = 0;
  for (const [index, part] of parts.entries()) {
    owners.fill(index, position, position + part.length);
    position += part.length;
  }
  const labels = parts.map(() => "");
  for (const span of characters(bytes)) {
    const first = owners[span.start]!;
    const last = owners[span.end - 1]!;
    if (span.character === undefined) {
      labels[first] += `⟨${bytes[span.start]!.toString(16).toUpperCase().padStart(2, "0")}⟩`;
    } else if (first === last) {
      labels[first] += visible(span.character);
    } else {
      // A token without bytes has no share of the character.
      const holders = new Set(owners.subarray(span.start, span.end));
      let share = 0;
      for (const holder of holders) labels[holder] += `${visible(span.character)}⟨${++share}/${holders.size}⟩`;
    }
  }
  return labels;
}

function* characters(bytes: Uint8Array): Generator<Span> {
  let start = 0;
  while (start < bytes.length) {
    const lead = bytes[start]!;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    const character = decoded(bytes.subarray(start, start + length));
    const end = character === undefined ? start + 1 : start + length;
    yield { start, end, character };
    start = end;
  }
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
