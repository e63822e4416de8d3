import { InvalidArgumentError, TokenizationError } from "@attr/core";
import { describeValue } from "./json.ts";
import type { Decoded } from "./tokenizer.ts";

/** A text handed to a tokenizer, or a sentence on what was handed instead. */
export function checkedText(text: unknown, argument: string): string {
  if (typeof text !== "string") throw new InvalidArgumentError(`${argument} must be a string, got ${describeValue(text)}`);
  return text;
}

/** Ids handed to a tokenizer; throws `TokenizationError` with the position of one outside the vocabulary. */
export function checkedIds(ids: readonly number[], idToToken: (id: number) => string): number[] {
  // Typed arrays come from model outputs; the check is at run time because plain JavaScript calls this too.
  const list: unknown = ids;
  if (!Array.isArray(list) && !(ArrayBuffer.isView(list) && !(list instanceof DataView))) {
    throw new InvalidArgumentError(`ids must be a list of whole numbers, got ${describeValue(list)}`);
  }
  return Array.from(ids, (id, position) => {
    const value = typeof id === "bigint" ? Number(id) : id;
    try {
      idToToken(value);
    } catch (error) {
      if (error instanceof TokenizationError) throw new TokenizationError(`ids[${position}]: ${error.message}`);
      throw error;
    }
    return value;
  });
}

/** A decoded text that says whether it is exact when asked. */
export function lazilyExact(text: string, ids: readonly number[], encode: (text: string) => readonly number[]): Decoded {
  let exact: boolean | undefined;
  return {
    text,
    get exact() {
      exact ??= sameIds(encodedOrNothing(text, encode), ids);
      return exact;
    },
  };
}

/** A text that cannot be encoded (a word outside a vocabulary without an unknown token) stands for no ids. */
function encodedOrNothing(text: string, encode: (text: string) => readonly number[]): readonly number[] | undefined {
  try {
    return encode(text);
  } catch (error) {
    if (error instanceof TokenizationError) return undefined;
    throw error;
  }
}

function sameIds(found: readonly number[] | undefined, ids: readonly number[]): boolean {
  return found !== undefined && found.length === ids.length && found.every((id, index) => id === ids[index]);
}
