/**
 * A plane of `height × width` numbers, blurred by a Gaussian of this standard deviation in pixels. Beyond an edge lies the picture's mirror
 * image, so that an even plane stays as it is.
 */
export function blurPlane(plane: ArrayLike<number>, width: number, height: number, sigma: number): Float64Array {
  const weights = gaussian(sigma);
  const across = blurLines(plane, width, height, 1, width, weights);
  return blurLines(across, height, width, width, 1, weights);
}

/** Weights of the middle and one side; together with the other side they add up to 1. */
function gaussian(sigma: number): Float64Array {
  const weights = new Float64Array(Math.ceil(4 * sigma) + 1);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    weights[i] = sigma === 0 ? 1 : Math.exp(-0.5 * (i / sigma) ** 2);
    total += i === 0 ? 1 : 2 * weights[i]!;
  }
  return weights.map((weight) => weight / total);
}

/** Blurs `lines` lines of `length` numbers, `step` apart; the lines begin `stride` apart. */
function blurLines(
  from: ArrayLike<number>,
  length: number,
  lines: number,
  step: number,
  stride: number,
  weights: Float64Array,
): Float64Array {
  const result = new Float64Array(from.length);
  const period = 2 * length;
  for (let line = 0; line < lines; line++) {
    const start = line * stride;
    for (let at = 0; at < length; at++) {
      let sum = weights[0]! * from[start + at * step]!;
      for (let i = 1; i < weights.length; i++) {
        let before = (((at - i) % period) + period) % period;
        let after = (at + i) % period;
        if (before >= length) before = period - 1 - before;
        if (after >= length) after = period - 1 - after;
        sum += weights[i]! * (from[start + before * step]! + from[start + after * step]!);
      }
      result[start + at * step] = sum;
    }
  }
  return result;
}
