import { type AlignedText, AlignedTextWriter } from "./aligned-text.ts";
import { utf8Length } from "./byte-level.ts";
import type { JsonPlace } from "./json.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** SentencePiece looks a whole grapheme up only where it is shorter than this. */
const graphemeByteLimit = 6;
const cacheSize = 10_000;

/**
 * SentencePiece's compiled normalisation rules: a table of strings to replace, as a double-array trie, and their replacements.
 *
 * Layout: the size of the trie in bytes (uint32, little endian), the trie (uint32 units), the replacements, each ended by a zero byte.
 */
export function precompiledCharsmap(encoded: string, place: JsonPlace): (aligned: AlignedText) => AlignedText {
  const bytes = fromBase64(encoded, place);
  if (bytes.length < 4) throw place.error("holds no character map: it is shorter than 4 bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const trieBytes = view.getUint32(0, true);
  if (trieBytes % 4 !== 0 || trieBytes > bytes.length - 4) {
    throw place.error(`holds a broken character map: a trie of ${trieBytes} bytes in ${bytes.length}`);
  }
  const trie = new Uint32Array(trieBytes / 4);
  for (let unit = 0; unit < trie.length; unit++) trie[unit] = view.getUint32(4 + unit * 4, true);
  const replacements = bytes.subarray(4 + trieBytes);
  const known = new Map<string, string | null>();

  function replacement(text: string): string | undefined {
    const cached = known.get(text);
    if (cached !== undefined) return cached ?? undefined;
    const start = shortestPrefixValue(trie, encoder.encode(text));
    let found: string | undefined;
    if (start !== undefined && start <= replacements.length) {
      const end = replacements.indexOf(0, start);
      found = decoder.decode(replacements.subarray(start, end < 0 ? replacements.length : end));
    }
    if (known.size >= cacheSize) known.clear();
    known.set(text, found ?? null);
    return found;
  }

  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  return (aligned) => {
    const writer = new AlignedTextWriter(aligned);
    let changed = false;
    const write = (text: string, start: number, content: string | undefined): void => {
      if (content === undefined || content === text) {
        writer.keep(start, start + text.length);
        return;
      }
      changed = true;
      writer.replace(start, start + text.length, content);
    };
    for (const { segment, index } of graphemes.segment(aligned.text)) {
      const whole = byteLength(segment) < graphemeByteLimit ? replacement(segment) : undefined;
      if (whole !== undefined) {
        write(segment, index, whole);
        continue;
      }
      let position = index;
      for (const character of segment) {
        write(character, position, replacement(character));
        position += character.length;
      }
    }
    return changed ? writer.build() : aligned;
  };
}

function byteLength(text: string): number {
  let length = 0;
  for (const character of text) length += utf8Length(character);
  return length;
}

/** The value of the shortest key that `key` begins with. */
function shortestPrefixValue(trie: Uint32Array, key: Uint8Array): number | undefined {
  if (trie.length === 0) return undefined;
  let position = childrenOf(trie[0]!);
  for (const byte of key) {
    if (byte === 0) return undefined;
    position ^= byte;
    const unit = trie[position];
    // The label of a unit is its low byte; the sign bit marks a value.
    if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
    position ^= childrenOf(unit);
    if (((unit >>> 8) & 1) === 1) {
      const leaf = trie[position];
      return leaf === undefined ? undefined : leaf & 0x7fffffff;
    }
  }
  return undefined;
}

function childrenOf(unit: number): number {
  return ((unit >>> 10) << ((unit & (1 << 9)) >>> 6)) >>> 0;
}

function fromBase64(encoded: string, place: JsonPlace): Uint8Array {
  const digits = encoded.replace(/[\s=]/g, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let buffer = 0;
  let bits = 0;
  let length = 0;
  for (let index = 0; index < digits.length; index++) {
    const value = base64Value(digits.charCodeAt(index));
    if (value < 0) throw place.error(`must be base64, got "${digits[index]}" at ${index}`);
    buffer = ((buffer << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (buffer >>> bits) & 0xff;
    }
  }
  return bytes;
}

function base64Value(code: number): number {
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return code - 71;
  if (code >= 48 && code <= 57) return code + 4;
  if (code === 43) return 62;
  return code === 47 ? 63 : -1;
}
