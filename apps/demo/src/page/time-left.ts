/** Guesses how long work takes from how it has gone so far. */
export class TimeLeft {
  readonly #now: () => number;
  #began: { readonly at: number; readonly done: number; readonly unit: string; readonly total: number } | undefined;

  /** @param now milliseconds since any moment. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Seconds left; undefined until there is something to go by. */
  after(done: number, total: number | undefined, unit: string): number | undefined {
    if (total === undefined) return undefined;
    const at = this.#now();
    const began = this.#began;
    // Other work than before, or the same once more.
    if (began === undefined || began.unit !== unit || began.total !== total || done < began.done) {
      this.#began = { at, done, unit, total };
      return undefined;
    }
    const gone = at - began.at;
    if (done <= began.done || gone < 400) return undefined;
    return ((total - done) * gone) / (done - began.done) / 1000;
  }
}

/** "about 12 s left", "about 3 min left". */
export function timeLeftText(seconds: number): string {
  if (seconds < 1) return "less than a second left";
  return seconds < 90 ? `about ${Math.ceil(seconds)} s left` : `about ${Math.ceil(seconds / 60)} min left`;
}
