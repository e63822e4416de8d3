/** A place on a picture in pixels; whole numbers and a half are the middle of a pixel. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How far a place is from the line between two others. */
export function distanceToLine({ x, y }: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - from.x) * dx + (y - from.y) * dy) / length));
  return Math.hypot(x - from.x - share * dx, y - from.y - share * dy);
}

/** A stroke over a picture of one byte a pixel: what becomes of the bytes near it. */
export interface Stroke {
  readonly from: Point;
  readonly to: Point;
  /** How far the stroke reaches to either side, in pixels. */
  readonly radius: number;
}

/**
 * A copy of the bytes where the stroke has passed.
 *
 * @param changed the new byte of a pixel, from the old one and how far its middle is from the stroke's.
 */
export function strokeOver(
  bytes: Uint8Array,
  width: number,
  height: number,
  { from, to, radius }: Stroke,
  changed: (before: number, distance: number) => number,
): Uint8Array {
  const after = bytes.slice();
  const [left, right] = [Math.min(from.x, to.x) - radius, Math.max(from.x, to.x) + radius];
  const [top, bottom] = [Math.min(from.y, to.y) - radius, Math.max(from.y, to.y) + radius];
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, Math.ceil(bottom)); y++)
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, Math.ceil(right)); x++) {
      const distance = distanceToLine({ x: x + 0.5, y: y + 0.5 }, from, to);
      if (distance <= radius) after[y * width + x] = changed(after[y * width + x]!, distance);
    }
  return after;
}

/** A soft white stroke, as wide as a pen's on a small picture: brightest within half a pixel, gone at its radius. */
export function inked(before: number, distance: number): number {
  return Math.max(before, Math.round(255 * Math.max(0, Math.min(1, 1.7 - distance))));
}
