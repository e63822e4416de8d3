import type { CausalLm, Continuation } from "@attr/core";
import fc from "fast-check";

/** What keeps drawn token ids within a model. */
export interface PromptOptions {
  /** Tokens of a prefix at most. @defaultValue 12 */
  readonly maxPrefix?: number | undefined;
  /** Tokens of a continuation at most. @defaultValue 4 */
  readonly maxContinuation?: number | undefined;
}

/** Token ids of a prompt: at least one, many of them alike so that prompts begin alike. */
export function prompts(lm: CausalLm, { maxPrefix = 12 }: PromptOptions = {}): fc.Arbitrary<number[]> {
  const token = fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: 0, max: Math.min(1, lm.vocabularySize - 1) }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: lm.vocabularySize - 1 }) },
  );
  return fc.array(token, { minLength: 1, maxLength: Math.min(maxPrefix, (lm.contextLength ?? maxPrefix + 1) - 1) });
}

/** A prefix and what may follow it, together within the model's context. */
export function continuations(lm: CausalLm, options: PromptOptions = {}): fc.Arbitrary<Continuation> {
  const { maxContinuation = 4 } = options;
  return prompts(lm, options).chain((prefix) => {
    const room = (lm.contextLength ?? Number.POSITIVE_INFINITY) - prefix.length;
    const token = fc.integer({ min: 0, max: lm.vocabularySize - 1 });
    const continuation = fc.array(token, { minLength: 1, maxLength: Math.min(maxContinuation, room) });
    return continuation.map((tokens) => ({ prefix, continuation: tokens }));
  });
}
