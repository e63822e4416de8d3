import type { ModelProto } from "./proto.ts";
import { readModel } from "./read-model.ts";
import { malformed, wireType } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

/**
 * Elements up to this size stay in the model: runtimes and gradient rules look at those of small constants, which can decide shapes. It is
 * what the 4096 elements take that small-constants.ts reads, 8 bytes each.
 */
export const smallBytes = 32768;

const windowBytes = 1 << 16;

/** All of a file but its weights; more than this is no description of a network. */
const mostStructure = 512 * 1024 * 1024;

/**
 * Reads an ONNX file of any size without its weights: they become external data that lies in the file itself, under the name
 * `location`, so that graph edits cost nothing and the runtime maps them from the disk.
 */
export function openLargeFile(fs: typeof import("node:fs"), path: string, location: string): ModelProto {
  const descriptor = fs.openSync(path, "r");
  try {
    const file = new FileCursor(fs, descriptor, fs.fstatSync(descriptor).size);
    const model = new WireWriter();
    while (file.position < file.size) {
      const field = file.field(file.size);
      if (field.number === 7 && field.type === wireType.bytes)
        model.message(7, (graph) => copyGraph(file, field.end, graph, location));
      else file.copyTo(model, field.start, field.end);
      if (model.size > mostStructure) throw malformed(`it holds more than ${mostStructure} bytes besides its weights`);
    }
    return readModel(model.finish());
  } finally {
    fs.closeSync(descriptor);
  }
}

function copyGraph(file: FileCursor, end: number, graph: WireWriter, location: string): void {
  while (file.position < end) {
    const field = file.field(end);
    if (field.number === 5 && field.type === wireType.bytes)
      graph.message(5, (tensor) => copyTensor(file, field.end, tensor, location));
    else file.copyTo(graph, field.start, field.end);
    if (graph.size > mostStructure) throw malformed(`it holds more than ${mostStructure} bytes besides its weights`);
  }
}

function copyTensor(file: FileCursor, end: number, tensor: WireWriter, location: string): void {
  let raw: Field | undefined;
  while (file.position < end) {
    const field = file.field(end);
    if (field.number === 9 && field.type === wireType.bytes) {
      raw = field;
      file.position = field.end;
    } else file.copyTo(tensor, field.start, field.end);
  }
  if (raw === undefined) return;
  const length = raw.end - raw.content;
  if (length <= smallBytes) {
    file.copyTo(tensor, raw.start, raw.end);
    file.position = end;
    return;
  }
  const entries = { location, offset: String(raw.content), length: String(length) };
  for (const [key, value] of Object.entries(entries))
    tensor.message(13, (entry) => {
      entry.string(1, key);
      entry.string(2, value);
    });
  tensor.integer(14, 1);
}

interface Field {
  readonly number: number;
  readonly type: number;
  /** Where its tag begins, its content (of bytes fields) begins, and it ends. */
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Reads tags and lengths through a small window on the file. */
class FileCursor {
  position = 0;
  readonly size: number;
  readonly #fs: typeof import("node:fs");
  readonly #descriptor: number;
  readonly #window: Uint8Array = new Uint8Array(windowBytes);
  #windowStart = 0;
  #windowEnd = 0;

  constructor(fs: typeof import("node:fs"), descriptor: number, size: number) {
    this.#fs = fs;
    this.#descriptor = descriptor;
    this.size = size;
  }

  /** The field at the position. Leaves the position at its content where it is a bytes field, and at its end otherwise. */
  field(end: number): Field {
    const start = this.position;
    const tag = this.#varint(end);
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (number === 0) throw malformed(`field number 0 at byte ${start}`);
    let length = 0;
    if (type === wireType.bytes) length = this.#varint(end);
    const content = this.position;
    if (type === wireType.varint) this.#skipVarint(end);
    else if (type === wireType.fixed64) this.position += 8;
    else if (type === wireType.fixed32) this.position += 4;
    else if (type !== wireType.bytes) throw malformed(`wire type ${type} at byte ${start}`);
    const fieldEnd = type === wireType.bytes ? content + length : this.position;
    if (fieldEnd > end) throw malformed(`field ${number} at byte ${start} runs ${fieldEnd - end} bytes past the end`);
    return { number, type, start, content, end: fieldEnd };
  }

  /** Copies bytes `start` to `end` as they are, and goes to their end. */
  copyTo(writer: WireWriter, start: number, end: number): void {
    if (end - start > mostStructure) throw malformed(`a field of ${end - start} bytes at byte ${start} holds no weights`);
    const bytes = new Uint8Array(end - start);
    this.#read(bytes, start);
    writer.raw(bytes);
    this.position = end;
  }

  #varint(end: number): number {
    let value = 0;
    let unit = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.#byte(end);
      value += (byte & 127) * unit;
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      unit *= 128;
    }
    throw malformed(`the number at byte ${this.position} is too large for a tag or length`);
  }

  #skipVarint(end: number): void {
    for (let count = 0; count < 10; count++) if (this.#byte(end) < 128) return;
    throw malformed(`the number at byte ${this.position} is longer than 64 bits`);
  }

  #byte(end: number): number {
    if (this.position >= end) throw malformed(`a number is cut off at byte ${this.position}`);
    if (this.position < this.#windowStart || this.position >= this.#windowEnd) {
      const count = Math.min(windowBytes, this.size - this.position);
      this.#read(this.#window.subarray(0, count), this.position);
      this.#windowStart = this.position;
      this.#windowEnd = this.position + count;
    }
    return this.#window[this.position++ - this.#windowStart]!;
  }

  #read(into: Uint8Array, from: number): void {
    let done = 0;
    while (done < into.length) {
      const count = this.#fs.readSync(this.#descriptor, into, done, into.length - done, from + done);
      if (count === 0) throw malformed(`it ended at byte ${from + done} while it was read`);
      done += count;
    }
  }
}
