import type { HostTensor } from "@attr/core";
import { type MethodName, type MethodSettings, methodNamed } from "@attr/core/catalogue";
import { gridSegments, type ImageLayout, type RgbaPixels, type Segments, segmentLabels, superpixels } from "@attr/inputs";
import { type Arguments, UsageError } from "../arguments.ts";

/** A picture smaller than this has few pixels of one colour, so that it is cut into a grid and not by its colours. */
export const smallPicture = 64;

/** Parts that XRAI ranks, of the middle size of three. */
const usualRegions = 60;

/** Cells along a side of the grid of a small picture, and squares that occlusion moves along a side. */
const usualCells = 7;

/**
 * The parts that are taken away, for methods that take parts away; undefined for others.
 *
 * @param seen what the model sees.
 * @throws UsageError where both ways to cut are typed, or one that the method has no use for.
 */
export function chosenSegments(given: Arguments, name: MethodName, seen: RgbaPixels): Segments | undefined {
  if (!methodNamed(name).settings.includes("featureMask")) return refuseCuts(given, name, seen);
  if (given.typed("segments") && given.typed("grid"))
    throw new UsageError("--segments and --grid are two ways to cut: leave one out");
  const count = given.typed("grid") ? undefined : given.number("segments");
  const cells = given.typed("segments") ? undefined : given.number("grid");
  if (cells !== undefined || (count === undefined && isSmall(seen)))
    return gridSegments(seen, cells ?? usualCells, cells ?? usualCells);
  return superpixels(seen, count === undefined ? {} : { count });
}

function refuseCuts(given: Arguments, name: MethodName, seen: RgbaPixels): undefined {
  for (const option of ["segments", "grid"] as const)
    if (given.typed(option) && !(option === "segments" && name === "xrai"))
      throw new UsageError(
        `--${option} is for methods that take parts away; ${name} scores every pixel of ${seen.width} × ${seen.height}`,
      );
}

function isSmall({ width, height }: RgbaPixels): boolean {
  return Math.max(width, height) < smallPicture;
}

/** The parts that XRAI ranks, of several sizes; for small pictures core's own grids serve. */
export function xraiSegments(given: Arguments, seen: RgbaPixels, input: string): Pick<MethodSettings, "segments"> {
  const count = given.number("segments");
  if (count === undefined && isSmall(seen)) return {};
  const middle = count ?? usualRegions;
  const counts = [...new Set([Math.ceil(middle / 3), middle, middle * 3])];
  return { segments: counts.map((parts) => ({ [input]: segmentLabels(superpixels(seen, { count: parts })) })) };
}

/** The square that occlusion moves over a picture, by half of its side. @throws UsageError where it is larger than the picture. */
export function occlusionWindow(
  given: Arguments,
  { shape }: HostTensor,
  layout: ImageLayout,
): Pick<MethodSettings, "window" | "strides"> {
  const first = layout === "channels-first";
  const [channels, height, width] = first ? [shape[1]!, shape[2]!, shape[3]!] : [shape[3]!, shape[1]!, shape[2]!];
  const side = given.number("window") ?? Math.max(1, Math.round(Math.max(height, width) / usualCells));
  if (side > Math.min(height, width))
    throw new UsageError(`--window ${side} is larger than the picture the model sees, ${width} × ${height}`);
  const stride = Math.max(1, Math.floor(side / 2));
  return first
    ? { window: [channels, side, side], strides: [channels, stride, stride] }
    : { window: [side, side, channels], strides: [stride, stride, channels] };
}
