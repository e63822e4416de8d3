import type { RgbaPixels } from "@attr/inputs";

/** Draws a picture's pixels into a canvas, each `zoom` pixels wide, without evening them out. */
export function drawPixels(context: CanvasRenderingContext2D, pixels: RgbaPixels, zoom: number): void {
  const { width, height, data } = pixels;
  const image = new ImageData(Uint8ClampedArray.from(data), width, height);
  const small = new OffscreenCanvas(width, height);
  small.getContext("2d")!.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, width * zoom, height * zoom);
}

/** Pixels of a canvas for one of a picture this wide, so that it is sharp at the width it is shown in. */
export function zoomOf(width: number): number {
  return Math.max(1, Math.round(448 / width));
}
