import type { Asked, Tell, Told, WorkProgress } from "./messages.ts";

/** Milliseconds between messages: closer together they would only be drawn over. Drawing a result takes longer than a bar. */
const pauses = { progress: 60, partial: 500 } as const;

/** Answers the page's questions, one after the other. The worker's end of {@link WorkerClient}. */
export function serve<Question, Answer>(answer: (question: Question, tell: Tell<Answer>) => Promise<Answer>): void {
  let last: Promise<void> = Promise.resolve();
  addEventListener("message", ({ data }: MessageEvent<Asked<Question>>) => {
    last = last.then(() => answerOne(data, answer));
  });
}

async function answerOne<Question, Answer>(
  { id, question }: Asked<Question>,
  answer: (question: Question, tell: Tell<Answer>) => Promise<Answer>,
): Promise<void> {
  const told = (message: Told<Answer>): void => postMessage(message);
  const progress = spaced((value: WorkProgress) => told({ id, kind: "progress", progress: value }), pauses.progress);
  const partial = spaced((value: Answer) => told({ id, kind: "partial", answer: value }), pauses.partial);
  let began = performance.now();
  const ready = (): void => {
    began = performance.now();
  };
  try {
    const last = await answer(question, { ready, progress, partial });
    told({ id, kind: "answer", answer: last, milliseconds: performance.now() - began });
  } catch (error) {
    told({ id, kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

function spaced<Value>(send: (value: Value) => void, pause: number): (value: Value) => void {
  let sent = Number.NEGATIVE_INFINITY;
  return (value) => {
    const now = performance.now();
    if (now - sent < pause) return;
    sent = now;
    send(value);
  };
}
