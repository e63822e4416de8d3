import { type AlignedText, sliceAligned } from "./aligned-text.ts";
import type { JsonPlace } from "./json.ts";
import { isWhitespace, type Normalizer } from "./normalizer.ts";

/** A token that is found in the text as it is, before anything else is done to it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Found only where no letter, digit or underscore touches it. */
  readonly singleWord: boolean;
  /** Takes the whitespace before it. */
  readonly leftStrip: boolean;
  /** Takes the whitespace after it. */
  readonly rightStrip: boolean;
  /** Looked for in the normalised text. */
  readonly normalized: boolean;
  readonly special: boolean;
}

/** A part of a text: an added token, or text still to be tokenised. */
export interface AddedTokenPart {
  readonly token: AddedToken | undefined;
  readonly aligned: AlignedText;
}

export function readAddedTokens(value: unknown, place: JsonPlace): readonly AddedToken[] {
  if (value === undefined || value === null) return [];
  return place.list(value).map((entry, index) => {
    const at = place.at(index);
    const json = at.record(entry);
    const special = at.at("special").flag(json["special"], false);
    return {
      id: at.at("id").integer(json["id"]),
      content: at.at("content").text(json["content"]),
      singleWord: at.at("single_word").flag(json["single_word"], false),
      leftStrip: at.at("lstrip").flag(json["lstrip"], false),
      rightStrip: at.at("rstrip").flag(json["rstrip"], false),
      normalized: at.at("normalized").flag(json["normalized"], !special),
      special,
    };
  });
}

interface Node {
  readonly children: Map<string, Node>;
  token?: AddedToken;
}

/** Finds added tokens in a text: the leftmost, and of those that begin there the longest. */
export class AddedTokenFinder {
  readonly #root: Node = { children: new Map() };

  /** With a normaliser the tokens are looked for in their normalised spelling. */
  constructor(tokens: readonly AddedToken[], normalizer?: Normalizer) {
    for (const token of tokens) {
      const content = normalizer === undefined ? token.content : normalizer({ text: token.content, origin: 0 }).text;
      if (content === "") continue;
      let node = this.#root;
      for (let index = 0; index < content.length; index++) {
        const unit = content[index]!;
        let child = node.children.get(unit);
        if (child === undefined) {
          child = { children: new Map() };
          node.children.set(unit, child);
        }
        node = child;
      }
      node.token = token;
    }
  }

  split(aligned: AlignedText): readonly AddedTokenPart[] {
    const { text } = aligned;
    if (this.#root.children.size === 0) return text === "" ? [] : [{ token: undefined, aligned }];
    const parts: AddedTokenPart[] = [];
    let done = 0;
    let position = 0;
    while (position < text.length) {
      const found = this.#longestAt(text, position);
      if (found === undefined) {
        position++;
        continue;
      }
      let start = position;
      let end = found.end;
      position = end;
      if (found.token.singleWord && (wordBefore(text, start) || wordAfter(text, end))) continue;
      if (found.token.leftStrip) while (start > done && isWhitespace(text.charCodeAt(start - 1))) start--;
      if (found.token.rightStrip) while (end < text.length && isWhitespace(text.charCodeAt(end))) end++;
      if (start > done) parts.push({ token: undefined, aligned: sliceAligned(aligned, done, start) });
      parts.push({ token: found.token, aligned: sliceAligned(aligned, start, end) });
      done = end;
      position = end;
    }
    if (done < text.length) parts.push({ token: undefined, aligned: sliceAligned(aligned, done, text.length) });
    return parts;
  }

  #longestAt(text: string, start: number): { readonly token: AddedToken; readonly end: number } | undefined {
    let node: Node | undefined = this.#root;
    let longest: { token: AddedToken; end: number } | undefined;
    for (let position = start; position < text.length; position++) {
      node = node.children.get(text[position]!);
      if (node === undefined) break;
      if (node.token !== undefined) longest = { token: node.token, end: position + 1 };
    }
    return longest;
  }
}

const wordCharacter = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

function wordBefore(text: string, position: number): boolean {
  if (position === 0) return false;
  const low = text.charCodeAt(position - 1);
  const start = low >= 0xdc00 && low <= 0xdfff && position > 1 ? position - 2 : position - 1;
  return wordCharacter.test(text.slice(start, position));
}

function wordAfter(text: string, position: number): boolean {
  const codePoint = text.codePointAt(position);
  return codePoint !== undefined && wordCharacter.test(String.fromCodePoint(codePoint));
}
