/** Gathers the elements of a repeated field, which may come in any number of packed runs and single elements. */
export class ElementBytes {
  #bytes = new Uint8Array(0);
  #length = 0;

  add(piece: Uint8Array): void {
    if (this.#length + piece.length > this.#bytes.length) {
      const grown = new Uint8Array(this.#length === 0 ? piece.length : Math.max(this.#length * 2, this.#length + piece.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(piece, this.#length);
    this.#length += piece.length;
  }

  /** A buffer of exactly the elements. */
  finish(): ArrayBuffer {
    return this.#length === this.#bytes.length ? this.#bytes.buffer : this.#bytes.slice(0, this.#length).buffer;
  }
}
