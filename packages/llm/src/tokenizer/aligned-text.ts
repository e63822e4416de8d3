/**
 * A text made from another one, which knows for every UTF-16 unit which part of the original it stands for.
 *
 * Unit `i` stands for `[starts[i], ends[i])` of the original; both are non-decreasing. Where they are absent every unit stands for
 * itself, shifted by `origin`: that is what most texts are, and it costs nothing.
 */
export interface AlignedText {
  readonly text: string;
  readonly origin: number;
  readonly starts?: Int32Array | undefined;
  readonly ends?: Int32Array | undefined;
}

/** A part of the original text as it is. */
export function alignedText(text: string, origin = 0): AlignedText {
  return { text, origin };
}

export function originalStart(aligned: AlignedText, unit: number): number {
  return aligned.starts === undefined ? aligned.origin + unit : aligned.starts[unit]!;
}

/** Where the original part of unit `unit` ends. */
export function originalEnd(aligned: AlignedText, unit: number): number {
  return aligned.ends === undefined ? aligned.origin + unit + 1 : aligned.ends[unit]!;
}

/** The place in the original between the units `unit - 1` and `unit`: what is inserted there stands for nothing. */
function originalBoundary(aligned: AlignedText, unit: number): number {
  if (aligned.starts === undefined || aligned.ends === undefined) return aligned.origin + unit;
  if (unit < aligned.text.length) return aligned.starts[unit]!;
  return unit > 0 ? aligned.ends[unit - 1]! : aligned.origin;
}

export function sliceAligned(aligned: AlignedText, start: number, end: number): AlignedText {
  if (start === 0 && end === aligned.text.length) return aligned;
  const text = aligned.text.slice(start, end);
  if (aligned.starts === undefined || aligned.ends === undefined) return { text, origin: aligned.origin + start };
  return {
    text,
    origin: originalBoundary(aligned, start),
    starts: aligned.starts.subarray(start, end),
    ends: aligned.ends.subarray(start, end),
  };
}

/** Writes a new aligned text from left to right over a source; `build` gives it. */
export class AlignedTextWriter {
  readonly #source: AlignedText;
  readonly #parts: string[] = [];
  #starts: Int32Array;
  #ends: Int32Array;
  #length = 0;

  constructor(source: AlignedText) {
    this.#source = source;
    this.#starts = new Int32Array(source.text.length + 16);
    this.#ends = new Int32Array(source.text.length + 16);
  }

  /** Keeps the source units `[from, to)`. */
  keep(from: number, to: number): void {
    if (from >= to) return;
    this.#reserve(to - from);
    const source = this.#source;
    for (let unit = from; unit < to; unit++) {
      this.#starts[this.#length] = originalStart(source, unit);
      this.#ends[this.#length] = originalEnd(source, unit);
      this.#length++;
    }
    this.#parts.push(source.text.slice(from, to));
  }

  /** Puts `content` in place of the source units `[from, to)`; with `from === to` it is inserted and stands for nothing. */
  replace(from: number, to: number, content: string): void {
    if (content.length === 0) return;
    this.#reserve(content.length);
    const source = this.#source;
    const start = from === to ? originalBoundary(source, from) : originalStart(source, from);
    const end = from === to ? start : originalEnd(source, to - 1);
    this.#starts.fill(start, this.#length, this.#length + content.length);
    this.#ends.fill(end, this.#length, this.#length + content.length);
    this.#length += content.length;
    this.#parts.push(content);
  }

  build(): AlignedText {
    return {
      text: this.#parts.join(""),
      origin: this.#source.origin,
      starts: this.#starts.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.#length),
    };
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#starts.length) return;
    const capacity = Math.max(needed, this.#starts.length * 2);
    const starts = new Int32Array(capacity);
    const ends = new Int32Array(capacity);
    starts.set(this.#starts);
    ends.set(this.#ends);
    this.#starts = starts;
    this.#ends = ends;
  }
}

/** Replaces every match of `pattern` (a global expression) by `content`. */
export function replaceMatches(aligned: AlignedText, pattern: RegExp, content: string): AlignedText {
  const writer = new AlignedTextWriter(aligned);
  let done = 0;
  let changed = false;
  for (const match of aligned.text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    writer.keep(done, match.index);
    writer.replace(match.index, end, content);
    done = end;
    changed = true;
  }
  if (!changed) return aligned;
  writer.keep(done, aligned.text.length);
  return writer.build();
}

/** Replaces every code point by what `change` gives for it; `undefined` keeps it, `""` removes it. */
export function replaceCharacters(aligned: AlignedText, change: (character: string) => string | undefined): AlignedText {
  const writer = new AlignedTextWriter(aligned);
  let kept = 0;
  let position = 0;
  let changed = false;
  for (const character of aligned.text) {
    const end = position + character.length;
    const content = change(character);
    if (content !== undefined && content !== character) {
      writer.keep(kept, position);
      writer.replace(position, end, content);
      kept = end;
      changed = true;
    }
    position = end;
  }
  if (!changed) return aligned;
  writer.keep(kept, position);
  return writer.build();
}
