import type { Theme } from "../score-scale.ts";
import { paper, type ThemeChoice } from "../theme-style.ts";

/** The style sheet inside the element's shadow root. */
export function elementStyle(theme: ThemeChoice): string {
  const colors = (one: Theme): string =>
    `:host{--page:${paper[one].page};--ink:${paper[one].ink};--faint:${paper[one].faint};--line:${paper[one].line}}`;
  return `${colors(theme === "dark" ? "dark" : "light")}
${theme === "auto" ? `@media (prefers-color-scheme:dark){${colors("dark")}}` : ""}
:host{display:block;color:var(--ink);background:var(--page);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
:host([hidden]){display:none}
figure{margin:0;overflow-x:auto}
svg{display:block}
figure:focus-visible{outline:2px solid currentColor;outline-offset:-2px}
details{margin:0;padding:0 20px .75rem}
summary{cursor:pointer;color:var(--faint);font-size:.9rem}
summary:focus-visible,.scroll:focus-visible{outline:2px solid currentColor;outline-offset:2px}
.scroll{overflow:auto;max-height:24rem}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .6rem;text-align:end;font-weight:400;white-space:nowrap;border-bottom:1px solid var(--line)}
th:first-child{text-align:start}
thead th{font-weight:600}
.caption{color:var(--faint);font-size:.85rem}
p[role=alert]{margin:0;padding:1rem 20px;border:1px dashed var(--faint);overflow-wrap:anywhere}`;
}
