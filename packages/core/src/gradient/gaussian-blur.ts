/**
 * Gaussian blur of one line of `length` samples as a matrix, `[length, length]` row-major, and how that matrix changes with sigma. The
 * kernel is sampled and normalised; beyond an end the line is reflected with its last sample repeated (`c b a | a b c | c b a`).
 */
export interface LineBlur {
  readonly matrix: Float64Array;
  readonly slope: Float64Array;
}

/** Kernels reach so many sigmas: what lies beyond is less than rounding. */
const reach = 8;

/** @param sigma from 0 up, in samples; 0 is the line itself. */
export function lineBlur(length: number, sigma: number): LineBlur {
  const matrix = new Float64Array(length * length);
  const slope = new Float64Array(length * length);
  const radius = Math.ceil(reach * sigma);
  const weights = new Float64Array(radius + 1);
  let [total, moment] = [0, 0];
  for (let step = 0; step <= radius; step++) {
    const weight = sigma === 0 ? 1 : Math.exp(-0.5 * (step / sigma) ** 2);
    weights[step] = weight;
    total += step === 0 ? weight : 2 * weight;
    moment += step === 0 ? 0 : 2 * weight * step * step;
  }
  // d/dσ of k(j) = e(j)/Σe, where e(j) = exp(−j²/2σ²), is k(j) · (j² − Σ k j²) / σ³; at 0 it is 0.
  const mean = moment / total;
  const cube = sigma ** 3;
  for (let to = 0; to < length; to++)
    for (let step = -radius; step <= radius; step++) {
      const weight = weights[Math.abs(step)]! / total;
      if (weight === 0) continue;
      const at = to * length + reflected(to + step, length);
      matrix[at]! += weight;
      if (cube > 0) slope[at]! += (weight * (step * step - mean)) / cube;
    }
  return { matrix, slope };
}

function reflected(position: number, length: number): number {
  const period = 2 * length;
  const within = ((position % period) + period) % period;
  return within < length ? within : period - 1 - within;
}

/** An image's axes: of planes of `height × width` samples, one after the other or (`last`) side by side. */
export interface PlaneLayout {
  readonly planes: number;
  readonly height: number;
  readonly width: number;
  readonly last: boolean;
}

/** Writes `rows · image · columnsᵀ` of every plane to `out`, or adds it there. */
export function applyBlur(
  image: ArrayLike<number>,
  offset: number,
  { planes, height, width, last }: PlaneLayout,
  rows: Float64Array,
  columns: Float64Array,
  out: Float64Array,
  adds = false,
): void {
  const half = new Float64Array(height * width);
  const [pixel, plane] = last ? [planes, 1] : [1, height * width];
  if (!adds) out.fill(0);
  for (let p = 0; p < planes; p++) {
    half.fill(0);
    for (let y = 0; y < height; y++)
      for (let from = 0; from < height; from++) {
        const weight = rows[y * height + from]!;
        if (weight === 0) continue;
        const start = offset + p * plane + from * width * pixel;
        for (let x = 0; x < width; x++) half[y * width + x]! += weight * image[start + x * pixel]!;
      }
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let from = 0; from < width; from++) sum += columns[x * width + from]! * half[y * width + from]!;
        out[p * plane + (y * width + x) * pixel]! += sum;
      }
  }
}
