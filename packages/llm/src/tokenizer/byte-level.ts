import { type AlignedText, AlignedTextWriter } from "./aligned-text.ts";

const encoder = new TextEncoder();

/**
 * The printable character GPT-2's byte-level tokenizers write for every byte: printable Latin-1 bytes are themselves, the 68 others
 * are the characters from U+0100 on, in order of the bytes.
 */
const byteCharacters: readonly string[] = (() => {
  const characters: string[] = [];
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    characters.push(String.fromCharCode(printable ? byte : next++));
  }
  return characters;
})();

const characterBytes: ReadonlyMap<string, number> = new Map(byteCharacters.map((character, byte) => [character, byte]));

/** The bytes a byte-level spelling stands for ("Ġcat" is " cat"), or `undefined` where it is no such spelling. */
export function bytesOfByteLevel(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let index = 0; index < token.length; index++) {
    const byte = characterBytes.get(token[index]!);
    if (byte === undefined) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}

/** The spelling of UTF-8 bytes in a byte-level vocabulary. */
export function byteLevelOfBytes(bytes: Uint8Array): string {
  let spelling = "";
  for (const byte of bytes) spelling += byteCharacters[byte]!;
  return spelling;
}

/** How many UTF-8 bytes the code point at the start of `character` takes; a lone surrogate takes the 3 of U+FFFD. */
export function utf8Length(character: string): number {
  const codePoint = character.codePointAt(0)!;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) >= 0x80) return false;
  }
  return true;
}

/** Spells a text byte by byte; all bytes of a character stand for that character. */
export function toByteLevel(aligned: AlignedText): AlignedText {
  const { text } = aligned;
  if (isAscii(text)) {
    let spelling = "";
    for (let index = 0; index < text.length; index++) spelling += byteCharacters[text.charCodeAt(index)]!;
    return { ...aligned, text: spelling };
  }
  const writer = new AlignedTextWriter(aligned);
  let position = 0;
  for (const character of text) {
    const end = position + character.length;
    writer.replace(position, end, byteLevelOfBytes(encoder.encode(character)));
    position = end;
  }
  return writer.build();
}
