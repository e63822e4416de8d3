import { TokenizationError, UnsupportedError } from "@attr/core";
import { AddedTokenFinder } from "./added-tokens.ts";
import { alignedText } from "./aligned-text.ts";
import { byteLevelOfBytes, bytesOfByteLevel, utf8Length } from "./byte-level.ts";
import { concatenateBytes } from "./bytes.ts";
import { checkedIds, checkedText, lazilyExact } from "./checks.ts";
import { composeEncoding, OffsetCollector, type TextOffsets, type TextTokens } from "./encoding.ts";
import { describeValue } from "./json.ts";
import { textParts } from "./post-processor.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A byte-pair vocabulary over UTF-8 bytes, as OpenAI's encodings are. */
export interface BytePairEncoding {
  /** How errors name it. */
  readonly name: string;
  readonly specialTokens: ReadonlyMap<string, number>;
  /** How many ids there are, special ones included. */
  readonly vocabularySize: number;
  /** The ids of a text in which nothing is special. */
  encodeOrdinary(text: string): ArrayLike<number>;
  /** The bytes of an ordinary id; undefined for one that is not in the vocabulary. */
  bytesOf(id: number): Uint8Array | undefined;
  /** The id that stands for exactly these bytes. */
  idOf(bytes: Uint8Array): number | undefined;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** A tokenizer over a byte-pair encoding: special tokens are found in the text, nothing is added around it. */
export function bytePairTokenizer(encoding: BytePairEncoding): Tokenizer {
  const { specialTokens } = encoding;
  const spellings = new Map(Array.from(specialTokens, ([spelling, id]) => [id, spelling]));
  const specials = new AddedTokenFinder(
    Array.from(specialTokens, ([content, id]) => ({
      id,
      content,
      singleWord: false,
      leftStrip: false,
      rightStrip: false,
      normalized: false,
      special: true,
    })),
  );
  const known = new Map<number, Uint8Array>();

  function tokenBytes(id: number): Uint8Array {
    let bytes = known.get(id);
    if (bytes === undefined) {
      const spelling = spellings.get(id);
      bytes = spelling === undefined ? ordinaryBytes(id) : encoder.encode(spelling);
      known.set(id, bytes);
    }
    return bytes;
  }

  function ordinaryBytes(id: number): Uint8Array {
    const bytes = Number.isInteger(id) && id >= 0 ? encoding.bytesOf(id) : undefined;
    if (bytes === undefined)
      throw new TokenizationError(`id ${id} is outside the vocabulary (${encoding.vocabularySize} tokens)`);
    return bytes;
  }

  const idToToken = (id: number): string => spellings.get(id) ?? byteLevelOfBytes(tokenBytes(id));

  function tokenize(text: string): TextTokens {
    const ids: number[] = [];
    const counts: number[] = [];
    const parts = specials.split(alignedText(text));
    for (const { token, aligned } of parts) {
      const before = ids.length;
      if (token !== undefined) ids.push(token.id);
      else {
        const found = encoding.encodeOrdinary(aligned.text);
        for (let index = 0; index < found.length; index++) ids.push(found[index]!);
      }
      counts.push(ids.length - before);
    }
    let offsets: TextOffsets | undefined;
    return {
      text,
      ids,
      offsets() {
        if (offsets === undefined) {
          const collector = new OffsetCollector();
          let next = 0;
          for (const [index, { token, aligned }] of parts.entries()) {
            const own = ids.slice(next, next + counts[index]!);
            next += counts[index]!;
            if (token !== undefined) collector.add(aligned.origin, aligned.origin + aligned.text.length);
            else addByteOffsets(collector, aligned.text, aligned.origin, own, tokenBytes);
          }
          offsets = collector.finish(text.length);
        }
        return offsets;
      },
    };
  }

  return {
    kind: "tokenizer",
    get vocabularySize() {
      return encoding.vocabularySize;
    },
    endToken: specialTokens.get("<|endoftext|>"),
    specialTokens,
    encode(text, { pair } = {}) {
      const texts = [tokenize(checkedText(text, "text"))];
      if (pair !== undefined) texts.push(tokenize(checkedText(pair, "pair")));
      return composeEncoding(texts, textParts(pair !== undefined), idToToken);
    },
    decode(ids, { skipSpecialTokens = false } = {}) {
      const checked = checkedIds(ids, idToToken);
      const kept = skipSpecialTokens ? checked.filter((id) => !spellings.has(id)) : checked;
      return lazilyExact(decoder.decode(concatenateBytes(kept.map(tokenBytes))), kept, (again) => tokenize(again).ids);
    },
    idToToken,
    tokenToId(token) {
      const special = specialTokens.get(token);
      if (special !== undefined) return special;
      const bytes = bytesOfByteLevel(token);
      return bytes === undefined ? undefined : encoding.idOf(bytes);
    },
    tokenBytes,
    applyChatTemplate() {
      throw new UnsupportedError(`${encoding.name} has no chat template: write the prompt as one text`);
    },
  };
}

/** Counts bytes along the text: a character belongs to the token that holds its first byte. */
function addByteOffsets(
  collector: OffsetCollector,
  text: string,
  origin: number,
  ids: readonly number[],
  tokenBytes: (id: number) => Uint8Array,
): void {
  let position = 0;
  let bytesIntoText = 0;
  let tokenEnd = 0;
  for (const id of ids) {
    tokenEnd += tokenBytes(id).length;
    const start = position;
    while (bytesIntoText < tokenEnd) {
      const codePoint = text.codePointAt(position);
      if (codePoint === undefined) throw lost(id, text, position);
      const character = String.fromCodePoint(codePoint);
      bytesIntoText += utf8Length(character);
      position += character.length;
    }
    if (position > start) collector.add(origin + start, origin + position);
    else collector.addEmpty();
  }
  if (bytesIntoText !== tokenEnd || position !== text.length) throw lost(ids.at(-1) ?? -1, text, position);
}

function lost(id: number, text: string, position: number): TokenizationError {
  return new TokenizationError(
    `the bytes of the tokens differ from those of the text ${describeValue(text)} at ${position} (id ${id}): offsets are not known`,
  );
}
