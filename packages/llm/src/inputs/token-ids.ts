import { InvalidArgumentError } from "@attr/core";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** A token by its id, or by the vocabulary's own spelling ("<unk>", "Ġcat"). */
export type TokenReference = number | string;

/**
 * The id of a token given either way.
 *
 * @param name The argument it comes from, for messages.
 */
export function tokenId(token: TokenReference, tokenizer: Tokenizer, name: string): number {
  if (typeof token === "number") {
    if (!Number.isInteger(token) || token < 0)
      throw new InvalidArgumentError(`${name} must be a token id or a token, got ${token}`);
    return token;
  }
  if (typeof token !== "string") throw new InvalidArgumentError(`${name} must be a token id or a token, got ${typeof token}`);
  const id = tokenizer.tokenToId(token);
  if (id === undefined)
    throw new InvalidArgumentError(
      `${name} ${JSON.stringify(token)} is not a token of the vocabulary: give its id, or the vocabulary's own spelling (tokenizer.encode(text).tokens shows it)`,
    );
  return id;
}

/** The ids of tokens given either way. */
export function tokenIds(tokens: readonly TokenReference[], tokenizer: Tokenizer, name: string): ReadonlySet<number> {
  if (!Array.isArray(tokens)) throw new InvalidArgumentError(`${name} must be an array of token ids or tokens`);
  return new Set(tokens.map((token, index) => tokenId(token, tokenizer, `${name}[${index}]`)));
}
