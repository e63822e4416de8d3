import type { Grid } from "./resample.ts";

export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/**
 * The strongest places of either sign, at most `most` each, no two of them nearer than a share of the longer side (1 / `spread`), and
 * none weaker than a third of the strongest.
 */
export function strongSpots({ width, height, data }: Grid, most: number, spread: number): Spot[] {
  const spots: Spot[] = [];
  const apart = Math.max(width, height) / spread;
  let strongest = 0;
  for (let i = 0; i < data.length; i++) if (Math.abs(data[i]!) > strongest) strongest = Math.abs(data[i]!);
  for (const sign of [1, -1])
    for (let found = 0; found < most; found++) {
      let best = -1;
      for (let i = 0; i < data.length; i++) {
        const size = data[i]! * sign;
        if (!(size > 0) || size < strongest / 3 || (best >= 0 && size <= data[best]! * sign)) continue;
        const [x, y] = [i % width, Math.floor(i / width)];
        if (spots.every((spot) => Math.hypot(spot.x - x, spot.y - y) >= apart)) best = i;
      }
      if (best < 0) break;
      spots.push({ x: best % width, y: Math.floor(best / width), score: data[best]! });
    }
  return spots;
}
