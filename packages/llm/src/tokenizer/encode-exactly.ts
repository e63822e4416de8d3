import { TokenizationError } from "@attr/core";
import { describeValue } from "./json.ts";
import type { Encoding, Tokenizer } from "./tokenizer.ts";

/**
 * The tokens of a text that must not be altered, such as a target to be scored: without special tokens around it, and refused where
 * decoding gives another text (lower-casing vocabularies, unknown words, lone surrogates).
 *
 * @throws TokenizationError naming the first place where the texts differ.
 */
export function encodeExactly(tokenizer: Tokenizer, text: string): Encoding {
  const encoding = tokenizer.encode(text, { addSpecialTokens: false });
  const decoded = tokenizer.decode(encoding.ids).text;
  if (decoded !== text) {
    let place = 0;
    while (place < text.length && place < decoded.length && text[place] === decoded[place]) place++;
    const end = place + 20;
    throw new TokenizationError(
      `the tokenizer cannot spell ${describeValue(text)} exactly: from ${place} on it has ${describeValue(decoded.slice(place, end))} for ${describeValue(text.slice(place, end))}`,
    );
  }
  return encoding;
}
