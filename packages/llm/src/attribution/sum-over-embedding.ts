import { AttributionResult, HostTensor, InvalidArgumentError, type TensorLike, tensor } from "@attr/core";

/** Which tokens the numbers of an embedding stand for. */
export interface SumOverEmbeddingOptions {
  /** The ids that were fed: `[n, length]`, or `[n, choices, length]` for multiple choice. */
  readonly ids: TensorLike;
  /** The value that was attributed to. @defaultValue the only one that was */
  readonly layer?: string | undefined;
  /** The input that the result is then of. @defaultValue "input_ids" */
  readonly input?: string | undefined;
  /**
   * Tokens of one number are one feature, and get the sum over all of them: a token of the prompt that stands in the row of every choice.
   *
   * @defaultValue every token is on its own
   */
  readonly featureMask?: TensorLike | undefined;
}

/**
 * Attributions of tokens from those at their embeddings, `[n, ...explained, ...length, width]`: the sum over the embedding's width. What is
 * complete at the embedding is complete for the tokens. Standard errors are left out: those of a sum cannot be told from those of its parts.
 *
 * @throws InvalidArgumentError where the attributions have no row for every id.
 */
export function sumOverEmbedding(result: AttributionResult, options: SumOverEmbeddingOptions): AttributionResult {
  const names = Object.keys(result.attributions);
  const layer = options.layer ?? (names.length === 1 ? names[0]! : undefined);
  const scores = layer === undefined ? undefined : result.attributions[layer];
  if (scores === undefined)
    throw new InvalidArgumentError(
      `layer ${layer === undefined ? "is missing" : `"${layer}"`}: the result has attributions of ${names.map((name) => `"${name}"`).join(", ")}`,
    );
  const ids = tensor(options.ids);
  const own = ids.shape.slice(1);
  const explained = scores.shape.slice(1, scores.shape.length - own.length - 1);
  const tail = scores.shape.slice(1 + explained.length, -1);
  if (scores.shape[0] !== ids.shape[0] || tail.length !== own.length || tail.some((size, axis) => size !== own[axis]))
    throw new InvalidArgumentError(
      `"${layer}" has attributions of shape [${scores.shape.join(", ")}] for ids of [${ids.shape.join(", ")}]: there must be a row of numbers for every id`,
    );
  const width = scores.shape.at(-1)!;
  const { data } = scores;
  const sums = new Float64Array(width === 0 ? 0 : data.length / width);
  for (let i = 0; i < data.length; i++) sums[Math.floor(i / width)]! += Number(data[i]);
  const size = own.reduce((product, length) => product * length, 1);
  if (options.featureMask !== undefined)
    sumFeatures(sums, size, tensor(options.featureMask), sums.length / (size * (ids.shape[0] ?? 1)));
  return new AttributionResult({
    ...result,
    attributions: { [options.input ?? "input_ids"]: new HostTensor(sums, scores.shape.slice(0, -1), "float64") },
    standardErrors: undefined,
  });
}

/** Gives every token of a feature the feature's sum, row of `size` tokens by row; `explained` rows are of one example. */
function sumFeatures(sums: Float64Array, size: number, mask: HostTensor, explained: number): void {
  if (mask.data.length % size !== 0 || mask.data.length === 0)
    throw new InvalidArgumentError(`featureMask of shape [${mask.shape.join(", ")}] does not fit ${size} ids an example`);
  const masks = mask.data.length / size;
  for (let row = 0; row * size < sums.length; row++) {
    const from = (Math.floor(row / explained) % masks) * size;
    const totals = new Map<number, number>();
    for (let i = 0; i < size; i++) {
      const feature = Number(mask.data[from + i]);
      totals.set(feature, (totals.get(feature) ?? 0) + sums[row * size + i]!);
    }
    for (let i = 0; i < size; i++) sums[row * size + i] = totals.get(Number(mask.data[from + i]))!;
  }
}
