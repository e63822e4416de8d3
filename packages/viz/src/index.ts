export { type AnsiOptions, toAnsi } from "./ansi.ts";
export type { DocumentRow, TextDocument } from "./document.ts";
export { type HtmlOptions, toHtml } from "./html.ts";
export type { Theme } from "./score-scale.ts";
export { type SvgOptions, toSvg } from "./svg.ts";
