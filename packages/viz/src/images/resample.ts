/** Numbers of a grid, row by row. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/**
 * A grid with another number of rows and columns. Where it shrinks, a new number is the mean of those it covers; where it grows, it is
 * the one it lies in (`nearest`) or between the nearest centres in proportion (`smooth`).
 */
export function resample(grid: Grid, width: number, height: number, scaling: "nearest" | "smooth"): Float64Array {
  if (grid.width === width && grid.height === height) return Float64Array.from(grid.data);
  const across = weights(grid.width, width, scaling);
  const down = weights(grid.height, height, scaling);
  const rows = new Float64Array(grid.height * width);
  for (let y = 0; y < grid.height; y++)
    for (let x = 0; x < width; x++) {
      const { first, shares } = across[x]!;
      let sum = 0;
      for (let i = 0; i < shares.length; i++) sum += grid.data[y * grid.width + first + i]! * shares[i]!;
      rows[y * width + x] = sum;
    }
  const result = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    const { first, shares } = down[y]!;
    for (let i = 0; i < shares.length; i++)
      for (let x = 0; x < width; x++) result[y * width + x]! += rows[(first + i) * width + x]! * shares[i]!;
  }
  return result;
}

interface Weights {
  /** The first of the old places that count. */
  readonly first: number;
  /** How much each counts; together 1. */
  readonly shares: readonly number[];
}

/** Which old places each new one of an axis is made of. */
function weights(from: number, to: number, scaling: "nearest" | "smooth"): Weights[] {
  return Array.from({ length: to }, (_, index): Weights => {
    const [start, end] = [(index * from) / to, ((index + 1) * from) / to];
    if (to < from) {
      const first = Math.floor(start);
      const last = Math.min(from, Math.ceil(end - 1e-9));
      const shares = Array.from(
        { length: last - first },
        (__, i) => (Math.min(end, first + i + 1) - Math.max(start, first + i)) / (end - start),
      );
      return { first, shares };
    }
    const center = (start + end) / 2;
    if (scaling === "nearest") return { first: Math.min(from - 1, Math.floor(center)), shares: [1] };
    const place = Math.min(from - 1, Math.max(0, center - 0.5));
    const first = Math.min(from - 1, Math.floor(place));
    const share = place - first;
    return share === 0 ? { first, shares: [1] } : { first, shares: [1 - share, share] };
  });
}
