import { seededRandom } from "@attr/core";
import type * as core from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { backpropagate } from "../gradient/backpropagate.ts";
import { record } from "../gradient/tape.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { forwardRepairs, repairsFor } from "./registry.ts";
import { withGradients } from "./with-gradients.ts";

type Tensor = core.Tensor;

/** The gradients of Σ weights · f(xs) by each of the tensors, with all that is repaired. */
export function gradientsOf(
  tf: TensorFlow,
  f: (xs: Tensor[]) => Tensor,
  xs: readonly Tensor[],
  weights: TfTensor,
): readonly TfTensor[] {
  return withGradients(tf, repairsFor(tf), () => {
    const { value, tape } = record(tf, () => f([...xs]));
    try {
      return backpropagate(tf, tape, [{ value, seed: weights }], xs).map((gradient, i) => gradient ?? tf.zerosLike(xs[i]!));
    } finally {
      tape.dispose();
    }
  });
}

/**
 * Holds the gradients of an operation against central differences along a random direction of each operand.
 *
 * @param options.step so small that the direction leads over no edge of the operation.
 */
export function expectTrueGradients(
  tf: TensorFlow,
  f: (xs: Tensor[]) => Tensor,
  operands: readonly { readonly shape: number[]; readonly data: Float32Array }[],
  options: { readonly step?: number; readonly tolerance?: number; readonly seed?: number } = {},
): void {
  const { step = 1e-2, tolerance = 2e-3, seed = 1 } = options;
  const random = seededRandom(seed);
  tf.tidy(() => {
    const xs = operands.map(({ data, shape }) => tf.tensor(data, shape));
    const y = withGradients(tf, forwardRepairs(tf), () => f([...xs]));
    const weights = tf.tensor(
      Float32Array.from({ length: y.size }, () => random.normal()),
      y.shape,
    );
    const total = (at: Tensor[]): number => {
      const values = withGradients(tf, forwardRepairs(tf), () => f(at)).dataSync();
      const factors = weights.dataSync();
      let sum = 0;
      for (let i = 0; i < values.length; i++) sum += values[i]! * factors[i]!;
      return sum;
    };
    const gradients = gradientsOf(tf, f, xs, weights);
    for (const [i, { data, shape }] of operands.entries()) {
      expect(gradients[i]!.shape, `shape of the gradient by operand ${i}`).toEqual(shape);
      const direction = Float32Array.from(data, () => random.next() * 2 - 1);
      const moved = (by: number): Tensor[] =>
        xs.map((x, at) =>
          at === i
            ? tf.tensor(
                data.map((element, e) => element + by * direction[e]!),
                shape,
              )
            : x,
        );
      const difference = (total(moved(step)) - total(moved(-step))) / (2 * step);
      const gradient = gradients[i]!.dataSync();
      let slope = 0;
      let size = 0;
      for (let e = 0; e < gradient.length; e++) {
        slope += gradient[e]! * direction[e]!;
        size += Math.abs(gradient[e]! * direction[e]!);
      }
      expect(Math.abs(slope - difference), `operand ${i}: ${slope}, by differences ${difference}`).toBeLessThanOrEqual(
        tolerance * Math.max(1, size),
      );
    }
  });
}

/** Numbers no two of which are closer than `gap`, in a random order. */
export function apart(count: number, seed: number, gap = 0.05): Float32Array {
  const random = seededRandom(seed);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return Float32Array.from(order, (place) => (place - count / 2) * gap + gap / 3);
}
