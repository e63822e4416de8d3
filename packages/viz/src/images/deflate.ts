/** Codes of the match lengths 3 to 258 (RFC 1951, 3.2.5): the least length of each code and how many bits say the rest. */
const lengthBases: readonly number[] = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const lengthBits: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

const window = 32768;
const longest = 258;
const hashSize = 1 << 15;

/**
 * Bytes as one deflate block with the fixed codes (RFC 1951): each stretch that stood before within the window is written as how far
 * back and how long. Maps of scores and enlarged pictures repeat themselves much, and need no better.
 */
export function deflate(bytes: Uint8Array): Uint8Array {
  const out = new BitWriter(bytes.length);
  out.bits(1, 1); // the last block
  out.bits(1, 2); // fixed codes
  const lastAt = new Int32Array(hashSize).fill(-1);
  const { length } = bytes;
  let at = 0;
  while (at < length) {
    let match = 0;
    let distance = 0;
    if (at + 2 < length) {
      const hash = ((bytes[at]! << 10) ^ (bytes[at + 1]! << 5) ^ bytes[at + 2]!) & (hashSize - 1);
      const before = lastAt[hash]!;
      lastAt[hash] = at;
      if (before >= 0 && at - before <= window) {
        const most = Math.min(longest, length - at);
        while (match < most && bytes[before + match] === bytes[at + match]) match++;
        distance = at - before;
      }
    }
    if (match >= 3) {
      writeMatch(out, match, distance);
      at += match;
    } else writeSymbol(out, bytes[at++]!);
  }
  writeSymbol(out, 256);
  return out.finish();
}

/** A literal or a length code in the fixed Huffman code. */
function writeSymbol(out: BitWriter, symbol: number): void {
  if (symbol < 144) out.code(0x30 + symbol, 8);
  else if (symbol < 256) out.code(0x190 + symbol - 144, 9);
  else if (symbol < 280) out.code(symbol - 256, 7);
  else out.code(0xc0 + symbol - 280, 8);
}

function writeMatch(out: BitWriter, length: number, distance: number): void {
  let code = lengthBases.length - 1;
  while (lengthBases[code]! > length) code--;
  writeSymbol(out, 257 + code);
  out.bits(length - lengthBases[code]!, lengthBits[code]!);
  // Distance codes 0 to 3 are exact; then two codes for every power of two.
  const back = distance - 1;
  if (back < 4) {
    out.code(back, 5);
    return;
  }
  const extra = 30 - Math.clz32(back); // one bit less than back has after its first
  out.code(2 * (extra + 1) + ((back >> extra) & 1), 5);
  out.bits(back & ((1 << extra) - 1), extra);
}

/** Bits from the least of each byte upwards. */
class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #held = 0;
  #count = 0;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected + 64);
  }

  /** A number, its least bit first. */
  bits(value: number, count: number): void {
    this.#held |= value << this.#count;
    this.#count += count;
    while (this.#count >= 8) this.#push();
  }

  /** A Huffman code, its first bit first. */
  code(value: number, count: number): void {
    let reversed = 0;
    for (let bit = 0; bit < count; bit++) reversed |= ((value >> bit) & 1) << (count - 1 - bit);
    this.bits(reversed, count);
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.#push();
    return this.#bytes.subarray(0, this.#length);
  }

  #push(): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = this.#held & 0xff;
    this.#held >>>= 8;
    this.#count = Math.max(0, this.#count - 8);
  }
}
