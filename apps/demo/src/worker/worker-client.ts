import type { Asked, Told, WorkProgress } from "./messages.ts";

/** The work was stopped by the user: nothing went wrong. */
export class StoppedError extends Error {
  override readonly name: string = "StoppedError";
}

/** An answer, and how long the worker worked on it. */
export interface Answered<Answer> {
  readonly answer: Answer;
  readonly milliseconds: number;
}

export interface AskOptions<Answer> {
  readonly onProgress?: ((progress: WorkProgress) => void) | undefined;
  readonly onPartial?: ((answer: Answer) => void) | undefined;
}

interface Pending<Answer> extends AskOptions<Answer> {
  readonly resolve: (answered: Answered<Answer>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The page's end of a worker. The worker starts with the first question. Stopping ends it at once, whatever it computes: a call of the
 * runtime cannot be interrupted otherwise. The next question starts a new one, whose files come from the cache.
 */
export class WorkerClient<Question, Answer> {
  readonly #start: () => Worker;
  readonly #pending = new Map<number, Pending<Answer>>();
  #worker: Worker | undefined;
  #asked = 0;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  /** @throws StoppedError where {@link stop} was called meanwhile; an error with the worker's sentence where it failed. */
  ask(question: Question, options: AskOptions<Answer> = {}): Promise<Answered<Answer>> {
    this.#worker ??= this.#listen(this.#start());
    const worker = this.#worker;
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { ...options, resolve, reject });
      worker.postMessage({ id, question } satisfies Asked<Question>);
    });
  }

  /** Ends the worker; what was asked and not yet answered fails with a StoppedError. */
  stop(): void {
    this.#end(new StoppedError("stopped"));
  }

  #listen(worker: Worker): Worker {
    worker.addEventListener("message", ({ data }: MessageEvent<Told<Answer>>) => this.#hear(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (this.#worker === worker)
        this.#end(new Error(event.message || "the part of the page that runs the model could not be loaded"));
    });
    return worker;
  }

  #hear(told: Told<Answer>): void {
    const pending = this.#pending.get(told.id);
    if (pending === undefined) return;
    if (told.kind === "progress") pending.onProgress?.(told.progress);
    else if (told.kind === "partial") pending.onPartial?.(told.answer);
    else {
      this.#pending.delete(told.id);
      if (told.kind === "answer") pending.resolve({ answer: told.answer, milliseconds: told.milliseconds });
      else pending.reject(new Error(told.message));
    }
  }

  #end(error: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }
}
