import type { Point } from "./layout.ts";

/** What of the drawing is seen: its left upper corner in the drawing's pixels, and how large a pixel of it is on the screen. */
export interface Window extends Point {
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const least = 0.05;
const most = 3;

/** Smaller than this, what is written in boxes cannot be read. */
const readable = 0.7;

/** The whole drawing in the middle of the frame. */
export function fitted({ width, height }: Size, frame: Size): Window {
  const scale = Math.max(least, Math.min(1, frame.width / Math.max(1, width), frame.height / Math.max(1, height)));
  return { scale, x: (width - frame.width / scale) / 2, y: (height - frame.height / scale) / 2 };
}

/** The whole drawing where it can be read, else its beginning: the first box in the middle of the upper edge. */
export function atStart(drawing: Size, frame: Size, first: Point & Size): Window {
  const whole = fitted(drawing, frame);
  if (whole.scale >= readable) return whole;
  return { scale: readable, x: first.x + first.width / 2 - frame.width / readable / 2, y: first.y - 12 };
}

/** Enlarged by a factor, with the point of the frame where it is. */
export function zoomed({ x, y, scale }: Window, factor: number, at: Point): Window {
  const next = Math.min(most, Math.max(least, scale * factor));
  return { scale: next, x: x + at.x / scale - at.x / next, y: y + at.y / scale - at.y / next };
}

/** Moved by pixels of the screen. */
export function moved({ x, y, scale }: Window, by: Point): Window {
  return { scale, x: x + by.x / scale, y: y + by.y / scale };
}

/** Moved as little as needed for a box to be seen whole. */
export function showing(window: Window, frame: Size, box: Point & Size): Window {
  const margin = 12 / window.scale;
  const [width, height] = [frame.width / window.scale, frame.height / window.scale];
  const clamp = (from: number, length: number, boxFrom: number, boxLength: number): number =>
    Math.min(boxFrom - margin, Math.max(from, boxFrom + boxLength + margin - length));
  return {
    scale: window.scale,
    x: clamp(window.x, width, box.x, box.width),
    y: clamp(window.y, height, box.y, box.height),
  };
}

/** Whether something between two corners is seen. */
export function isSeen({ x, y, scale }: Window, frame: Size, from: Point, to: Point): boolean {
  return to.x >= x && from.x <= x + frame.width / scale && to.y >= y && from.y <= y + frame.height / scale;
}
