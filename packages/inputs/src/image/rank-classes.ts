/** A class and how sure the model is of it. */
export interface RankedClass {
  /** Its index in the model's output: the `target` of a method. */
  readonly index: number;
  readonly label: string;
  /** 0 to 1. */
  readonly probability: number;
  /** The model's own number: a logit, or the probability itself. */
  readonly output: number;
}

/** Whether these numbers are probabilities already: none below 0 or above 1, together 1. */
export function areProbabilities(outputs: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < outputs.length; i++) {
    const value = outputs[i]!;
    if (!(value >= 0 && value <= 1)) return false;
    sum += value;
  }
  return outputs.length > 0 && Math.abs(sum - 1) < 1e-3;
}

/**
 * The classes of one example, the surest first; equal ones in the order of their indices. Outputs that are no probabilities are taken for
 * logits and made probabilities (softmax).
 *
 * @param outputs one number a class.
 * @param labels the classes' names; a class without one is called by its index.
 */
export function rankClasses(outputs: ArrayLike<number>, labels: readonly string[] = []): readonly RankedClass[] {
  const probabilities = areProbabilities(outputs) ? Float64Array.from(outputs) : softmax(outputs);
  return Array.from(probabilities, (probability, index) => ({
    index,
    label: labels[index] ?? `class ${index}`,
    probability,
    output: outputs[index]!,
  })).sort((a, b) => b.output - a.output || a.index - b.index);
}

function softmax(logits: ArrayLike<number>): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) most = Math.max(most, logits[i]!);
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit - most));
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  for (let i = 0; i < weights.length; i++) weights[i]! /= total;
  return weights;
}
