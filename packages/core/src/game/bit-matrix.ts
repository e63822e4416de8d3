import { InvalidArgumentError } from "../errors.ts";

/** Rows of bits, 32 to a word: coalitions of players, one row each. */
export class BitMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Words a row takes. */
  readonly stride: number;
  readonly words: Uint32Array;

  constructor(rows: number, columns: number, words?: Uint32Array) {
    this.rows = rows;
    this.columns = columns;
    this.stride = Math.max(1, (columns + 31) >>> 5);
    this.words = words ?? new Uint32Array(rows * this.stride);
    if (this.words.length !== rows * this.stride)
      throw new InvalidArgumentError(
        `words must hold ${rows * this.stride} entries for ${rows} × ${columns} bits, got ${this.words.length}`,
      );
  }

  /** All bits set. */
  static full(rows: number, columns: number): BitMatrix {
    const matrix = new BitMatrix(rows, columns);
    for (let row = 0; row < rows; row++) matrix.fillRow(row);
    return matrix;
  }

  /** Whether the bit is set. Rows and columns are not checked. */
  get(row: number, column: number): boolean {
    return ((this.words[row * this.stride + (column >>> 5)]! >>> (column & 31)) & 1) === 1;
  }

  /** Sets or clears the bit. Rows and columns are not checked. */
  set(row: number, column: number, present: boolean): void {
    const word = row * this.stride + (column >>> 5);
    const bit = 1 << (column & 31);
    this.words[word] = present ? this.words[word]! | bit : this.words[word]! & ~bit;
  }

  /** Sets every bit of a row. */
  fillRow(row: number): void {
    const start = row * this.stride;
    this.words.fill(0xffffffff, start, start + this.stride);
    const rest = this.columns & 31;
    if (this.columns === 0) this.words[start] = 0;
    else if (rest !== 0) this.words[start + this.stride - 1] = (1 << rest) - 1;
  }

  /** Turns every bit of a row over. */
  complementRow(row: number): void {
    const start = row * this.stride;
    for (let word = start; word < start + this.stride; word++) this.words[word] = ~this.words[word]!;
    const rest = this.columns & 31;
    if (this.columns === 0) this.words[start] = 0;
    else if (rest !== 0) this.words[start + this.stride - 1]! &= (1 << rest) - 1;
  }

  /** The columns of a row's set bits, ascending. */
  columnsOf(row: number): Int32Array {
    const columns = new Int32Array(this.count(row));
    let at = 0;
    for (let word = 0; word < this.stride; word++)
      for (let bits = this.words[row * this.stride + word]!; bits !== 0; bits &= bits - 1)
        columns[at++] = word * 32 + 31 - Math.clz32(bits & -bits);
    return columns;
  }

  /** The columns of a row's bits that are not set, ascending. */
  absentColumnsOf(row: number): Int32Array {
    const columns = new Int32Array(this.columns - this.count(row));
    let at = 0;
    for (let word = 0; word < this.stride; word++) {
      const inUse = Math.min(32, this.columns - word * 32);
      const all = inUse === 32 ? -1 : (1 << inUse) - 1;
      for (let bits = ~this.words[row * this.stride + word]! & all; bits !== 0; bits &= bits - 1)
        columns[at++] = word * 32 + 31 - Math.clz32(bits & -bits);
    }
    return columns;
  }

  /** How many bits of a row are set. */
  count(row: number): number {
    let total = 0;
    const start = row * this.stride;
    for (let word = start; word < start + this.stride; word++) {
      let bits = this.words[word]!;
      bits -= (bits >>> 1) & 0x55555555;
      bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
      total += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return total;
  }

  /** A string that is equal for equal rows, and only for them: two characters a word, whatever they mean as text. */
  key(row: number): string {
    let key = "";
    const end = (row + 1) * this.stride;
    for (let word = row * this.stride; word < end; word++) {
      const bits = this.words[word]!;
      key += String.fromCharCode(bits & 0xffff, bits >>> 16);
    }
    return key;
  }

  /** The given rows, in that order. */
  select(rows: ArrayLike<number>): BitMatrix {
    const picked = new BitMatrix(rows.length, this.columns);
    for (let i = 0; i < rows.length; i++) {
      const start = rows[i]! * this.stride;
      picked.words.set(this.words.subarray(start, start + this.stride), i * this.stride);
    }
    return picked;
  }
}
