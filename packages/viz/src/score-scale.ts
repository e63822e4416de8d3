/** Steps of colour on either side of zero. */
export const colorSteps = 20;

/** How strongly a score is coloured: a step of -20 to 20, or that it is no number. */
export type ColorStep = number | "nan";

/** A colour as red, green and blue, 0 to 255 each. */
export type Color = readonly [red: number, green: number, blue: number];

/** The colours of a picture: on a light ground or a dark one. */
export type Theme = "light" | "dark";

/**
 * The scale of a document: symmetric about zero, as far as its largest finite score, one for all rows so that rows compare. Scores that
 * are infinite take the strongest colour, NaN takes none.
 */
export class ScoreScale {
  /** The largest finite magnitude; 0 where all scores are zero or none is finite. */
  readonly magnitude: number;

  constructor(rows: readonly { readonly scores: readonly number[] }[]) {
    let largest = 0;
    for (const row of rows)
      for (const score of row.scores) if (Number.isFinite(score)) largest = Math.max(largest, Math.abs(score));
    this.magnitude = largest;
  }

  /** The score as a share of the scale, -1 to 1; NaN for NaN. */
  share(score: number): number {
    if (score === Number.POSITIVE_INFINITY) return 1;
    if (score === Number.NEGATIVE_INFINITY) return -1;
    if (this.magnitude === 0) return Number.isNaN(score) ? Number.NaN : 0;
    return score / this.magnitude;
  }

  step(score: number): ColorStep {
    const share = this.share(score);
    // Adding 0 turns -0 into 0.
    return Number.isNaN(share) ? "nan" : Math.round(share * colorSteps) + 0;
  }
}

// Blue for what raises and orange for what lowers: the pair that all common kinds of colour blindness keep apart.
const ends: Readonly<Record<Theme, { readonly zero: Color; readonly positive: Color; readonly negative: Color }>> = {
  light: { zero: [255, 255, 255], positive: [26, 92, 176], negative: [196, 84, 0] },
  dark: { zero: [22, 24, 29], positive: [88, 166, 255], negative: [255, 158, 64] },
};

/** The background of a share of the scale (-1 to 1). */
export function scaleColor(share: number, theme: Theme): Color {
  const { zero, positive, negative } = ends[theme];
  const end = share < 0 ? negative : positive;
  const part = Math.min(1, Math.abs(share));
  const mix = (channel: 0 | 1 | 2): number => Math.round(zero[channel] + (end[channel] - zero[channel]) * part);
  return [mix(0), mix(1), mix(2)];
}

/** Black or white, whichever stands out more from a background: at least 4.5 to 1 on any. */
export function textColor(background: Color): Color {
  const black: Color = [0, 0, 0];
  const white: Color = [255, 255, 255];
  return contrast(background, black) >= contrast(background, white) ? black : white;
}

/** The contrast ratio of two colours by WCAG 2: 1 (equal) to 21. */
export function contrast(a: Color, b: Color): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

/** How light a colour is to the eye, 0 (black) to 1 (white), by WCAG 2. */
function luminance([red, green, blue]: Color): number {
  const linear = (channel: number): number => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** A colour as CSS writes it: `#1a5cb0`. */
export function hex(color: Color): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
