import type { Segments } from "@attr/inputs";

/** Draws the lines between the parts of a picture, light on dark so that they are seen on any colour. */
export function drawOutlines(context: CanvasRenderingContext2D, segments: Segments, zoom: number): void {
  const path = new Path2D();
  const { width, height, labels } = segments;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (x + 1 < width && labels[at] !== labels[at + 1]) {
        path.moveTo((x + 1) * zoom, y * zoom);
        path.lineTo((x + 1) * zoom, (y + 1) * zoom);
      }
      if (y + 1 < height && labels[at] !== labels[at + width]) {
        path.moveTo(x * zoom, (y + 1) * zoom);
        path.lineTo((x + 1) * zoom, (y + 1) * zoom);
      }
    }
  context.lineCap = "square";
  context.strokeStyle = "#10131a";
  context.lineWidth = 4;
  context.stroke(path);
  context.strokeStyle = "#ffffff";
  context.lineWidth = 2;
  context.stroke(path);
}
