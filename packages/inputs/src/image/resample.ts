/**
 * How colours between pixels are found: the nearest pixel's, or a weighted mean of those around. When a picture becomes smaller the mean
 * is taken over all pixels that fall together (antialiasing), as Pillow does and the models were trained with.
 */
export type ResizeFilter = "nearest" | "box" | "bilinear" | "hamming" | "bicubic" | "lanczos";

interface Kernel {
  /** How far it reaches to either side, in pixels of the coarser picture. */
  readonly support: number;
  weight(distance: number): number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
/** The cubic of Keys, 1981, with a = −0.5. */
const sharpness = -0.5;

const kernels: Readonly<Record<Exclude<ResizeFilter, "nearest">, Kernel>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x))) },
  bicubic: {
    support: 2,
    weight: (x) => {
      const d = Math.abs(x);
      if (d < 1) return ((sharpness + 2) * d - (sharpness + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * sharpness : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Weights are whole multiples of 2^-22, so that every machine and Pillow itself round to the same colours. */
const unit = 2 ** 22;

/** For every pixel of the result: the first pixel it takes, how many, and their weights, `width` apart. */
interface Taps {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Float64Array;
  readonly width: number;
}

function tapsOf(from: number, to: number, { support, weight }: Kernel): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = support * stretch;
  const shrink = 1 / stretch;
  const width = 2 * Math.ceil(reach) + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Float64Array(to * width);
  for (let at = 0; at < to; at++) {
    const center = (at + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    let total = 0;
    for (let i = start; i < end; i++) {
      const own = weight((i - center + 0.5) * shrink);
      weights[at * width + i - start] = own;
      total += own;
    }
    const share = total === 0 ? 0 : 1 / total;
    for (let i = at * width; i < at * width + end - start; i++) {
      const own = weights[i]! * share;
      weights[i] = Math.trunc(own * unit + (own < 0 ? -0.5 : 0.5));
    }
    starts[at] = start;
    counts[at] = end - start;
  }
  return { starts, counts, weights, width };
}

/** One axis of planes: `lines` lines of `from` pixels, `step` apart, whose first pixels are `stride` apart. */
function resampleAxis(
  source: Uint8Array,
  from: number,
  to: number,
  lines: number,
  [step, stride]: readonly [number, number],
  [toStep, toStride]: readonly [number, number],
  kernel: Kernel,
): Uint8Array {
  const { starts, counts, weights, width } = tapsOf(from, to, kernel);
  const result = new Uint8Array(to * lines);
  for (let line = 0; line < lines; line++)
    for (let at = 0; at < to; at++) {
      let sum = unit / 2;
      let position = line * stride + starts[at]! * step;
      const end = at * width + counts[at]!;
      for (let tap = at * width; tap < end; tap++) {
        sum += source[position]! * weights[tap]!;
        position += step;
      }
      const color = Math.floor(sum / unit);
      result[line * toStride + at * toStep] = color < 0 ? 0 : Math.min(color, 255);
    }
  return result;
}

function nearest(plane: Uint8Array, width: number, height: number, toWidth: number, toHeight: number): Uint8Array {
  const result = new Uint8Array(toWidth * toHeight);
  const [stepX, stepY] = [width / toWidth, height / toHeight];
  for (let y = 0, sourceY = stepY / 2; y < toHeight; y++, sourceY += stepY)
    for (let x = 0, sourceX = stepX / 2; x < toWidth; x++, sourceX += stepX)
      result[y * toWidth + x] =
        plane[Math.min(height - 1, Math.floor(sourceY)) * width + Math.min(width - 1, Math.floor(sourceX))]!;
  return result;
}

/** One channel of `height × width` colours, 0 to 255, in another size: the numbers are those of Pillow's `resize`. */
export function resamplePlane(
  plane: Uint8Array,
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
  filter: ResizeFilter,
): Uint8Array {
  if (toWidth === width && toHeight === height) return plane;
  if (filter === "nearest") return nearest(plane, width, height, toWidth, toHeight);
  const kernel = kernels[filter];
  const wide = toWidth === width ? plane : resampleAxis(plane, width, toWidth, height, [1, width], [1, toWidth], kernel);
  if (toHeight === height) return wide;
  return resampleAxis(wide, height, toHeight, toWidth, [toWidth, 1], [toWidth, 1], kernel);
}
