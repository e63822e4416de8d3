import { UnsupportedError } from "@attr/core";
import { wireType } from "./wire-reader.ts";

const utf8 = new TextEncoder();

/** From this many bytes on a bytes field is kept as it is instead of copied. */
const keptFrom = 1024;

/** What one protobuf message may hold. */
const mostBytes = 2 ** 31 - 1;

/** Writes the protobuf encoding of one message, shortest varints only, as a list of pieces: large bytes fields are not copied. */
export class WireWriter {
  /** Bytes written so far. */
  size = 0;
  readonly #pieces: Uint8Array[] = [];
  #buffer = new Uint8Array(128);
  #view = new DataView(this.#buffer.buffer);
  #used = 0;
  #flushed = 0;

  message(field: number, write: (writer: WireWriter) => void): void {
    const inner = new WireWriter();
    write(inner);
    this.#tag(field, wireType.bytes);
    this.#varint(inner.size);
    for (const piece of inner.pieces()) this.raw(piece);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, wireType.bytes);
    this.#varint(value.length);
    this.raw(value);
  }

  string(field: number, value: string): void {
    this.bytes(field, utf8.encode(value));
  }

  integer(field: number, value: number | bigint): void {
    this.#tag(field, wireType.varint);
    this.#integer(value);
  }

  float(field: number, value: number): void {
    this.#tag(field, wireType.fixed32);
    this.#reserve(4);
    this.#view.setFloat32(this.#used, value, true);
    this.#used += 4;
    this.size += 4;
  }

  /** Integers, packed. */
  packed(field: number, values: ArrayLike<number> | ArrayLike<bigint>): void {
    const inner = new WireWriter();
    for (let i = 0; i < values.length; i++) inner.#integer(values[i]!);
    this.#tag(field, wireType.bytes);
    this.#varint(inner.size);
    for (const piece of inner.pieces()) this.raw(piece);
  }

  /** Bytes that are already encoded. */
  raw(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (bytes.length >= keptFrom) {
      this.#flush();
      this.#pieces.push(bytes);
      return;
    }
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** All that was written, in order. */
  pieces(): readonly Uint8Array[] {
    this.#flush();
    return this.#pieces;
  }

  /** All that was written, in one array. */
  finish(): Uint8Array {
    if (this.size > mostBytes)
      throw new UnsupportedError(
        `the model takes ${this.size} bytes and an ONNX file holds at most ${mostBytes}: keep its weights as external data`,
      );
    const all = new Uint8Array(this.size);
    let position = 0;
    for (const piece of this.pieces()) {
      all.set(piece, position);
      position += piece.length;
    }
    return all;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #integer(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) this.#varint(value);
    else {
      let rest = BigInt.asUintN(64, BigInt(value));
      this.#reserve(10);
      const start = this.#used;
      while (rest > 127n) {
        this.#buffer[this.#used++] = Number(rest & 127n) | 128;
        rest >>= 7n;
      }
      this.#buffer[this.#used++] = Number(rest);
      this.size += this.#used - start;
    }
  }

  #varint(value: number): void {
    this.#reserve(10);
    const start = this.#used;
    let rest = value;
    while (rest > 127) {
      this.#buffer[this.#used++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#used++] = rest;
    this.size += this.#used - start;
  }

  #reserve(count: number): void {
    if (this.#used + count <= this.#buffer.length) return;
    this.#flush();
    this.#buffer = new Uint8Array(Math.max(Math.min(this.#buffer.length * 2, 65536), count));
    this.#view = new DataView(this.#buffer.buffer);
    this.#used = 0;
    this.#flushed = 0;
  }

  #flush(): void {
    if (this.#used === this.#flushed) return;
    this.#pieces.push(this.#buffer.subarray(this.#flushed, this.#used));
    this.#flushed = this.#used;
  }
}
