import type { Progress } from "@attr/core";
import { Problem } from "./problem.ts";
import type { Turns } from "./turns.ts";

/** What the work of a request is given: it stops when the signal says so, and tells how far it has come. */
export interface WorkTools {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface WorkInit {
  readonly turns: Turns;
  /** How long it may take. */
  readonly seconds: number;
  /** What ends it: the asker has gone, the server closes. */
  readonly signals: readonly AbortSignal[];
}

/** The work of one request: waits for its turn, and ends with the request, with the server, or when it takes too long. */
export class Work {
  readonly #init: WorkInit;
  readonly #gone = new AbortController();

  constructor(init: WorkInit) {
    this.#init = init;
  }

  /** How many are before it. */
  get ahead(): number {
    return this.#init.turns.ahead;
  }

  /** Nobody waits for the answer any more. */
  giveUp(): void {
    this.#gone.abort(new Problem(408, "the request was given up"));
  }

  /** @throws Problem (503) where too many wait, (504) where it took too long. */
  async run<T>(work: (tools: WorkTools) => Promise<T>, onProgress: (progress: Progress) => void = () => {}): Promise<T> {
    const { turns, signals, seconds } = this.#init;
    const ended = AbortSignal.any([...signals, this.#gone.signal]);
    using _ = await turns.take(ended);
    const late = AbortSignal.timeout(seconds * 1000);
    const signal = AbortSignal.any([ended, late]);
    try {
      return await work({ signal, onProgress });
    } catch (error) {
      if (ended.aborted) throw new Problem(503, "the request was given up", { cause: error });
      if (late.aborted)
        throw new Problem(504, `the model worked for ${seconds} seconds: ask for fewer samples or a shorter text`);
      throw error;
    }
  }
}
