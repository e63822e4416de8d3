/** The script of the page: choosing rows, hints under the pointer and the focus, arrow keys in the prompt. Browser JavaScript as text. */
export const pageScript: string = `(() => {
"use strict";
const view = JSON.parse(document.getElementById("attr-view").textContent);
const hint = document.getElementById("hint");
const words = [...document.querySelectorAll("#prompt .f")];
const table = document.getElementById("matrix");
const lines = table ? [...table.tBodies[0].rows] : [];
let chosen = Math.max(0, lines.findIndex((line) => line.classList.contains("chosen")));

const say = (row, feature) => view.features[feature] + ": " + view.rows[row].scores[feature];

const choose = (row) => {
  chosen = row;
  const { steps, label, facts } = view.rows[row];
  for (const word of words) {
    const feature = Number(word.dataset.f);
    word.className = "f " + steps[feature];
    word.setAttribute("aria-label", say(row, feature));
  }
  for (const line of lines) {
    const is = Number(line.dataset.r) === row;
    line.classList.toggle("chosen", is);
    line.querySelector("button").setAttribute("aria-pressed", String(is));
  }
  document.getElementById("chosen-label").textContent = label;
  document.getElementById("chosen-facts").textContent = facts;
};

const show = (target) => {
  const row = target.closest("tr") ? Number(target.closest("tr").dataset.r) : chosen;
  hint.textContent = say(row, Number(target.dataset.f)) + (view.rows.length > 1 ? " · " + view.rows[row].label : "");
  hint.hidden = false;
  const box = target.getBoundingClientRect();
  const size = hint.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left + box.width / 2 - size.width / 2), innerWidth - size.width - 8);
  const above = box.top - size.height - 8;
  hint.style.left = Math.max(8, left) + "px";
  hint.style.top = (above > 8 ? above : box.bottom + 8) + "px";
  for (const word of words) word.classList.toggle("same", word.dataset.f === target.dataset.f);
};
const hide = () => {
  hint.hidden = true;
  for (const word of words) word.classList.remove("same");
};

const scored = (event) => event.target instanceof Element && event.target.closest("[data-f]");
addEventListener("pointerover", (event) => { const target = scored(event); if (target) show(target); else hide(); });
addEventListener("focusin", (event) => { const target = scored(event); if (target) show(target); else hide(); });
addEventListener("focusout", hide);
addEventListener("scroll", hide, true);

document.getElementById("prompt")?.addEventListener("click", (event) => {
  const button = event.target.closest(".unfold");
  if (!button) return;
  const folded = button.nextElementSibling;
  folded.hidden = !folded.hidden;
  button.setAttribute("aria-expanded", String(!folded.hidden));
});

if (table) table.addEventListener("click", (event) => {
  const line = event.target.closest("tbody tr");
  if (line) choose(Number(line.dataset.r));
});

addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
  const at = words.indexOf(document.activeElement);
  if (at < 0) return;
  const rtl = getComputedStyle(words[at].parentElement).direction === "rtl";
  const to = { ArrowRight: at + (rtl ? -1 : 1), ArrowLeft: at + (rtl ? 1 : -1), Home: 0, End: words.length - 1 }[event.key];
  if (to === undefined || !words[to]) return;
  event.preventDefault();
  const folded = words[to].closest(".folded[hidden]");
  if (folded) folded.previousElementSibling.click();
  words[at].tabIndex = -1;
  words[to].tabIndex = 0;
  words[to].focus();
});
})();`;
