import type { Curve } from "./curve-document.ts";

/** The area under a line by trapezoids, divided by the length of its axis: its mean height. NaN for fewer than two points or no length. */
export function areaUnder({ x, y }: Curve): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += (x[i]! - x[i - 1]!) * (y[i]! / 2 + y[i - 1]! / 2);
  const length = x.length < 2 ? 0 : x.at(-1)! - x[0]!;
  return length === 0 ? Number.NaN : area / length;
}
