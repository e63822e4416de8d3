import type { RgbaPixels, Segments } from "@attr/inputs";
import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Point } from "./brush.ts";
import { drawPixels, zoomOf } from "./pixel-image.ts";
import { drawOutlines } from "./segment-outlines.ts";

interface Props {
  readonly label: string;
  /** What is painted on, as it looks now. */
  readonly pixels: RgbaPixels;
  readonly segments?: Segments | undefined;
  /** How far one press of an arrow key goes, in pixels. */
  readonly step: number;
  /** Paints from one place to another; a dot where they are one. */
  readonly onStroke: (from: Point, to: Point, erases: boolean) => void;
  /** What is at a pixel, in words. */
  readonly describe: (x: number, y: number) => string;
}

const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * A picture to paint on, with a pointer or by the keyboard: arrow keys move a frame, the space bar paints under it, Shift with an arrow key
 * paints on the way, Delete erases.
 */
export function PaintCanvas({ label, pixels, segments, step, onStroke, describe }: Props): JSX.Element {
  const id = useId();
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Point>(undefined);
  const [cursor, setCursor] = useState<Point>({ x: Math.floor(pixels.width / 2), y: Math.floor(pixels.height / 2) });
  const [focused, setFocused] = useState(false);
  const [said, setSaid] = useState("");
  const zoom = zoomOf(pixels.width);
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    drawPixels(context, pixels, zoom);
    if (segments !== undefined) drawOutlines(context, segments, zoom);
    if (focused) drawCursor(context, cursor, step, zoom);
  }, [pixels, segments, focused, cursor, step]);
  // What is said is of the picture after the key.
  useEffect(() => {
    if (focused) setSaid(`row ${cursor.y + 1}, column ${cursor.x + 1}: ${describe(cursor.x, cursor.y)}`);
  }, [cursor, focused, pixels]);

  const placeOf = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width, height } = canvas.current!.getBoundingClientRect();
    return { x: ((clientX - left) / width) * pixels.width, y: ((clientY - top) / height) * pixels.height };
  };
  const erases = ({ buttons }: PointerEvent): boolean => (buttons & 2) !== 0;
  const middle = ({ x, y }: Point): Point => ({ x: x + 0.5, y: y + 0.5 });
  const press = (event: KeyboardEvent): void => {
    const move = moves[event.key];
    if (move !== undefined) {
      const x = Math.max(0, Math.min(pixels.width - 1, cursor.x + move[0] * step));
      const y = Math.max(0, Math.min(pixels.height - 1, cursor.y + move[1] * step));
      setCursor({ x, y });
      if (event.shiftKey) onStroke(middle(cursor), middle({ x, y }), false);
    } else if (event.key === " ") onStroke(middle(cursor), middle(cursor), false);
    else if (event.key === "Delete" || event.key === "Backspace") onStroke(middle(cursor), middle(cursor), true);
    else return;
    event.preventDefault();
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: what takes arrow keys for itself is an application to screen readers */}
      <canvas
        ref={canvas}
        class="pixels paint"
        role="application"
        tabIndex={0}
        aria-label={label}
        aria-describedby={`${id}-keys`}
        width={pixels.width * zoom}
        height={pixels.height * zoom}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onKeyDown={press}
        onContextMenu={(event) => event.preventDefault()}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = placeOf(event);
          last.current = at;
          onStroke(at, at, erases(event));
        }}
        onPointerMove={(event) => {
          if (last.current === undefined) return;
          const at = placeOf(event);
          onStroke(last.current, at, erases(event));
          last.current = at;
        }}
        onPointerUp={() => {
          last.current = undefined;
        }}
        onPointerCancel={() => {
          last.current = undefined;
        }}
      />
      <small id={`${id}-keys`}>
        Paint with the pointer (its right button erases), or with the keyboard: arrows move, the space bar paints, Shift and an
        arrow paint on the way, Delete erases.
      </small>
      <span class="unseen" role="status">
        {said}
      </span>
    </>
  );
}

function drawCursor(context: CanvasRenderingContext2D, { x, y }: Point, step: number, zoom: number): void {
  const size = step * zoom;
  const [left, top] = [(x + 0.5) * zoom - size / 2, (y + 0.5) * zoom - size / 2];
  context.lineWidth = 6;
  context.strokeStyle = "#10131a";
  context.strokeRect(left, top, size, size);
  context.lineWidth = 3;
  context.strokeStyle = "#ffb000";
  context.strokeRect(left, top, size, size);
}
