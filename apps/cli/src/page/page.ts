import "@attr/viz/element";

// The page of `attr serve`: asks the API as any program would, and shows what it gives.

interface ListedModel {
  readonly name: string;
  readonly kind: "language-model" | "multiple-choice" | "tensors";
}

/** What of a result is looked at to offer its views. */
interface ShownResult {
  readonly outputText?: string;
  readonly outputTokens?: readonly string[];
  readonly options?: readonly string[];
}

type AnswerEvent =
  | { readonly event: "waiting"; readonly ahead: number }
  | { readonly event: "progress"; readonly done: number; readonly total: number; readonly unit: string }
  | { readonly event: "result"; readonly location: string; readonly result: ShownResult }
  | { readonly event: "problem"; readonly problem: { readonly detail: string } };

type Kind = "llm" | "choice";

function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}

const form = element("question", HTMLFormElement);
const tokenForm = element("token-form", HTMLFormElement);
const [status, problem] = [element("status", HTMLElement), element("problem", HTMLElement)];
const [explain, cancel] = [element("explain", HTMLButtonElement), element("cancel", HTMLButtonElement)];
const progress = element("progress", HTMLProgressElement);
const [found, foundTitle, views] = [
  element("found", HTMLElement),
  element("found-title", HTMLElement),
  element("views", HTMLElement),
];
const picture = element("picture", HTMLElement);
let models: readonly ListedModel[] = [];
let asking = false;

// The tab keeps what was found over a reload and a way back, as long as the server keeps the results themselves.
const [keptResults, mostResults] = ["attr-results", 32];
const results = JSON.parse(sessionStorage.getItem(keptResults) ?? "[]") as {
  readonly location: string;
  readonly title: string;
}[]; // as showResult keeps it

// The token comes behind the #, which browsers do not send, and leaves the address at once; the tab keeps it over a reload.
const kept = "attr-token";
const [, given] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
if (given !== undefined) {
  sessionStorage.setItem(kept, given);
  history.replaceState(null, "", location.pathname);
}
const token = (): string => sessionStorage.getItem(kept) ?? "";
const showTokenForm = (needed: boolean): void => {
  tokenForm.hidden = !needed;
};
showTokenForm(token() === "");
tokenForm.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(kept, element("token", HTMLInputElement).value.trim());
  showTokenForm(false);
  problem.textContent = "";
  explain.focus();
});

const kind = (): Kind => (new FormData(form).get("kind") === "choice" ? "choice" : "llm");

/** Fields, models and methods that are of the other kind of question are put away. */
function showKind(): void {
  for (const part of form.querySelectorAll<HTMLElement>("[data-kind]")) {
    const own = part.dataset["kind"] === kind();
    part.hidden = !own;
    if (part instanceof HTMLOptionElement) part.disabled = !own;
  }
  const select = element("model", HTMLSelectElement);
  const before = select.value;
  const usable = models.filter(
    (model) => model.kind === "language-model" || (model.kind === "multiple-choice" && kind() === "choice"),
  );
  if (kind() === "choice")
    usable.sort((one, other) => Number(other.kind === "multiple-choice") - Number(one.kind === "multiple-choice"));
  select.replaceChildren(...usable.map(({ name }) => new Option(name, name)));
  explain.disabled = asking || usable.length === 0;
  status.textContent = usable.length === 0 ? "None of the models that are served can answer this." : "";
  if (usable.some(({ name }) => name === before)) select.value = before;
  const method = element("method", HTMLSelectElement);
  if (method.selectedOptions[0]?.disabled !== false) method.selectedIndex = 0;
  showFitting();
}

/** What goes with the chosen method: some draw samples, some explain tokens and nothing larger. */
function chosenMethod(): { readonly name: string; readonly samples: boolean; readonly tokens: boolean } {
  const { value: name, selectedOptions } = element("method", HTMLSelectElement);
  const { samples, tokens } = selectedOptions[0]?.dataset ?? {};
  return { name, samples: samples !== undefined, tokens: tokens !== undefined };
}

/** Fields that the chosen method or model has no use for are put away. */
function showFitting(): void {
  const { samples, tokens } = chosenMethod();
  element("answers-field", HTMLElement).hidden = kind() !== "choice" || !isLanguageModel();
  element("samples-field", HTMLElement).hidden = !samples;
  element("by-field", HTMLElement).hidden = tokens;
}
for (const id of ["method", "model"]) element(id, HTMLSelectElement).addEventListener("change", showFitting);

function isLanguageModel(): boolean {
  const { value } = element("model", HTMLSelectElement);
  return models.find(({ name }) => name === value)?.kind === "language-model";
}

const samplePrompts: Readonly<Record<Kind, string>> = {
  llm: "Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:",
  choice: "Tom has a red ball. Sue has a blue kite. Who has the kite?",
};
for (const radio of form.querySelectorAll("input[name=kind]"))
  radio.addEventListener("change", () => {
    const prompt = element("prompt", HTMLTextAreaElement);
    // A sample goes with its kind; what someone typed stays.
    if (Object.values(samplePrompts).includes(prompt.value)) prompt.value = samplePrompts[kind()];
    element("model", HTMLSelectElement).value = "";
    showKind();
  });

/** The body of the request that the form stands for. */
function body(): Readonly<Record<string, unknown>> {
  const data = new FormData(form);
  const text = (name: string): string => String(data.get(name) ?? "");
  const { name: method, samples, tokens } = chosenMethod();
  return {
    model: text("model"),
    prompt: text("prompt"),
    method,
    ...(!tokens && { by: text("by") }),
    ...(samples && text("samples") !== "" && { samples: Number(text("samples")) }),
    ...(kind() === "llm" && text("target") !== "" && { target: text("target") }),
    ...(kind() === "choice" && {
      option: text("options")
        .split("\n")
        .filter((line) => line.trim() !== ""),
    }),
    ...(kind() === "choice" && isLanguageModel() && { answers: text("answers") }),
  };
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void ask();
});

async function ask(): Promise<void> {
  const stop = new AbortController();
  const onCancel = (): void => stop.abort();
  cancel.addEventListener("click", onCancel);
  problem.textContent = "";
  status.textContent = "Asking…";
  asking = true;
  explain.disabled = true;
  cancel.hidden = false;
  progress.hidden = false;
  progress.removeAttribute("value");
  const asked = kind();
  try {
    const response = await fetch(`/api/${asked}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token()}`, "content-type": "application/json", accept: "application/x-ndjson" },
      body: JSON.stringify(body()),
      signal: stop.signal,
    });
    if (response.status === 401) showTokenForm(true);
    if (!response.ok || response.body === null) throw new Error(await detailOf(response));
    for await (const event of events(response.body)) await hear(event, asked);
  } catch (error) {
    if (stop.signal.aborted) status.textContent = "Cancelled.";
    else {
      status.textContent = "";
      problem.textContent = error instanceof TypeError ? "the server does not answer: is it still running?" : messageOf(error);
    }
  } finally {
    cancel.removeEventListener("click", onCancel);
    const focused = document.activeElement === cancel;
    asking = false;
    explain.disabled = false;
    cancel.hidden = true;
    progress.hidden = true;
    if (focused) explain.focus();
  }
}

async function hear(event: AnswerEvent, asked: Kind): Promise<void> {
  switch (event.event) {
    case "waiting":
      status.textContent = event.ahead === 0 ? "Working…" : `Waiting for ${event.ahead} before this one…`;
      return;
    case "progress":
      progress.max = event.total;
      progress.value = event.done;
      status.textContent = `${event.done} of ${event.total} ${event.unit}`;
      return;
    case "problem":
      throw new Error(event.problem.detail);
    case "result":
      await showResult(asked, event.location, event.result);
      status.textContent = "Done.";
      foundTitle.focus();
  }
}

/** A view of a result, as a button: what it is called, and the query that asks for it. */
interface ResultView {
  readonly label: string;
  readonly query: Readonly<Record<string, string>>;
}

function viewsOf(result: ShownResult): readonly ResultView[] {
  const { outputTokens, options } = result;
  if (outputTokens !== undefined)
    return [
      { label: "the whole answer", query: {} },
      ...outputTokens.map((text, k) => ({ label: JSON.stringify(text), query: { token: String(k + 1) } })),
    ];
  const all = (options ?? []).map((_, k) => String(k + 1));
  const named = (k: string): string => options?.[Number(k) - 1] ?? k;
  return [
    ...all.map((explain) => ({ label: `why ${named(explain)}`, query: { explain } })),
    ...(all.length > 4 ? [] : all).flatMap((explain) =>
      all
        .filter((versus) => versus !== explain)
        .map((versus) => ({ label: `${named(explain)}, not ${named(versus)}`, query: { explain, versus } })),
    ),
  ];
}

async function showResult(asked: Kind, location: string, result: ShownResult): Promise<void> {
  const offered = viewsOf(result);
  const buttons = offered.map(({ label, query }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      void draw(location, query).catch((error: unknown) => {
        problem.textContent = messageOf(error);
      });
    });
    return button;
  });
  views.replaceChildren(...buttons);
  const shown = await draw(location, {});
  const first =
    asked === "llm"
      ? 0
      : offered.findIndex(({ query }) => shown.title.includes(JSON.stringify(result.options?.[Number(query["explain"]) - 1])));
  for (const [k, button] of buttons.entries()) button.setAttribute("aria-pressed", String(k === first));
  found.hidden = false;
  results.push({ location, title: shown.title });
  results.splice(0, results.length - mostResults);
  sessionStorage.setItem(keptResults, JSON.stringify(results));
  listResults();
}

/** The results so far, the last one first. */
function listResults(): void {
  const items = results.toReversed().map(({ location, title }) => {
    const item = document.createElement("li");
    item.append(link(`${location}?as=html`, title));
    return item;
  });
  element("results", HTMLOListElement).replaceChildren(...items);
  element("before", HTMLElement).hidden = results.length === 0;
}

/** Draws a view of a result, and has the links lead to it. */
async function draw(location: string, query: Readonly<Record<string, string>>): Promise<{ readonly title: string }> {
  const address = (as: string): string => `${location}?${new URLSearchParams({ as, ...query })}`;
  const response = await fetch(address("document"));
  if (!response.ok) throw new Error(await detailOf(response));
  const text = await response.text();
  const shown = JSON.parse(text) as { readonly title: string }; // a document has a title
  foundTitle.textContent = shown.title;
  picture.setAttribute("document", text);
  for (const as of ["html", "svg", "json", "text"]) element(`as-${as}`, HTMLAnchorElement).href = address(as);
  return shown;
}

/** The events of an answer, a line each. */
async function* events(stream: ReadableStream<Uint8Array>): AsyncGenerator<AnswerEvent> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as AnswerEvent; // what the server of this page writes
    if (done) return;
  }
}

async function detailOf(response: Response): Promise<string> {
  const told: { readonly detail?: string } = await response.json().catch(() => ({}));
  return told.detail ?? `the server answered ${response.status}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function link(address: string, text: string): HTMLAnchorElement {
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.textContent = text;
  return anchor;
}

async function showModels(): Promise<void> {
  const response = await fetch("/api/models");
  if (!response.ok) throw new Error(await detailOf(response));
  const told = (await response.json()) as { readonly models: readonly ListedModel[] }; // attr.models/1
  models = told.models;
  const words = { "language-model": "a language model", "multiple-choice": "picks an option", tensors: "tensors" } as const;
  element("models", HTMLUListElement).replaceChildren(
    ...models.map(({ name, kind: of }) => {
      const item = document.createElement("li");
      item.append(link(`/api/models/${name.split("/").map(encodeURIComponent).join("/")}`, name), `: ${words[of]}`);
      return item;
    }),
  );
  showKind();
}

listResults();
showModels().catch((error: unknown) => {
  problem.textContent = messageOf(error);
});
