import { type Color, colorSteps, hex, scaleColor, type Theme, textColor } from "../score-scale.ts";
import { seriesColor, seriesColors } from "../series-colors.ts";
import { paper, stepClass, type ThemeChoice } from "../theme-style.ts";

/** Dashes of the lines, so that they can be told apart without colour. */
const dashes: readonly string[] = ["none", "8 4", "2 3", "10 3 2 3", "5 5", "12 4 2 4 2 4"];

/**
 * The style sheet of a picture. Colours are written out where they are used, without custom properties: drawing programs and
 * converters outside the browser know none. `auto` is light, and dark for who prefers that.
 *
 * @param used The picture's elements: only steps of the scale that occur get a rule.
 */
export function svgStyle(scope: string, choice: ThemeChoice, used: string): string {
  const steps: number[] = [];
  for (let step = -colorSteps; step <= colorSteps; step++)
    if (step !== 0 && used.includes(`"${stepClass(step)}"`)) steps.push(step);
  const colors = (theme: Theme): string => colorRules(`.${scope}`, theme, steps);
  const lines = dashes.map((dash, index) => `.${scope} .d${index}{stroke-dasharray:${dash}}`);
  return [
    `.${scope}{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.${scope} text{white-space:pre}
.${scope} text.strong{font-weight:700}
.${scope} .s0 rect,.${scope} .snan rect,.${scope} .curve,.${scope} .outline,.${scope} .frame{fill:none}
.${scope} .snan rect{stroke-dasharray:2 2}
.${scope} .raises,.${scope} .lowers,.${scope} .contour-halo{stroke-width:1.5;fill:none}
.${scope} .lowers{stroke-dasharray:3 3}
.${scope} .error{stroke-width:1.5}
.${scope} .curve{stroke-width:2.5;stroke-linejoin:round}
.${scope} .band{opacity:.22}
.${scope} .level{stroke-width:1.5;stroke-dasharray:1 4;stroke-linecap:round}
.${scope} .grid{stroke-dasharray:1 3}
.${scope} .contour-halo{stroke-width:4;stroke-linejoin:round}`,
    ...(used.includes('class="curve') ? lines : []),
    colors(choice === "dark" ? "dark" : "light"),
    ...(choice === "auto" ? [`@media (prefers-color-scheme:dark){\n${colors("dark")}\n}`] : []),
  ].join("\n");
}

function colorRules(scope: string, theme: Theme, steps: readonly number[]): string {
  const { page, ink, faint, line } = paper[theme];
  const [positive, negative] = [hex(scaleColor(1, theme)), hex(scaleColor(-1, theme))];
  const rules = [
    `${scope} text,${scope} .mark{fill:${ink}}`,
    `${scope} text.faint{fill:${faint}}`,
    `${scope} .page,${scope} .hollow{fill:${page}}`,
    `${scope} .line,${scope} .grid{stroke:${line}}`,
    `${scope} .axis,${scope} .snan rect{stroke:${faint}}`,
    `${scope} .raises,${scope} .lowers,${scope} .error,${scope} .outline,${scope} .level{stroke:${ink}}`,
    `${scope} .contour-halo{stroke:${page}}`,
    `${scope} .positive{fill:${positive}}`,
    `${scope} .negative{fill:${negative}}`,
    `${scope} .striped{stroke:${page}}`,
    `${scope} .neutral{fill:${faint}}`,
    `${scope} .stop-negative{stop-color:${negative}}`,
    `${scope} .stop-zero{stop-color:${page}}`,
    `${scope} .stop-positive{stop-color:${positive}}`,
  ];
  for (let index = 0; index < seriesColors; index++) {
    const color = hex(seriesColor(index, theme));
    rules.push(`${scope} .k${index}{stroke:${color}}`, `${scope} .f${index}{fill:${color}}`);
  }
  for (const step of steps) {
    const background: Color = scaleColor(step / colorSteps, theme);
    const name = `${scope} .${stepClass(step)}`;
    rules.push(`${name}{fill:${hex(background)}}`, `${name} text.on{fill:${hex(textColor(background))}}`);
  }
  return rules.join("\n");
}
