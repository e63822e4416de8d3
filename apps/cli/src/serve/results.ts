import { randomBytes } from "node:crypto";
import { type AttributionResult, InvalidArgumentError } from "@attr/core";
import type { LLMAttributionResult, MultipleChoiceResult } from "@attr/llm";
import { type AttributionDocument, documentToJson, imageDocument, tabularDocument, toAnsi, toHtml, toSvg } from "@attr/viz";
import { optionIndex } from "../explain-choice.ts";
import { noContent, securityHeaders } from "./guards.ts";
import { Problem } from "./problem.ts";

/** What was found, by the request that asked for it. */
export type Found =
  | { readonly kind: "llm"; readonly result: LLMAttributionResult }
  | { readonly kind: "choice"; readonly result: MultipleChoiceResult }
  | { readonly kind: "attribute"; readonly result: AttributionResult };

/** Numbers of all results together that are kept. */
const mostNumbers = 20_000_000;

/** The last results, under names that nobody guesses. */
export class Results {
  readonly #limit: number;
  readonly #kept = new Map<string, Found>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a result, and gives its address. */
  put(found: Found): string {
    const id = randomBytes(16).toString("hex");
    this.#kept.set(id, found);
    let numbers = [...this.#kept.values()].reduce((sum, one) => sum + numbersOf(one), 0);
    for (const [oldest, one] of this.#kept) {
      const fits = this.#kept.size <= this.#limit && numbers <= mostNumbers;
      if (fits || oldest === id) break;
      this.#kept.delete(oldest);
      numbers -= numbersOf(one);
    }
    return `/api/results/${id}`;
  }

  /** @throws Problem (404) */
  get(id: string): Found {
    const found = this.#kept.get(id);
    if (found === undefined)
      throw new Problem(404, `there is no such result: the last ${this.#limit} are kept while the server runs`);
    return found;
  }
}

/** How many numbers a result holds, or about as many. */
function numbersOf({ kind, result }: Found): number {
  if (kind === "attribute")
    return Object.values(result.attributions).reduce((sum, { data }) => sum + data.length, 0) * (result.standardErrors ? 2 : 1);
  if (kind === "choice") return result.options.length * result.segments.length;
  return (result.outputTokens.length + 1) * result.inputTokens.length;
}

/** The forms of a result, by the word that asks for one: `?as=svg`. */
const forms = {
  json: {
    type: "application/json",
    policy: noContent,
    write: ({ result }: Found) => JSON.stringify(result),
  },
  document: {
    type: "application/json",
    policy: noContent,
    write: (found: Found, view: View) => documentToJson(documentOf(found, view)),
  },
  html: {
    type: "text/html; charset=utf-8",
    // A page of its own, in a place of its own: its script sees nothing of this server's.
    policy: `default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox allow-scripts`,
    write: (found: Found, view: View) => toHtml(documentOf(found, view)),
  },
  svg: {
    type: "image/svg+xml",
    policy: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    write: (found: Found, view: View) => toSvg(documentOf(found, view)),
  },
  text: {
    type: "text/plain; charset=utf-8",
    policy: noContent,
    write: (found: Found, view: View) => toAnsi(documentOf(found, view), { color: false, width: 100 }),
  },
} as const;

/** What of a result is shown, from the query of a request. */
type View = Readonly<Record<string, string | undefined>>;

/** Whether a query asks for a form that there is: before anything is computed. @throws Problem (406) */
export function checkForm({ as: form = "json" }: View): keyof typeof forms {
  if (isForm(form)) return form;
  throw new Problem(406, `as takes one of ${Object.keys(forms).join(", ")}, got ${JSON.stringify(form)}`);
}

/** A result in the form that a query asks for. @throws Problem (400, 406) */
export function resultResponse(found: Found, view: View, headers: Readonly<Record<string, string>> = {}): Response {
  const { type, policy, write } = forms[checkForm(view)];
  return new Response(`${write(found, view)}\n`, { headers: { "content-type": type, ...securityHeaders(policy), ...headers } });
}

function isForm(name: string): name is keyof typeof forms {
  return Object.hasOwn(forms, name);
}

/** Features that are listed one by one. */
const mostFeatures = 1000;

function documentOf(found: Found, view: View): AttributionDocument {
  if (found.kind === "llm") {
    const { token } = view;
    if (token === undefined) return found.result.toDocument();
    const index = Number(token) - 1;
    const { length } = found.result.outputTokens;
    if (!Number.isInteger(index) || index < 0 || index >= length)
      throw new Problem(400, `token takes the number of a token of the answer (1 to ${length}), got ${JSON.stringify(token)}`);
    return found.result.toDocument({ token: index });
  }
  if (found.kind === "choice") {
    const { result } = found;
    const option = optionIndex(view["explain"], "explain", result.options) ?? result.chosen;
    const versus = optionIndex(view["versus"], "versus", result.options);
    return (versus === undefined ? result.explain(option) : result.contrast(option, versus)).toDocument();
  }
  const { result } = found;
  const [[name, scores] = []] = Object.entries(result.attributions);
  if (name === undefined || scores === undefined) throw new InvalidArgumentError("the result has no attributions to show");
  const shape = scores.shape.slice(1);
  if (shape.length === 3 && shape.filter((size) => size >= 4).length >= 2) return imageDocument(result, { input: name });
  const features = shape.reduce((product, size) => product * size, 1);
  if (features > mostFeatures)
    throw new Problem(406, `the result has ${features} features: there is a picture for images, and for up to ${mostFeatures}`);
  return tabularDocument(result, { example: 0 });
}
