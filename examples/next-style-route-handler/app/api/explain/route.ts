import { AttributionError } from "@attr/core";
import { TextSegmentInput } from "@attr/llm";
import { model } from "../../../model.ts";

/**
 * `POST /api/explain` with `{ "prompt": "…" }`: Shapley values of the prompt's words for the model's answer, better and better ones,
 * a line of JSON each. Closing the stream stops the computation.
 */
export async function POST(request: Request): Promise<Response> {
  const body: unknown = await request.json().catch(() => undefined);
  if (
    typeof body !== "object" ||
    body === null ||
    !("prompt" in body) ||
    typeof body.prompt !== "string" ||
    body.prompt.length > 2000
  )
    return Response.json({ error: "prompt must be a text of at most 2000 characters" }, { status: 400 });
  try {
    const words = new TextSegmentInput(body.prompt, { by: "word", withSpace: true });
    const { llm } = await model();
    const stop = new AbortController();
    const signal = AbortSignal.any([request.signal, stop.signal]);
    const results = llm.stream(words, { samples: 10, seed: 1, signal });
    const lines = new ReadableStream<string>({
      async pull(controller) {
        const { done, value } = await results.next();
        if (done === true) controller.close();
        else controller.enqueue(`${JSON.stringify(value)}\n`);
      },
      async cancel(reason) {
        stop.abort(reason);
        await results.return(undefined);
      },
    });
    const headers = { "content-type": "application/x-ndjson", "cache-control": "no-store" };
    return new Response(lines.pipeThrough(new TextEncoderStream()), { headers });
  } catch (error) {
    if (error instanceof AttributionError) return Response.json({ error: error.message }, { status: 400 });
    throw error;
  }
}
