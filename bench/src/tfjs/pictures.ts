import { seededRandom } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";

export const size = 224;
/** Rows of every call. */
export const batch = 10;
/** Output that is explained. */
export const target = 3;

const random = seededRandom(2);

/** A picture of noise, channels last. */
export const picture: Float32Array = Float32Array.from({ length: size * size * 3 }, () => random.next());

/** Rows made of the picture, as tensors of at most {@link batch}. */
export function preparedBatches(rows: number, element: (row: number, position: number) => number): readonly tf.Tensor4D[] {
  return Array.from({ length: Math.ceil(rows / batch) }, (_, call) => {
    const count = Math.min(batch, rows - call * batch);
    const data = new Float32Array(count * picture.length);
    for (let row = 0; row < count; row++)
      for (let i = 0; i < picture.length; i++) data[row * picture.length + i] = element(call * batch + row, i);
    return tf.tensor4d(data, [count, size, size, 3]);
  });
}

/**
 * The two have to say the same before their times mean anything; single rectifiers switch with the last bit.
 *
 * @throws Error where they lie further apart than a hundredth of their length.
 */
export function same(what: string, got: ArrayLike<number>, expected: ArrayLike<number>): void {
  let [length, distance] = [0, got.length === expected.length ? 0 : Number.POSITIVE_INFINITY];
  for (let i = 0; i < expected.length; i++) {
    length += expected[i]! ** 2;
    distance += (got[i]! - expected[i]!) ** 2;
  }
  if (!(distance <= 1e-4 * length)) throw new Error(`${what}: the two lie ${Math.sqrt(distance / length)} of their length apart`);
}
