import { type Color, scaleColor, textColor } from "../score-scale.ts";
import { seriesColor } from "../series-colors.ts";
import type { AnsiOptions } from "./ansi-options.ts";

/** Puts colours on text, as many as the terminal has. */
export interface Painter {
  /** The colours there are; none where signs carry the meaning. */
  readonly colors: "none" | "16" | "256" | "truecolor";
  /** Text on the colour of a share of the scale. */
  score(text: string, share: number): string;
  /** Text in the colour of a line of a curve, by its number. */
  series(text: string, index: number): string;
  /** Text in a colour on another; for 256 colours and more. */
  on(text: string, ink: Color, ground: Color): string;
  strong(text: string): string;
  faint(text: string): string;
}

/** Scores below this share of the scale leave their word as it is. */
export const visibleShare: number = 1 / 12;

export function painter({ color = true, theme = "dark" }: AnsiOptions): Painter {
  const colors = color === false ? "none" : color === true ? "256" : color;
  const wrap = (codes: string, text: string): string => (colors === "none" ? text : `\u001b[${codes}m${text}\u001b[0m`);
  const code = (at: Color): string => (colors === "truecolor" ? `2;${at.join(";")}` : `5;${nearest256(at)}`);
  const scoreCodes = (share: number): string => {
    if (Number.isNaN(share)) return "7";
    if (colors === "16") return sixteen(share);
    const background = scaleColor(share, theme);
    return `48;${code(background)};38;${code(textColor(background))}`;
  };
  return {
    colors,
    score: (text, share) => (Math.abs(share) < visibleShare ? text : wrap(scoreCodes(share), text)),
    series: (text, index) =>
      wrap(colors === "16" ? `${[36, 33, 32, 35, 93, 37][index % 6]}` : `38;${code(seriesColor(index, theme))}`, text),
    on: (text, ink, ground) => wrap(`38;${code(ink)};48;${code(ground)}`, text),
    strong: (text) => wrap("1", text),
    faint: (text) => wrap("2", text),
  };
}

/** Blue and yellow: underlined letters for weak scores, a background for the rest, bold for the strongest. */
function sixteen(share: number): string {
  const size = Math.abs(share);
  if (size < 1 / 3) return share > 0 ? "4;34" : "4;33";
  const background = share > 0 ? "44;97" : "43;30";
  return size < 2 / 3 ? background : `1;${background}`;
}

const levels = [0, 95, 135, 175, 215, 255];

/** The nearest colour of 256-colour terminals: of their 6×6×6 cube, or of their ramp of greys. */
function nearest256(color: Color): number {
  const nearest = (channel: number): number => {
    let best = 0;
    levels.forEach((level, index) => {
      if (Math.abs(level - channel) < Math.abs(levels[best]! - channel)) best = index;
    });
    return best;
  };
  const [red, green, blue] = [nearest(color[0]), nearest(color[1]), nearest(color[2])];
  const grey = Math.min(23, Math.max(0, Math.round(((color[0] + color[1] + color[2]) / 3 - 8) / 10)));
  const away = (other: Color): number => color.reduce((sum, channel, i) => sum + (channel - other[i]!) ** 2, 0);
  const ramp = 8 + 10 * grey;
  return away([ramp, ramp, ramp]) < away([levels[red]!, levels[green]!, levels[blue]!])
    ? 232 + grey
    : 16 + 36 * red + 6 * green + blue;
}
