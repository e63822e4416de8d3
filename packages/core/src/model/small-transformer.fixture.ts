import { normalisation, pairProduct, silu, softmax } from "../../../testing/src/host/attention-nodes.ts";
import { add, affine, hostGraph, linear, mul, reshape } from "../../../testing/src/host/host-graph.ts";
import { seededRandom } from "../tensor/random.ts";
import type { DifferentiableGraphModel } from "./differentiable.ts";

export interface SmallTransformer {
  readonly width: number;
  readonly length: number;
  /** `[in, out]` by name: query, key, value, merge, gate, up, down, head. */
  readonly weights: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Of the head; zeros unless there are `biases`. */
  readonly bias: readonly number[];
  readonly centred: boolean;
  /** Takes `x` `[n, length, width]`, float64, and gives `out` `[n, 2]`. */
  readonly model: DifferentiableGraphModel;
}

/** A layer of attention with one head and a gated layer, each with a normalisation before and a residual connection. */
export function smallTransformer(
  seed: number,
  options: { biases?: boolean; centred?: boolean; scale?: number } = {},
): SmallTransformer {
  const { biases = false, centred = false, scale = 1 } = options;
  const random = seededRandom(seed);
  const [width, length, inner] = [4, 3, 5];
  // What a file of float32 holds.
  const matrix = (height: number, across: number): number[][] =>
    Array.from({ length: height }, () => Array.from({ length: across }, () => Math.fround(scale * random.normal())));
  const weights = {
    query: matrix(width, width),
    key: matrix(width, width),
    value: matrix(width, width),
    merge: matrix(width, width),
    gate: matrix(width, inner),
    up: matrix(width, inner),
    down: matrix(inner, width),
    head: matrix(width * length, 2),
  };
  const bias = matrix(1, 2)[0]!.map((value) => (biases ? value : 0));
  const model = hostGraph({
    inputs: [{ name: "x", dtype: "float64" }],
    nodes: [
      normalisation("before", "x", centred),
      linear("query", "before", weights.query),
      linear("key", "before", weights.key),
      linear("value", "before", weights.value),
      pairProduct("products", "query", "key", { transposed: true }),
      affine("scores", "products", 0.5),
      softmax("attention", "scores"),
      pairProduct("mixed", "attention", "value", { attends: true }),
      linear("merged", "mixed", weights.merge),
      add("middle", "x", "merged"),
      normalisation("again", "middle", centred),
      linear("gate", "again", weights.gate),
      silu("open", "gate"),
      linear("up", "again", weights.up),
      mul("gated", "open", "up"),
      linear("down", "gated", weights.down),
      add("last", "middle", "down"),
      reshape("flat", "last", [width * length]),
      linear("out", "flat", weights.head, bias),
    ],
    outputs: ["out"],
  });
  return { width, length, weights, bias, centred, model };
}
