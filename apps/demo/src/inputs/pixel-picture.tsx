import type { RgbaPixels, Segments } from "@attr/inputs";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { drawPixels, zoomOf } from "./pixel-image.ts";
import { drawOutlines } from "./segment-outlines.ts";

interface Props {
  readonly pixels: RgbaPixels;
  /** What is seen, for who does not see it. */
  readonly label: string;
  /** Lines between these parts are drawn over it. */
  readonly segments?: Segments | undefined;
}

/** A picture, its pixels enlarged as they are. */
export function PixelPicture({ pixels, label, segments }: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const zoom = zoomOf(pixels.width);
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    drawPixels(context, pixels, zoom);
    if (segments !== undefined) drawOutlines(context, segments, zoom);
  }, [pixels, segments]);
  return (
    <canvas ref={canvas} class="pixels" role="img" aria-label={label} width={pixels.width * zoom} height={pixels.height * zoom} />
  );
}
