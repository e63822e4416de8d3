import type { Color, Theme } from "./score-scale.ts";

/** Colours of lines and points that are no part of the scale, in the order they are given out (Okabe and Ito's, told apart by all). */
const series: Readonly<Record<Theme, readonly Color[]>> = {
  light: [[0, 96, 168], [179, 71, 0], [0, 121, 90], [160, 68, 122], [122, 100, 0], [61, 68, 81]], // biome-ignore format: a table
  dark: [[108, 184, 255], [255, 158, 64], [61, 219, 176], [238, 154, 200], [232, 212, 77], [195, 202, 214]], // biome-ignore format: a table
};

/** How many lines have a colour of their own; the next begin again, and differ by their dashes and points. */
export const seriesColors: number = series.light.length;

export function seriesColor(index: number, theme: Theme): Color {
  return series[theme][index % seriesColors]!;
}
