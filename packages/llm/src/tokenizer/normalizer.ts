import { type AlignedText, AlignedTextWriter, replaceCharacters, replaceMatches, sliceAligned } from "./aligned-text.ts";
import { bertNormalizer, lowercase } from "./bert-normalizer.ts";
import { toByteLevel } from "./byte-level.ts";
import { describeValue, type JsonPlace, type JsonRecord } from "./json.ts";
import { readPattern } from "./pattern.ts";
import { precompiledCharsmap } from "./precompiled-charsmap.ts";
import { normalizeUnicode } from "./unicode-normalization.ts";

/** Changes a text before it is split, keeping the alignment with what it was. */
export type Normalizer = (aligned: AlignedText) => AlignedText;

const marks = /\p{M}+/gu;

/** One entry for every `type` of normaliser that tokenizer.json knows. */
const readers: Readonly<Record<string, (json: JsonRecord, place: JsonPlace) => Normalizer>> = {
  Sequence: (json, place) => {
    const steps = place
      .at("normalizers")
      .list(json["normalizers"])
      .map((step, index) => readNormalizer(step, place.at("normalizers").at(index)));
    return (aligned) => steps.reduce((text, step) => step(text), aligned);
  },
  NFC: () => (aligned) => normalizeUnicode(aligned, "NFC"),
  NFD: () => (aligned) => normalizeUnicode(aligned, "NFD"),
  NFKC: () => (aligned) => normalizeUnicode(aligned, "NFKC"),
  NFKD: () => (aligned) => normalizeUnicode(aligned, "NFKD"),
  Lowercase: () => lowercase,
  StripAccents: () => (aligned) => replaceMatches(aligned, marks, ""),
  Strip: (json, place) => {
    const left = place.at("strip_left").flag(json["strip_left"], true);
    const right = place.at("strip_right").flag(json["strip_right"], true);
    return (aligned) => strip(aligned, left, right);
  },
  Replace: (json, place) => {
    const pattern = readPattern(json["pattern"], place.at("pattern"));
    const content = place.at("content").text(json["content"]);
    return (aligned) => replaceMatches(aligned, pattern, content);
  },
  Prepend: (json, place) => {
    const prefix = place.at("prepend").text(json["prepend"]);
    return (aligned) => (aligned.text === "" ? aligned : prepend(aligned, prefix));
  },
  BertNormalizer: (json, place) => {
    const toLowerCase = place.at("lowercase").flag(json["lowercase"], true);
    return bertNormalizer({
      cleanText: place.at("clean_text").flag(json["clean_text"], true),
      handleChineseCharacters: place.at("handle_chinese_chars").flag(json["handle_chinese_chars"], true),
      stripAccents: place.at("strip_accents").flag(json["strip_accents"], toLowerCase),
      lowercase: toLowerCase,
    });
  },
  Precompiled: (json, place) => {
    const encoded = place.at("precompiled_charsmap").optionalText(json["precompiled_charsmap"]);
    if (encoded === undefined || encoded === "") return (aligned) => aligned;
    return precompiledCharsmap(encoded, place.at("precompiled_charsmap"));
  },
  Nmt: () => (aligned) => replaceCharacters(aligned, nmtCharacter),
  ByteLevel: () => toByteLevel,
};

/** The `normalizer` of a tokenizer.json; null changes nothing. Throws `TokenizationError` for a type that is not known. */
export function readNormalizer(value: unknown, place: JsonPlace): Normalizer {
  if (value === null || value === undefined) return (aligned) => aligned;
  const json = place.record(value);
  const type = json["type"];
  const reader = typeof type === "string" && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (reader === undefined) {
    throw place.at("type").error(`is ${describeValue(type)}; known are ${Object.keys(readers).join(", ")}`);
  }
  return reader(json, place);
}

/** Puts text in front that stands for nothing in the original. */
export function prepend(aligned: AlignedText, prefix: string): AlignedText {
  const writer = new AlignedTextWriter(aligned);
  writer.replace(0, 0, prefix);
  writer.keep(0, aligned.text.length);
  return writer.build();
}

function strip(aligned: AlignedText, left: boolean, right: boolean): AlignedText {
  const { text } = aligned;
  let start = 0;
  let end = text.length;
  if (left) while (start < end && isWhitespace(text.charCodeAt(start))) start++;
  if (right) while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--;
  return sliceAligned(aligned, start, end);
}

/** Unicode's White_Space, which differs from JavaScript's `\s` in U+0085 and U+FEFF. All of it is in the first plane. */
export function isWhitespace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** The cleaning of SentencePiece's "nmt" rules: controls go, odd spaces become spaces. */
function nmtCharacter(character: string): string | undefined {
  const code = character.codePointAt(0)!;
  if (
    (code >= 0x01 && code <= 0x08) ||
    code === 0x0b ||
    (code >= 0x0e && code <= 0x1f) ||
    code === 0x7f ||
    code === 0x8f ||
    code === 0x9f
  ) {
    return "";
  }
  const space =
    code === 0x09 ||
    code === 0x0a ||
    code === 0x0c ||
    code === 0x0d ||
    code === 0x1680 ||
    (code >= 0x200b && code <= 0x200f) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x2581 ||
    code === 0xfeff ||
    code === 0xfffd;
  return space ? " " : undefined;
}
