/** What stands in a row: an example with some players absent. */
interface HeldRow {
  readonly example: number;
  /** The coalition's bits. */
  readonly words: Uint32Array;
}

/** Memory for the rows of one input, and what stands in each. */
export interface RowBuffer {
  /** Typed as one class; holds elements of the input's dtype. */
  readonly data: Float32Array;
  readonly rows: number;
  readonly held: (HeldRow | undefined)[];
}

/**
 * Memory that rows are composed in, call after call, for models that have done with their feeds when `run` resolves: coalitions that
 * methods ask for one after the other differ in few players, and only those are written again.
 */
export class RowBuffers {
  readonly #buffers = new Map<string, RowBuffer>();
  #taken = false;

  /** Lends the memory to one call; nothing while another call has it. */
  borrow(): RowBuffers | undefined {
    if (this.#taken) return undefined;
    this.#taken = true;
    return this;
  }

  giveBack(): void {
    this.#taken = false;
  }

  /** The memory for at least `rows` rows of an input, like `sample` in its class. */
  of(input: string, sample: Float32Array, rows: number, elements: number): RowBuffer {
    const known = this.#buffers.get(input);
    if (known !== undefined && known.rows >= rows) return known;
    const data = new (sample.constructor as Float32ArrayConstructor)(rows * elements);
    const fresh = { data, rows, held: new Array<HeldRow | undefined>(rows).fill(undefined) };
    this.#buffers.set(input, fresh);
    return fresh;
  }
}
