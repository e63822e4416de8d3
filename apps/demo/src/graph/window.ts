import type { Layout, Point } from "./layout.ts";

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

/** The whole drawing in the middle of the frame, or its beginning where it would be too small to read. */
export function fitted({ width, height }: Layout, frame: Size): Window {
  const across = Math.min(1, frame.width / Math.max(1, width));
  const whole = Math.min(across, frame.height / Math.max(1, height));
  const scale = Math.max(whole, Math.min(across, 0.55));
  return { scale, x: (width - frame.width / scale) / 2, y: Math.min(0, (height - frame.height / scale) / 2) };
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
