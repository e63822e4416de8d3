import { type AlignedText, AlignedTextWriter, replaceCharacters, replaceMatches } from "./aligned-text.ts";
import { normalizeUnicode } from "./unicode-normalization.ts";

/** What BERT does to a text before it splits it. */
export interface BertNormalizerOptions {
  readonly cleanText: boolean;
  readonly handleChineseCharacters: boolean;
  readonly stripAccents: boolean;
  readonly lowercase: boolean;
}

const dropped = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\uFFFD]/u;
const whitespace = /\p{White_Space}/u;
const accents = /\p{Mn}+/gu;

export function bertNormalizer(options: BertNormalizerOptions): (aligned: AlignedText) => AlignedText {
  return (aligned) => {
    let result = aligned;
    if (options.cleanText) result = replaceCharacters(result, cleaned);
    if (options.handleChineseCharacters) result = spaceChineseCharacters(result);
    if (options.stripAccents) result = replaceMatches(normalizeUnicode(result, "NFD"), accents, "");
    if (options.lowercase) result = lowercase(result);
    return result;
  };
}

function cleaned(character: string): string | undefined {
  if (character === "\t" || character === "\n" || character === "\r") return " ";
  if (dropped.test(character)) return "";
  return whitespace.test(character) ? " " : undefined;
}

/** Lower case character by character: a final sigma is a sigma, as where the vocabulary was made. */
export function lowercase(aligned: AlignedText): AlignedText {
  return replaceCharacters(aligned, (character) => character.toLowerCase());
}

function spaceChineseCharacters(aligned: AlignedText): AlignedText {
  const writer = new AlignedTextWriter(aligned);
  let kept = 0;
  let position = 0;
  for (const character of aligned.text) {
    const end = position + character.length;
    if (isChinese(character.codePointAt(0)!)) {
      writer.keep(kept, position);
      writer.replace(position, position, " ");
      writer.keep(position, end);
      writer.replace(end, end, " ");
      kept = end;
    }
    position = end;
  }
  if (kept === 0) return aligned;
  writer.keep(kept, position);
  return writer.build();
}

/** The blocks of CJK ideographs that BERT's tokenizer sets apart; the gap before U+2B920 is in the reference too. */
function isChinese(codePoint: number): boolean {
  return (
    (codePoint >= 0x4e00 && codePoint <= 0x9fff) ||
    (codePoint >= 0x3400 && codePoint <= 0x4dbf) ||
    (codePoint >= 0x20000 && codePoint <= 0x2a6df) ||
    (codePoint >= 0x2a700 && codePoint <= 0x2b73f) ||
    (codePoint >= 0x2b740 && codePoint <= 0x2b81f) ||
    (codePoint >= 0x2b920 && codePoint <= 0x2ceaf) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0x2f800 && codePoint <= 0x2fa1f)
  );
}
