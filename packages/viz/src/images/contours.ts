import type { Grid } from "./resample.ts";

/** A point of a line: x and y in columns and rows of the grid, a grid's number standing in the middle of its square. */
export type Point = readonly [x: number, y: number];

/**
 * The lines along which a grid has a level (marching squares), each as a chain of points. Around the grid everything counts as below,
 * so that every line is closed; numbers that are NaN count as below.
 */
export function contours({ width, height, data }: Grid, level: number): Point[][] {
  const at = (x: number, y: number): number => {
    if (x < 0 || y < 0 || x >= width || y >= height) return -1;
    const difference = data[y * width + x]! - level;
    return Number.isNaN(difference) ? -1 : Math.max(-1e300, Math.min(1e300, difference));
  };
  // An edge between neighbours has a number of its own: the lower square's, doubled, and 1 for the one that goes down.
  const edge = (x: number, y: number, down: 0 | 1): number => 2 * ((y + 1) * (width + 2) + x + 1) + down;
  const points = new Map<number, Point>();
  const neighbours = new Map<number, number[]>();
  const cross = (x1: number, y1: number, x2: number, y2: number): number => {
    const id = edge(x1, y1, x1 === x2 ? 1 : 0);
    if (!points.has(id)) {
      const [a, b] = [at(x1, y1), at(x2, y2)];
      const outside = [x1, x2].some((x) => x < 0 || x >= width) || [y1, y2].some((y) => y < 0 || y >= height);
      // Towards the outside there is nothing to measure: the line keeps to the middle, the grid's rim.
      const share = outside ? 0.5 : a / (a - b);
      points.set(id, [x1 + (x2 - x1) * share + 0.5, y1 + (y2 - y1) * share + 0.5]);
    }
    return id;
  };
  const join = (a: number, b: number): void => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const list = neighbours.get(from);
      if (list === undefined) neighbours.set(from, [to]);
      else list.push(to);
    }
  };
  for (let y = -1; y < height; y++)
    for (let x = -1; x < width; x++) {
      const above = [at(x, y) >= 0, at(x + 1, y) >= 0, at(x + 1, y + 1) >= 0, at(x, y + 1) >= 0] as const;
      const crossed: number[] = [];
      if (above[0] !== above[1]) crossed.push(cross(x, y, x + 1, y));
      if (above[1] !== above[2]) crossed.push(cross(x + 1, y, x + 1, y + 1));
      if (above[2] !== above[3]) crossed.push(cross(x, y + 1, x + 1, y + 1));
      if (above[3] !== above[0]) crossed.push(cross(x, y, x, y + 1));
      if (crossed.length === 2) join(crossed[0]!, crossed[1]!);
      else if (crossed.length === 4) {
        // A saddle: what is above stays apart.
        const [top, right, bottom, left] = crossed as [number, number, number, number]; // four were pushed
        if (above[0]) {
          join(top, left);
          join(right, bottom);
        } else {
          join(top, right);
          join(bottom, left);
        }
      }
    }
  const lines: Point[][] = [];
  const used = new Set<number>();
  for (const start of neighbours.keys()) {
    if (used.has(start)) continue;
    const line: Point[] = [];
    let here: number | undefined = start;
    while (here !== undefined) {
      used.add(here);
      line.push(points.get(here)!);
      here = neighbours.get(here)!.find((next) => !used.has(next));
    }
    line.push(line[0]!);
    lines.push(line);
  }
  return lines;
}
