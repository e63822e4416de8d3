import type { CausalLm, Continuation } from "@attr/core";

/** A number in [0, 1) that depends on all of the ids (FNV-1a). */
function hash(ids: readonly number[]): number {
  let state = 0x811c9dc5;
  for (const id of ids) state = Math.imul(state ^ (id + 1), 0x01000193);
  state ^= state >>> 15;
  state = Math.imul(state, 0x2c1b3c6d);
  return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
}

/** A model that notes every request it gets. */
export interface CountingLm extends CausalLm {
  readonly requests: Continuation[];
}

export interface CountingLmOptions {
  readonly vocabularySize?: number;
  readonly contextLength?: number;
  /** Log-probability of a token after all before it. */
  readonly logProbability?: (token: number, before: readonly number[]) => number;
  readonly generated?: readonly number[];
  /** Called before every continuation. */
  readonly onScore?: () => void;
}

/** A language model of a function; by default every text has a log-probability of its own, without any rule. */
export function countingLm(options: CountingLmOptions = {}): CountingLm {
  const { vocabularySize = 512, contextLength, generated = [], onScore } = options;
  const logProbability = options.logProbability ?? ((token: number, before: readonly number[]) => -5 * hash([...before, token]));
  const requests: Continuation[] = [];
  let calls = 0;
  let tokens = 0;
  return {
    kind: "causal-lm",
    vocabularySize,
    contextLength,
    endTokens: [],
    requests,
    get cost() {
      return { calls, rows: requests.length, tokens };
    },
    async *score(continuations, { signal } = {}) {
      calls++;
      for (const request of continuations) {
        signal?.throwIfAborted();
        onScore?.();
        requests.push(request);
        tokens += request.prefix.length + request.continuation.length;
        const logProbabilities = Float64Array.from(request.continuation, (token, index) =>
          logProbability(token, [...request.prefix, ...request.continuation.slice(0, index)]),
        );
        yield await Promise.resolve({ logProbabilities, logits: logProbabilities.map((value) => value + 3) });
      }
    },
    generate(prompt, { maxNewTokens = 25, stopTokens = [] } = {}) {
      const stop = generated.findIndex((token) => stopTokens.includes(token));
      const kept = generated.slice(0, Math.min(maxNewTokens, stop < 0 ? generated.length : stop));
      return Promise.resolve({
        tokens: kept,
        logProbabilities: Float64Array.from(kept, (token, index) => logProbability(token, [...prompt, ...kept.slice(0, index)])),
        stopReason: stop < 0 ? "length" : "stop-token",
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
