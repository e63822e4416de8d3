/** The style sheet of the page: light and dark as the reader has it, and down to 320 pixels wide. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1a1d23; --page: #ffffff; --faint: #555b66; --line: #c3c8d1; --raised: #f4f5f8; --mark: #1d4ed8; --wrong: #a31515; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaee; --page: #16181d; --faint: #a5acb8; --line: #454b57; --raised: #20242c; --mark: #8fb4ff; --wrong: #ff9d94; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; padding: .5rem 1rem; border-bottom: 1px solid var(--line); color: var(--faint); font-size: .9rem; }
header p { margin: 0; }
.brand { color: var(--ink); font-weight: 700; font-size: 1.1rem; }
main { max-width: 60rem; margin: 0 auto; padding: 0 1rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
a { color: var(--mark); }
[hidden] { display: none !important; }
.question { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1rem; }
.kinds, .wide, .actions, #problem { grid-column: 1 / -1; }
.kinds { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; border: 1px solid var(--line); border-radius: .4rem; padding: .5rem 1rem; margin: 0; }
.field { display: flex; flex-direction: column; gap: .25rem; min-width: 0; }
.field label, legend { font-weight: 600; font-size: .9rem; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--faint); border-radius: .4rem; padding: .4rem .6rem; max-width: 100%; }
input[type="radio"] { accent-color: var(--mark); margin: 0 .4rem 0 0; }
input:not([type="radio"]), select { min-height: 2.5rem; }
textarea { resize: vertical; width: 100%; }
button { background: var(--raised); cursor: pointer; font-weight: 600; min-height: 2.5rem; padding: .4rem 1rem; }
button[aria-pressed="true"] { background: var(--mark); border-color: var(--mark); color: var(--page); }
#explain { background: var(--mark); border-color: var(--mark); color: var(--page); }
button:disabled { opacity: .6; cursor: default; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
.hint { margin: 0; color: var(--faint); font-size: .85rem; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem; margin: 0; }
progress { width: 10rem; accent-color: var(--mark); }
#status { color: var(--faint); }
#problem { margin: 0; color: var(--wrong); font-weight: 600; }
#problem:empty { display: none; }
.views { display: flex; flex-wrap: wrap; gap: .5rem; margin: .5rem 0; }
.views button { min-height: 2.2rem; padding: .2rem .7rem; font-weight: 400; white-space: pre; max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
#token-form { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem 1rem 1rem; margin: 1rem 0; display: grid; gap: .5rem; justify-items: start; }
#token-form input { width: 100%; }
`;
