import { Problem } from "./problem.ts";

/** One at a time: whoever wants to run a model waits for its turn, and is sent away where too many wait already. */
export class Turns {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  /** @param limit how many may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are before whoever comes now: the one at work, and those that wait. */
  get ahead(): number {
    return this.#waiting.length + (this.#busy ? 1 : 0);
  }

  /**
   * Waits for the turn; disposing of what it gives ends it. @throws Problem (503) where too many wait; the signal's reason where it is
   * given up.
   */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#busy) {
      if (this.#waiting.length >= this.#limit)
        throw new Problem(503, `${this.#limit} requests wait for the model already: ask again later`, {
          headers: { "retry-after": "5" },
        });
      await new Promise<void>((resolve, reject) => {
        const enter = (): void => {
          signal.removeEventListener("abort", leave);
          resolve();
        };
        const leave = (): void => {
          this.#waiting.splice(this.#waiting.indexOf(enter), 1);
          reject(signal.reason);
        };
        signal.addEventListener("abort", leave, { once: true });
        this.#waiting.push(enter);
      });
    }
    this.#busy = true;
    let ended = false;
    return {
      [Symbol.dispose]: () => {
        if (ended) return;
        ended = true;
        const next = this.#waiting.shift();
        // The turn is handed on without being free in between.
        if (next === undefined) this.#busy = false;
        else next();
      },
    };
  }
}
