import { InvalidArgumentError, type Scope, type Tensor } from "@attr/core";

/** What scopes free. */
export interface Disposable {
  readonly isDisposed: boolean;
  dispose(): void;
}

/** Work that goes on across `await`, in the scope it was begun in. */
export interface Work<T> {
  /** Puts a new resource into that scope. */
  add(resource: T): void;
  /** To be called once it has ended, whichever way. */
  end(): void;
}

/** What several scopes hold, since it cannot be told whose it is. */
interface Claim<T extends object> {
  readonly resource: WeakRef<T>;
  holders: number;
}

class OpenScope<T extends object> {
  readonly own = new Set<T>();
  readonly shared = new Set<Claim<T>>();
  /** Work of ours that was begun in this scope, or inside it, and goes on: until it ends, whoever opened the scope waits. */
  pending = 0;
  /** The scope of the same owner that this one was opened in; unknown where there may be several owners. */
  readonly around: OpenScope<T> | undefined;

  constructor(around: OpenScope<T> | undefined) {
    this.around = around;
  }

  wait(by: 1 | -1): void {
    for (let scope: OpenScope<T> | undefined = this; scope !== undefined; scope = scope.around) scope.pending += by;
  }
}

/**
 * The scopes of a backend. Every resource belongs to the innermost one that is open.
 *
 * JavaScript does not tell a synchronous function which of several interleaved calls it serves. Scopes that are opened, used or closed
 * while the owner of the innermost one is known to wait show that there are several. From then on a resource belongs to all scopes
 * whose owners may be running, is freed with the last of them, and what is kept belongs to nobody but the garbage collector: late,
 * never early.
 */
export class Scopes<T extends Disposable & object> {
  readonly #open: OpenScope<T>[] = [];
  readonly #claims = new WeakMap<T, Claim<T>>();
  #interleaved = false;

  /** Puts a new resource into the scope it was made in; the caller's where none is open. */
  add(resource: T): void {
    this.#look();
    const top = this.#open.at(-1);
    if (top === undefined) return;
    if (!this.#interleaved) top.own.add(resource);
    else
      this.#share(
        resource,
        this.#open.filter(({ pending }) => pending === 0),
      );
  }

  /** Forgets a resource that somebody freed. */
  remove(resource: T): void {
    for (const scope of this.#open) scope.own.delete(resource);
  }

  /** Work that others may run beside begins. */
  begin(kind: "call" | "read"): Work<T> {
    // Several reads of one owner go on at a time.
    if (kind === "call") this.#look();
    const scope = this.#open.at(-1);
    if (scope === undefined) return { add() {}, end() {} };
    scope.wait(1);
    return {
      add: (resource) => {
        // Nobody frees what a scope gets that was closed meanwhile, save the garbage collector.
        if (!this.#open.includes(scope)) return;
        if (this.#interleaved) this.#share(resource, [scope]);
        else scope.own.add(resource);
      },
      end: () => {
        scope.wait(-1);
      },
    };
  }

  open(): Scope {
    this.#look();
    const scope = new OpenScope<T>(this.#interleaved ? undefined : this.#open.at(-1));
    this.#open.push(scope);
    let isOpen = true;
    return {
      keep: <K extends Tensor>(tensor: K): K => {
        if (!isOpen) throw new InvalidArgumentError("keep: the scope is disposed already; keep tensors before it ends");
        // A tensor of another kind is in no scope of ours.
        this.#keep(scope, tensor as unknown as T);
        return tensor;
      },
      [Symbol.dispose]: (): void => {
        if (!isOpen) return;
        isOpen = false;
        this.#close(scope);
      },
    };
  }

  #keep(scope: OpenScope<T>, resource: T): void {
    if (scope !== this.#open.at(-1)) this.#entangle();
    const claim = this.#claims.get(resource);
    if (claim !== undefined) claim.holders = Number.POSITIVE_INFINITY;
    else if (scope.own.delete(resource)) this.#open[this.#open.indexOf(scope) - 1]?.own.add(resource);
  }

  #close(scope: OpenScope<T>): void {
    if (scope !== this.#open.at(-1) || scope.pending > 0) this.#entangle();
    this.#open.splice(this.#open.indexOf(scope), 1);
    if (this.#open.length === 0) this.#interleaved = false;
    const own = [...scope.own];
    scope.own.clear();
    for (const resource of own) resource.dispose();
    for (const claim of scope.shared) if (--claim.holders === 0) claim.resource.deref()?.dispose();
  }

  /** The owner of the innermost scope waits, and yet something happens: another one is at work. */
  #look(): void {
    if ((this.#open.at(-1)?.pending ?? 0) > 0) this.#entangle();
  }

  #entangle(): void {
    if (this.#interleaved) return;
    this.#interleaved = true;
    const all = this.#open.flatMap(({ own }) => [...own]);
    for (const { own } of this.#open) own.clear();
    for (const resource of all) this.#share(resource, this.#open);
  }

  #share(resource: T, holders: readonly OpenScope<T>[]): void {
    if (holders.length === 0) return;
    const claim = { resource: new WeakRef(resource), holders: holders.length };
    this.#claims.set(resource, claim);
    for (const scope of holders) scope.shared.add(claim);
  }
}
