import { type ThemeChoice, themeStyle } from "../theme-style.ts";

/** The style sheet of the page. */
export function pageStyle(theme: ThemeChoice): string {
  return `${themeStyle(":root", theme, (background, ink) => `background:${background};color:${ink}`)}
:root{color-scheme:${theme === "auto" ? "light dark" : theme}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.35rem;line-height:1.3;margin:0 0 .25rem;overflow-wrap:anywhere}
.about,.notes,.caption{color:var(--faint)}
.about{margin:0 0 1.25rem;overflow-wrap:anywhere}
.legend{margin:0 0 1.25rem;max-width:26rem}
.ramp{height:.75rem;border-radius:.25rem;border:1px solid var(--line);background:linear-gradient(to right,var(--negative),var(--page),var(--positive))}
.legend figcaption{display:flex;justify-content:space-between;gap:1rem;font-size:.85rem;color:var(--faint);font-variant-numeric:tabular-nums}
.prompt{font-size:1.15rem;line-height:2;margin:0 0 1rem;padding:.75rem 1rem;border:1px solid var(--line);border-radius:.5rem;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}
.f{border-radius:.2rem;padding:.1em 0;border-bottom:2px solid transparent;box-decoration-break:clone;-webkit-box-decoration-break:clone;cursor:default}
.f[class*=" s"]:not(.s0,.snan,[class*="s-"]),.raises{border-bottom:2px solid var(--ink)}
.f[class*=" s-"],.lowers{border-bottom:2px dashed var(--ink)}
.f.snan,td.snan{background:repeating-linear-gradient(45deg,transparent 0 4px,var(--line) 4px 6px)}
.f.same,.f:focus-visible{outline:2px solid var(--ink);outline-offset:1px}
.chosen strong{overflow-wrap:anywhere}
p.chosen{margin:0 0 1.25rem;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;max-width:100%;border:1px solid var(--line);border-radius:.5rem}
table{border-collapse:separate;border-spacing:0;font-size:.9rem;font-variant-numeric:tabular-nums}
.caption{margin:0 0 .4rem;font-size:.85rem}
th,td{padding:.3rem .6rem;text-align:end;white-space:nowrap;font-weight:400}
thead th{border-bottom:1px solid var(--line);font-weight:600}
td.fact,th.fact{color:var(--faint);border-inline-start:1px solid var(--line)}
tbody th,.corner{position:sticky;inset-inline-start:0;background:var(--page);text-align:start;max-width:min(16rem,40vw);border-inline-end:1px solid var(--line);z-index:1}
tbody tr{cursor:pointer}
tbody tr.chosen th{box-shadow:inset 3px 0 0 var(--ink)}
tbody button{all:unset;display:block;width:100%;overflow:hidden;text-overflow:ellipsis;cursor:pointer;white-space:pre}
tr.chosen button{font-weight:700}
tbody button:focus-visible,.scroll:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
tbody tr:hover button{text-decoration:underline}
.picture svg{display:block;max-width:100%;height:auto}
figure.picture{margin:0 -16px 1rem;overflow-x:auto}
details{margin:0 0 1rem}
summary{cursor:pointer;padding:.25rem 0}
summary:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
table.numbers th:first-child{text-align:start}
table.numbers tbody tr{cursor:auto}
.unfold{font:inherit;font-size:.85rem;color:var(--faint);background:none;border:1px dashed var(--line);border-radius:.35rem;padding:.1rem .5rem;cursor:pointer;white-space:normal}
.unfold:focus-visible{outline:2px solid var(--ink);outline-offset:1px}
[hidden]{display:none!important}
.notes{padding-inline-start:1.25rem;overflow-wrap:anywhere}
#hint{position:fixed;z-index:2;max-width:min(24rem,calc(100vw - 16px));padding:.3rem .6rem;border-radius:.35rem;background:var(--ink);color:var(--page);font-size:.9rem;pointer-events:none;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
#hint[hidden]{display:none}
@media print{.scroll{overflow:visible}#hint{display:none}}`;
}
