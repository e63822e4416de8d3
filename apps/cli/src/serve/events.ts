import type { Progress } from "@attr/core";
import { noContent, securityHeaders } from "./guards.ts";
import type { Problem } from "./problem.ts";
import type { Work, WorkTools } from "./work.ts";

const types = { lines: "application/x-ndjson", stream: "text/event-stream" } as const;

export type EventKind = keyof typeof types;

/** How progress is asked for: a line of JSON an event, or server-sent events; undefined where it is not. */
export function eventKind(accept: string | undefined): EventKind | undefined {
  const wanted = (accept ?? "").split(",").map((part) => part.split(";")[0]!.trim().toLowerCase());
  if (wanted.includes(types.lines)) return "lines";
  return wanted.includes(types.stream) ? "stream" : undefined;
}

/** Milliseconds between two events of progress: more are not read by anyone. */
const pause = 100;

/**
 * Work answered by events, each of which says which it is in `event`: "waiting" for its turn, "progress" (`done` of `total`, in `unit`),
 * and last "result" or "problem".
 */
export function answerEvents(
  kind: EventKind,
  work: Work,
  {
    answer,
    problemOf,
  }: { readonly answer: (tools: WorkTools) => Promise<object>; readonly problemOf: (error: unknown) => Problem },
): Response {
  const encoder = new TextEncoder();
  let open = true;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const tell = (event: string, data: object): void => {
        if (!open) return;
        const json = JSON.stringify({ event, ...data });
        controller.enqueue(encoder.encode(kind === "lines" ? `${json}\n` : `event: ${event}\ndata: ${json}\n\n`));
      };
      let told = 0;
      const onProgress = (progress: Progress): void => {
        if (Date.now() - told < pause && progress.done < progress.total) return;
        told = Date.now();
        tell("progress", progress);
      };
      const tellAll = async (): Promise<void> => {
        try {
          tell("waiting", { ahead: work.ahead });
          tell("result", await work.run(answer, onProgress));
        } catch (error) {
          tell("problem", { problem: problemOf(error) });
        }
        if (open) controller.close();
        open = false;
      };
      // Not awaited: what is said before the end is to go out before the end.
      void tellAll();
    },
    cancel: () => {
      open = false;
      work.giveUp();
    },
  });
  return new Response(body, {
    headers: { "content-type": types[kind], ...securityHeaders(noContent), "x-accel-buffering": "no" },
  });
}
