import { InvalidArgumentError } from "../errors.ts";
import type { Continuation } from "./causal-lm.ts";

/** A continuation as the engine computes it. */
export interface ScoringRequest {
  /** The tokens to feed: all but the last, whose own logits nobody asks for. */
  readonly sequence: Int32Array;
  /** The place in `sequence` whose logits score the continuation's first token. */
  readonly first: number;
  /** The continuation's tokens. */
  readonly targets: Int32Array;
}

interface TokenLimits {
  readonly vocabularySize: number;
  readonly contextLength: number | undefined;
}

const pair = "{ prefix, continuation }, both lists of token ids";

/** Checks continuations before anything is computed. */
export function scoringRequests(continuations: readonly Continuation[], limits: TokenLimits): ScoringRequest[] {
  if (!Array.isArray(continuations)) throw new InvalidArgumentError(`continuations must be a list of ${pair}`);
  // From plain JavaScript anything can stand in the list.
  return (continuations as readonly unknown[]).map((asked, index) => {
    if (typeof asked !== "object" || asked === null || !("prefix" in asked) || !("continuation" in asked))
      throw new InvalidArgumentError(`continuations[${index}] must be ${pair}`);
    const prefix = checkTokens(asked.prefix, `prefix ${index}`, limits.vocabularySize);
    const targets = checkTokens(asked.continuation, `continuation ${index}`, limits.vocabularySize);
    if (prefix.length === 0)
      throw new InvalidArgumentError(
        `prefix ${index} is empty: it needs at least one token (the BOS token, where nothing else stands before the answer)`,
      );
    if (targets.length === 0) throw new InvalidArgumentError(`continuation ${index} is empty: it needs at least one token`);
    const length = prefix.length + targets.length;
    if (limits.contextLength !== undefined && length > limits.contextLength)
      throw new InvalidArgumentError(
        `prefix ${index} and its continuation are ${length} tokens together, the model's context holds ${limits.contextLength}`,
      );
    const sequence = new Int32Array(length - 1);
    sequence.set(prefix);
    sequence.set(targets.subarray(0, -1), prefix.length);
    return { sequence, first: prefix.length - 1, targets };
  });
}

/** Token ids as an array of our own, each a whole number within the vocabulary. */
export function checkTokens(tokens: unknown, name: string, vocabularySize: number): Int32Array {
  if (!Array.isArray(tokens) && !ArrayBuffer.isView(tokens))
    throw new InvalidArgumentError(`${name} must be a list of token ids, got ${describe(tokens)}`);
  // A view's elements are read like an array's; a DataView has none and counts as empty.
  const list = tokens as { readonly length?: number; readonly [index: number]: unknown };
  const checked = new Int32Array(list.length ?? 0);
  for (let i = 0; i < checked.length; i++) {
    const token = list[i];
    if (typeof token !== "number" || !Number.isInteger(token))
      throw new InvalidArgumentError(`${name} holds ${describe(token)} at place ${i}: token ids are whole numbers`);
    if (token < 0 || token >= vocabularySize)
      throw new InvalidArgumentError(
        `${name} holds token ${token} at place ${i}, outside the model's vocabulary (0 to ${vocabularySize - 1})`,
      );
    checked[i] = token;
  }
  return checked;
}

function describe(value: unknown): string {
  if (typeof value === "bigint") return `the bigint ${value}`;
  if (typeof value === "number") return String(value);
  return value === null ? "null" : typeof value;
}
