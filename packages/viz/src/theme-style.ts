import { type Color, colorSteps, hex, scaleColor, type Theme, textColor } from "./score-scale.ts";

/** `auto` follows what the reader's system prefers. */
export type ThemeChoice = Theme | "auto";

/** The class of a step of the scale: "s12", "s-3", "snan". */
export function stepClass(step: number | "nan"): string {
  return `s${step}`;
}

/** Colours that are no part of the scale. */
export const paper: Readonly<
  Record<Theme, { readonly page: string; readonly ink: string; readonly faint: string; readonly line: string }>
> = {
  light: { page: "#ffffff", ink: "#1a1d23", faint: "#5a6270", line: "#d5d9e0" },
  dark: { page: "#16181d", ink: "#e8eaee", faint: "#a3abb8", line: "#3a404b" },
};

/** The custom properties of a theme, and one rule a step of the scale, as `rule` writes it. */
function themeRules(scope: string, theme: Theme, rule: (background: string, ink: string) => string): string {
  const { page, ink, faint, line } = paper[theme];
  const rules = [
    `${scope}{--page:${page};--ink:${ink};--faint:${faint};--line:${line};--positive:${hex(scaleColor(1, theme))};--negative:${hex(scaleColor(-1, theme))}}`,
  ];
  for (let step = -colorSteps; step <= colorSteps; step++) {
    if (step === 0) continue;
    const background: Color = scaleColor(step / colorSteps, theme);
    rules.push(`${scope} .${stepClass(step)}{${rule(hex(background), hex(textColor(background)))}}`);
  }
  return rules.join("\n");
}

/** Style rules for a choice of theme, everything below `scope`. */
export function themeStyle(scope: string, choice: ThemeChoice, rule: (background: string, ink: string) => string): string {
  if (choice !== "auto") return themeRules(scope, choice, rule);
  return `${themeRules(scope, "light", rule)}\n@media (prefers-color-scheme:dark){\n${themeRules(scope, "dark", rule)}\n}`;
}
