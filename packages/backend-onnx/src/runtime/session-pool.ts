import { type AbortSignalLike, AttributionError } from "@attr/core";
import type { RuntimeSession, RuntimeTensor } from "./runtime.ts";

interface Entry {
  readonly session: Promise<RuntimeSession>;
  /** Runs that are waiting or under way. */
  users: number;
}

/**
 * The sessions of one model, one for each set of values fed and fetched: made when first needed, shared by concurrent calls, the least
 * recently used released when there are too many. Runs take turns: no runtime computes two of them at a time, and onnxruntime-web
 * does not allow it.
 */
export class SessionPool {
  readonly #name: string;
  readonly #capacity: number;
  readonly #entries = new Map<string, Entry>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(name: string, capacity: number) {
    this.#name = name;
    this.#capacity = capacity;
  }

  /**
   * Runs the session `key`, made by `create` where there is none yet.
   *
   * @throws AttributionError where the runtime refuses the model or the feeds; its own error is the `cause`.
   */
  async run(
    key: string,
    create: () => Promise<RuntimeSession>,
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: readonly string[],
    signal: AbortSignalLike | undefined,
  ): Promise<Readonly<Record<string, RuntimeTensor>>> {
    const entry = this.#entry(key, create);
    entry.users++;
    try {
      const session = await entry.session;
      return await this.#inTurn(async () => {
        signal?.throwIfAborted();
        try {
          return await session.run(feeds, fetches);
        } catch (cause) {
          throw new AttributionError(`${this.#name} could not be run on ${describeFeeds(feeds)}: ${messageOf(cause)}`, { cause });
        }
      });
    } finally {
      entry.users--;
    }
  }

  /** Releases every session; nothing may be under way any more. */
  async dispose(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    const sessions = await Promise.allSettled(entries.map((entry) => entry.session));
    for (const session of sessions) if (session.status === "fulfilled") await session.value.release();
    await this.#turn;
  }

  #entry(key: string, create: () => Promise<RuntimeSession>): Entry {
    const found = this.#entries.get(key);
    if (found !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, found);
      return found;
    }
    this.#makeRoom();
    const entry: Entry = { session: create(), users: 0 };
    this.#entries.set(key, entry);
    // One that could not be made is not kept: the next call tries again and gets the error itself.
    entry.session.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry;
  }

  #makeRoom(): void {
    if (this.#entries.size < this.#capacity) return;
    for (const [key, entry] of this.#entries) {
      if (entry.users > 0) continue;
      this.#entries.delete(key);
      this.#inTurn(async () => (await entry.session).release()).catch(() => undefined);
      return;
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function describeFeeds(feeds: Readonly<Record<string, RuntimeTensor>>): string {
  return Object.entries(feeds)
    .map(([name, tensor]) => `"${name}" ${tensor.type} [${tensor.dims.join(", ")}]`)
    .join(", ");
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
