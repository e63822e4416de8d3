import type { Random } from "../tensor/random.ts";

/** How the next token is chosen; see `GenerateOptions`. */
export interface TokenSampling {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
}

/** The likeliest token; of equals the one with the lowest id. */
export function likeliestToken(logits: Float32Array | Float64Array): number {
  let best = 0;
  for (let token = 1; token < logits.length; token++) if (logits[token]! > logits[best]!) best = token;
  return best;
}

/**
 * Draws a token of `softmax(logits / temperature)`, cut first to the `topK` likeliest tokens and then to the fewest of those that make up
 * `topP` of their probability (Holtzman et al. 2020, "The curious case of neural text degeneration").
 */
export function sampleToken(logits: Float32Array | Float64Array, sampling: TokenSampling, random: Random): number {
  const { temperature, topK, topP } = sampling;
  const most = logits[likeliestToken(logits)]!;
  const weights = new Float64Array(logits.length);
  let total = 0;
  for (let token = 0; token < weights.length; token++) {
    weights[token] = Math.exp((logits[token]! - most) / temperature);
    total += weights[token]!;
  }
  const candidates = Array.from(weights.keys());
  if (topP < 1 || (topK > 0 && topK < weights.length)) {
    candidates.sort((a, b) => logits[b]! - logits[a]! || a - b);
    if (topK > 0 && topK < candidates.length) {
      candidates.length = topK;
      total = sumOf(weights, candidates);
    }
    candidates.length = enough(weights, candidates, topP * total);
    total = sumOf(weights, candidates);
  }
  let left = random.next() * total;
  for (const token of candidates) {
    left -= weights[token]!;
    if (left < 0) return token;
  }
  // Rounding can leave a crumb after the last one.
  return candidates.findLast((token) => weights[token]! > 0)!;
}

function sumOf(weights: Float64Array, tokens: readonly number[]): number {
  let sum = 0;
  for (const token of tokens) sum += weights[token]!;
  return sum;
}

/** How many of the tokens, from the front, it takes to make up `share`: at least one. */
function enough(weights: Float64Array, tokens: readonly number[], share: number): number {
  let sum = 0;
  for (let count = 0; count < tokens.length; count++) {
    sum += weights[tokens[count]!]!;
    if (sum >= share) return count + 1;
  }
  return tokens.length;
}
