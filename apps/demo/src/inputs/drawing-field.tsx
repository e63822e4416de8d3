import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { inked, strokeOver } from "./brush.ts";
import { type Drawing, drawingPixels, drawingSide, inverted } from "./drawing.ts";
import { PaintCanvas } from "./paint-canvas.tsx";

interface Props {
  readonly drawing: Drawing;
  readonly onChange: (drawing: Drawing) => void;
}

/** How far a pen's ink reaches, and how much of it an eraser takes, in pixels. */
const reach = { ink: 1.7, eraser: 1.5 } as const;

/** A small black board to draw on in white. */
export function DrawingField({ drawing, onChange }: Props): JSX.Element {
  const pixels = useMemo(() => drawingPixels(drawing), [drawing]);
  return (
    <div class="field painted">
      <PaintCanvas
        label="Drawing, 28 by 28 pixels"
        pixels={pixels}
        step={1}
        onStroke={(from, to, erases) => {
          const stroke = { from, to, radius: erases ? reach.eraser : reach.ink };
          onChange(strokeOver(drawing, drawingSide, drawingSide, stroke, erases ? () => 0 : inked));
        }}
        describe={(x, y) => {
          const grey = drawing[y * drawingSide + x]!;
          return grey === 0 ? "black" : grey > 200 ? "white" : "grey";
        }}
      />
      <div class="actions">
        <button type="button" onClick={() => onChange(new Uint8Array(drawing.length))}>
          Clear
        </button>
        <button type="button" onClick={() => onChange(inverted(drawing))}>
          Black for white
        </button>
      </div>
    </div>
  );
}
