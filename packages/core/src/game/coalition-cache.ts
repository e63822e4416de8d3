/**
 * What coalitions are worth, by their key. Entries are dropped oldest first when they hold more than `maxBytes`, so that a
 * long-running sampler over thousands of players stays within memory; repeats are improbable there.
 */
export class CoalitionCache {
  readonly #entries = new Map<string, Float64Array>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number = Number.POSITIVE_INFINITY) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): Float64Array | undefined {
    return this.#entries.get(key);
  }

  set(key: string, worth: Float64Array): void {
    if (this.#entries.has(key)) return;
    this.#entries.set(key, worth);
    this.#bytes += bytesOf(key, worth);
    if (this.#bytes <= this.#maxBytes) return;
    for (const [oldest, dropped] of this.#entries) {
      this.#entries.delete(oldest);
      this.#bytes -= bytesOf(oldest, dropped);
      if (this.#bytes <= this.#maxBytes) return;
    }
  }
}

function bytesOf(key: string, worth: Float64Array): number {
  return 2 * key.length + worth.byteLength + 96; // what a map's entry, a string and a typed array take besides their contents
}
