import type { Question, Told } from "./messages.ts";

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const form = document.querySelector("form")!; // the four are in index.html
const prompt = document.querySelector("textarea")!;
const state = document.querySelector("output")!;
const main = document.querySelector("main")!;

let latest = 0;
function ask(): void {
  const question: Question = { id: ++latest, prompt: prompt.value };
  state.textContent = "a moment…";
  worker.postMessage(question);
}

worker.addEventListener("message", ({ data }: MessageEvent<Told>) => {
  if (data.id !== latest) return;
  if ("svg" in data) {
    state.textContent = "";
    main.innerHTML = data.svg;
  } else state.textContent = "error" in data ? data.error : `${data.done} of ${data.total ?? "…"}`;
});
worker.addEventListener("error", ({ message }) => {
  state.textContent = message;
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
ask();
