import type { CausalLm, ContinuationScore } from "./causal-lm.ts";

const vocabularySize = 256;
const width = 10;
const heads = 2;
const headSize = width / heads;
const hidden = 2048;

/** A matrix of numbers in [0, 1) by the linear congruential generator that starts anew for every matrix. */
function matrix(rows: number, columns: number): Float64Array {
  const entries = new Float64Array(rows * columns);
  let state = 1;
  for (let i = 0; i < entries.length; i++) {
    state = Number((16843009n * BigInt(state) + 3014898611n) % 4294967296n);
    entries[i] = state / 4294967296;
  }
  return entries;
}

interface DummyWeights {
  readonly embedding: Float64Array;
  /** Query, key and value stacked. */
  readonly attention: Float64Array;
  readonly attentionOut: Float64Array;
  readonly up: Float64Array;
  readonly down: Float64Array;
  readonly head: Float64Array;
}

let made: DummyWeights | undefined;

function dummyWeights(): DummyWeights {
  made ??= {
    embedding: matrix(vocabularySize, width),
    attention: matrix(3 * width, width),
    attentionOut: matrix(width, width),
    up: matrix(hidden, width),
    down: matrix(width, hidden),
    head: matrix(vocabularySize, width),
  };
  return made;
}

/** `weights · x` for a row-major `[rows, x.length]` matrix, from row `from` on. */
function apply(weights: Float64Array, x: Float64Array, from: number, rows: number): Float64Array {
  const out = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += weights[(from + row) * x.length + i]! * x[i]!;
    out[row] = sum;
  }
  return out;
}

function layerNorm(x: Float64Array): Float64Array {
  const mean = x.reduce((sum, entry) => sum + entry, 0) / x.length;
  const variance = x.reduce((sum, entry) => sum + (entry - mean) ** 2, 0) / x.length;
  return x.map((entry) => (entry - mean) / Math.sqrt(variance + 1e-5));
}

/** Logits after the last token: one transformer layer (every token sees every other) and a head. */
function logitsAfter(tokens: readonly number[]): Float64Array {
  const { embedding, attention, attentionOut, up, down, head } = dummyWeights();
  const embedded = tokens.map((token) => embedding.subarray(token * width, (token + 1) * width));
  const last = embedded.at(-1)!;
  const query = apply(attention, last, 0, width);
  const keys = embedded.map((x) => apply(attention, x, width, width));
  const values = embedded.map((x) => apply(attention, x, 2 * width, width));
  const attended = new Float64Array(width);
  for (let at = 0; at < heads; at++) {
    const from = at * headSize;
    const scores = keys.map((key) => {
      let dot = 0;
      for (let i = from; i < from + headSize; i++) dot += query[i]! * key[i]!;
      return dot / Math.sqrt(headSize);
    });
    const most = Math.max(...scores);
    const exponentials = scores.map((score) => Math.exp(score - most));
    const total = exponentials.reduce((sum, entry) => sum + entry, 0);
    for (const [token, value] of values.entries())
      for (let i = from; i < from + headSize; i++) attended[i]! += (exponentials[token]! / total) * value[i]!;
  }
  const mixed = apply(attentionOut, attended, 0, width);
  const state = layerNorm(last.map((entry, i) => entry + mixed[i]!));
  const active = apply(up, state, 0, hidden).map((entry) => Math.max(0, entry));
  const fed = apply(down, active, 0, width);
  return apply(head, layerNorm(state.map((entry, i) => entry + fed[i]!)), 0, vocabularySize).map((entry) => entry + 0.5);
}

function logProbability(logits: Float64Array, token: number): number {
  const most = Math.max(...logits);
  return logits[token]! - most - Math.log(logits.reduce((sum, entry) => sum + Math.exp(entry - most), 0));
}

/** Ids of words parted by spaces: a character's code, 1 for any other word (the empty one too); 0 ("<sos>") in front unless left out. */
export function dummyTokens(text: string, start = true): number[] {
  const words = text.split(" ").map((word) => (word.length === 1 ? word.charCodeAt(0) : 1));
  return start ? [0, ...words] : words;
}

/**
 * The deterministic language model that the published LLM attribution cases were computed on: 256 tokens, one transformer layer without a
 * causal mask, weights by a linear congruential generator. Without the mask only the logits after the last token count, so every
 * token of a continuation is scored by a run of its own.
 */
export function dummyLlm(): CausalLm {
  let [calls, tokens] = [0, 0];
  const last = (sequence: readonly number[]): Float64Array => {
    calls++;
    tokens += sequence.length;
    return logitsAfter(sequence);
  };
  return {
    kind: "causal-lm",
    vocabularySize,
    endTokens: [],
    get cost() {
      return { calls, rows: calls, tokens };
    },
    async *score(continuations, options): AsyncGenerator<ContinuationScore, void, void> {
      for (const { prefix, continuation } of continuations) {
        options?.signal?.throwIfAborted();
        const logits = new Float64Array(continuation.length);
        const logProbabilities = new Float64Array(continuation.length);
        for (const [i, token] of continuation.entries()) {
          const row = last([...prefix, ...continuation.slice(0, i)]);
          logits[i] = row[token]!;
          logProbabilities[i] = logProbability(row, token);
        }
        yield await Promise.resolve({ logProbabilities, logits });
      }
    },
    generate(prompt, { maxNewTokens = 25 } = {}) {
      const generated: number[] = [];
      const logProbabilities: number[] = [];
      while (generated.length < maxNewTokens) {
        const row = last([...prompt, ...generated]);
        const token = row.indexOf(Math.max(...row));
        generated.push(token);
        logProbabilities.push(logProbability(row, token));
      }
      return Promise.resolve({ tokens: generated, logProbabilities: Float64Array.from(logProbabilities), stopReason: "length" });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
