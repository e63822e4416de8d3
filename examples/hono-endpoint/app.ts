import { AttributionError, type CausalLm, FeatureAblation } from "@attr/core";
import { LLMAttribution, TextSegmentInput, type Tokenizer } from "@attr/llm";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";

/** The longest prompt that is explained: every word of it is a prompt more to compute. */
const longestPrompt = 2000;

/**
 * `POST /explain` with `{ "prompt": "…", "target": " …" }` gives the attribution of the answer to the prompt's words, as data
 * (`attr.llm/1`), or as a picture with `?as=svg`. A request that is given up is given up here too.
 */
export function explaining(lm: CausalLm, tokenizer: Tokenizer): Hono {
  const llm = new LLMAttribution(new FeatureAblation(lm), tokenizer);
  const app = new Hono();
  app.post("/explain", bodyLimit({ maxSize: 16 * 1024 }), async (context) => {
    const question = asQuestion(await context.req.json().catch(() => undefined));
    if (typeof question === "string") return context.json({ error: question }, 400);
    const { prompt, target } = question;
    const words = new TextSegmentInput(prompt, { by: "word", withSpace: true });
    const result = await llm.attribute(words, { target, signal: context.req.raw.signal });
    if (context.req.query("as") === "svg") return context.body(result.toSvg(), 200, { "content-type": "image/svg+xml" });
    return context.json(result.toJSON());
  });
  // The errors of attr say what is wrong with the question; whatever else goes wrong is nobody's business.
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse(); // too large
    if (error instanceof AttributionError) return context.json({ error: error.message }, 400);
    return context.json({ error: "the server failed" }, 500);
  });
  return app;
}

/** The question of a request, or a sentence that says what is wrong with it. */
function asQuestion(body: unknown): { readonly prompt: string; readonly target?: string | undefined } | string {
  if (typeof body !== "object" || body === null) return "the body must be a JSON object";
  const { prompt, target } = body as { readonly prompt?: unknown; readonly target?: unknown }; // checked right below
  if (typeof prompt !== "string" || prompt === "") return "prompt must be a text";
  if (prompt.length > longestPrompt) return `prompt has ${prompt.length} characters, more than ${longestPrompt}`;
  if (target !== undefined && typeof target !== "string") return "target must be a text";
  return { prompt, target };
}
