/** The bits of a braille character's dots, two columns of four, row by row. */
const dots = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

/** A field of dots, two by four in a character of text; what is drawn last gives a character its owner. */
export class BrailleField {
  readonly columns: number;
  readonly rows: number;
  readonly #bits: Uint8Array;
  readonly #owners: Int16Array;
  readonly #marks = new Map<number, string>();

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#bits = new Uint8Array(columns * rows);
    this.#owners = new Int16Array(columns * rows).fill(-1);
  }

  /** Dots across. */
  get width(): number {
    return 2 * this.columns;
  }

  /** Dots from top to bottom. */
  get height(): number {
    return 4 * this.rows;
  }

  dot(x: number, y: number, owner: number): void {
    const cell = this.#cell(x, y);
    if (cell === undefined) return;
    this.#bits[cell]! |= dots[2 * (y % 4) + (x % 2)]!;
    this.#owners[cell] = owner;
  }

  /** A straight line of dots; of every `period` of them only the first `length`. */
  line(x0: number, y0: number, x1: number, y1: number, owner: number, length = 1, period = 1): void {
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0));
    for (let step = 0; step <= steps; step++) {
      const share = steps === 0 ? 0 : step / steps;
      const [x, y] = [Math.round(x0 + (x1 - x0) * share), Math.round(y0 + (y1 - y0) * share)];
      // By place, not by step, so that lines of many short pieces have one pattern.
      if (x % period < length) this.dot(x, y, owner);
    }
  }

  /** A character in place of the dots around a point. */
  mark(x: number, y: number, character: string, owner: number): void {
    const cell = this.#cell(x, y);
    if (cell === undefined) return;
    this.#marks.set(cell, character);
    this.#owners[cell] = owner;
  }

  /** A row of text; runs of one owner go through `color` together. */
  text(row: number, color: (text: string, owner: number) => string): string {
    let text = "";
    let run = "";
    let owner = -1;
    for (let column = 0; column < this.columns; column++) {
      const cell = row * this.columns + column;
      if (this.#owners[cell] !== owner) {
        text += owner < 0 ? run : color(run, owner);
        run = "";
        owner = this.#owners[cell]!;
      }
      const bits = this.#bits[cell]!;
      run += this.#marks.get(cell) ?? (bits === 0 ? " " : String.fromCharCode(0x2800 + bits));
    }
    return text + (owner < 0 ? run : color(run, owner));
  }

  #cell(x: number, y: number): number | undefined {
    if (!(x >= 0 && x < this.width && y >= 0 && y < this.height)) return undefined;
    return Math.floor(y / 4) * this.columns + Math.floor(x / 2);
  }
}
