import { InvalidArgumentError } from "@attr/core";

/** How the bytes after a field's tag are laid out; groups (3, 4) are not used by ONNX and are refused. */
export const wireType: { readonly varint: 0; readonly fixed64: 1; readonly bytes: 2; readonly fixed32: 5 } = {
  varint: 0,
  fixed64: 1,
  bytes: 2,
  fixed32: 5,
};

/** As deep as protobuf's own readers go. */
const deepest = 100;

/**
 * Messages, strings and unknown pieces that one file may hold. Two bytes of file can become a hundred of memory, so that a hostile
 * file of some megabytes would otherwise take gigabytes; real files stay below a tenth of this.
 */
const mostItems = 4_000_000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A file that cannot be read as what it should be. */
export function malformed(what: string): InvalidArgumentError {
  return new InvalidArgumentError(`the ONNX file is malformed: ${what}`);
}

interface Budget {
  items: number;
}

/**
 * Reads the protobuf encoding of one message. Bytes fields are views of the input, never copies. Every length is held against the end
 * of the message before it is used, so nothing is ever read or allocated beyond the input.
 */
export class WireReader {
  /** Number of the field that {@link next} stopped at. */
  field: number = 0;
  /** Wire type of that field. */
  type: number = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #depth: number;
  readonly #budget: Budget;
  #position: number;
  #fieldStart = 0;
  #unknownStart = -1;
  #unknownEnd = -1;

  private constructor(bytes: Uint8Array, view: DataView, start: number, end: number, depth: number, budget: Budget) {
    this.#bytes = bytes;
    this.#view = view;
    this.#position = start;
    this.#end = end;
    this.#depth = depth;
    this.#budget = budget;
  }

  static of(bytes: Uint8Array): WireReader {
    // A plain view: the `subarray` of a Node Buffer would be a Buffer, whose methods differ from Uint8Array's.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
    return new WireReader(plain, view, 0, plain.length, 0, { items: mostItems });
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#position >= this.#end) return false;
    this.#fieldStart = this.#position;
    const tag = this.#smallVarint("tag");
    this.field = Math.floor(tag / 8);
    this.type = tag & 7;
    if (this.field === 0 || tag > 0xffffffff) throw malformed(`field number ${this.field} at byte ${this.#fieldStart}`);
    return true;
  }

  /** A reader of the embedded message that this field holds. */
  message(): WireReader {
    this.#expect(wireType.bytes);
    const length = this.#length();
    if (this.#depth >= deepest) throw malformed(`messages are nested more than ${deepest} deep`);
    this.#spend();
    const start = this.#position;
    this.#position += length;
    return new WireReader(this.#bytes, this.#view, start, start + length, this.#depth + 1, this.#budget);
  }

  bytes(): Uint8Array {
    this.#expect(wireType.bytes);
    this.#spend();
    const length = this.#length();
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, start + length);
  }

  string(): string {
    const start = this.#position;
    const bytes = this.bytes();
    let ascii = bytes.length <= 64;
    for (let i = 0; ascii && i < bytes.length; i++) ascii = bytes[i]! < 128;
    if (ascii) return String.fromCharCode(...bytes);
    try {
      return utf8.decode(bytes);
    } catch {
      throw malformed(`the text at byte ${start} is not UTF-8`);
    }
  }

  /** A varint as a signed 64-bit integer. */
  int64(): bigint {
    this.#expect(wireType.varint);
    return this.#varint64();
  }

  /** A varint as a number; `what` names it where it is beyond what a number holds exactly. */
  integer(what: string): number {
    this.#expect(wireType.varint);
    return this.#safeVarint(what);
  }

  float(): number {
    this.#expect(wireType.fixed32);
    this.#need(4);
    const value = this.#view.getFloat32(this.#position, true);
    this.#position += 4;
    return value;
  }

  /** Adds this field's integers (one, or many packed) to `into`. */
  integers(into: number[], what: string): void {
    if (this.type === wireType.varint) {
      into.push(this.#safeVarint(what));
      return;
    }
    const end = this.#packedEnd();
    while (this.#position < end) into.push(this.#safeVarint(what));
    if (this.#position !== end) throw malformed(`packed integers run past their end at byte ${end}`);
  }

  /** This field's 64-bit integers (one, or many packed), in an array of exactly their number. */
  int64s(): BigInt64Array {
    if (this.type === wireType.varint) return BigInt64Array.of(this.#varint64());
    const end = this.#packedEnd();
    const values = new BigInt64Array(this.#countVarints(end));
    for (let i = 0; i < values.length; i++) values[i] = this.#varint64();
    return values;
  }

  /** This field's 32-bit integers (one, or many packed). */
  int32s(): Int32Array {
    if (this.type === wireType.varint) return Int32Array.of(Number(BigInt.asIntN(32, this.#varint64())));
    const end = this.#packedEnd();
    const values = new Int32Array(this.#countVarints(end));
    for (let i = 0; i < values.length; i++) {
      const first = this.#bytes[this.#position]!;
      if (first < 128) {
        values[i] = first;
        this.#position++;
      } else values[i] = Number(BigInt.asIntN(32, this.#varint64()));
    }
    return values;
  }

  /** The bytes of this field's fixed-width elements (one, or many packed), as they are. */
  fixed(width: 4 | 8): Uint8Array {
    if (this.type === (width === 4 ? wireType.fixed32 : wireType.fixed64)) {
      this.#need(width);
      this.#position += width;
      return this.#bytes.subarray(this.#position - width, this.#position);
    }
    const bytes = this.bytes();
    if (bytes.length % width !== 0) throw malformed(`${bytes.length} bytes are no whole number of ${width}-byte elements`);
    return bytes;
  }

  /** Passes over this field, keeping its bytes (tag included) in `into` unless it is left out. */
  skip(into?: Uint8Array[]): void {
    switch (this.type) {
      case wireType.varint:
        this.#varint64();
        break;
      case wireType.fixed64:
        this.#need(8);
        this.#position += 8;
        break;
      case wireType.bytes: {
        const length = this.#length();
        this.#position += length;
        break;
      }
      case wireType.fixed32:
        this.#need(4);
        this.#position += 4;
        break;
      default:
        throw malformed(`wire type ${this.type} at byte ${this.#fieldStart}`);
    }
    if (into === undefined) return;
    // Neighbours are kept as one piece: a view costs more memory than most fields.
    if (into.length > 0 && this.#unknownEnd === this.#fieldStart) into[into.length - 1] = this.#piece(this.#unknownStart);
    else {
      this.#spend();
      this.#unknownStart = this.#fieldStart;
      into.push(this.#piece(this.#fieldStart));
    }
    this.#unknownEnd = this.#position;
  }

  #piece(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#position);
  }

  #spend(): void {
    if (--this.#budget.items < 0) throw malformed(`it holds more than ${mostItems} messages and strings`);
  }

  #expect(type: number): void {
    if (this.type !== type)
      throw malformed(`field ${this.field} at byte ${this.#fieldStart} has wire type ${this.type}, not ${type}`);
  }

  #need(count: number): void {
    if (this.#position + count > this.#end)
      throw malformed(
        `field ${this.field} at byte ${this.#fieldStart} runs ${this.#position + count - this.#end} bytes past the end`,
      );
  }

  #length(): number {
    const length = this.#smallVarint("length");
    this.#need(length);
    return length;
  }

  #packedEnd(): number {
    this.#expect(wireType.bytes);
    this.#spend();
    const length = this.#length();
    return this.#position + length;
  }

  /** Every varint ends in the one byte of it below 128. */
  #countVarints(end: number): number {
    let count = 0;
    for (let i = this.#position; i < end; i++) if (this.#bytes[i]! < 128) count++;
    if (end > this.#position && this.#bytes[end - 1]! >= 128) throw malformed(`packed integers are cut off at byte ${end}`);
    return count;
  }

  #smallVarint(what: string): number {
    const value = this.#safeVarint(what);
    if (value < 0) throw malformed(`${what} ${value} at byte ${this.#fieldStart}`);
    return value;
  }

  #safeVarint(what: string): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#position >= this.#end) throw malformed(`a number is cut off at byte ${this.#position}`);
      const byte = this.#bytes[this.#position++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    this.#position -= 4;
    const large = this.#varint64();
    const safe = Number(large);
    if (!Number.isSafeInteger(safe)) throw malformed(`${what} ${large} at byte ${this.#fieldStart}`);
    return safe;
  }

  #varint64(): bigint {
    let low = 0;
    let high = 0;
    for (let count = 0; count < 10; count++) {
      if (this.#position >= this.#end) throw malformed(`a number is cut off at byte ${this.#position}`);
      const byte = this.#bytes[this.#position++]!;
      const bits = byte & 127;
      const shift = count * 7;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) {
        if (count === 9 && byte > 1) break;
        return (BigInt(high | 0) << 32n) | BigInt(low >>> 0);
      }
    }
    throw malformed(`the number at byte ${this.#position - 10} is longer than 64 bits`);
  }
}
