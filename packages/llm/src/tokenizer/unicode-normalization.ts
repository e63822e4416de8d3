import { type AlignedText, AlignedTextWriter } from "./aligned-text.ts";

/** A Unicode normalisation form. */
export type UnicodeForm = "NFC" | "NFD" | "NFKC" | "NFKD";

/**
 * A character with what may join it: marks, the medial and final Hangul letters, the half-width sound marks and the vowel signs that
 * are letters. Normalising never reaches over the borders of such a group.
 */
const joining = "\\p{M}\\u1160-\\u11FF\\uD7B0-\\uD7FF\\uFF9E\\uFF9F\\uFFA0-\\uFFDC\\u{16D63}\\u{16D67}-\\u{16D6A}";
const groups = new RegExp(`[^${joining}][${joining}]*|[${joining}]+`, "gu");
/** Coarser borders that hold for any Unicode version: nothing joins an ASCII character from the right. */
const coarseGroups = /[\0-\x7F][^\0-\x7F]*|[^\0-\x7F]+/gu;

/** A group longer than this is aligned as a whole: looking into it costs the square of its length. */
const longestGroupLookedInto = 64;

/** `text.normalize(form)` with the alignment of every character. */
export function normalizeUnicode(aligned: AlignedText, form: UnicodeForm): AlignedText {
  const { text } = aligned;
  const normalized = text.normalize(form);
  if (normalized === text) return aligned;
  const fine = writeGroups(aligned, form, groups);
  return fine.text === normalized ? fine : writeGroups(aligned, form, coarseGroups);
}

function writeGroups(aligned: AlignedText, form: UnicodeForm, pattern: RegExp): AlignedText {
  const writer = new AlignedTextWriter(aligned);
  for (const match of aligned.text.matchAll(pattern)) writeGroup(writer, match[0], match.index, form);
  return writer.build();
}

/** Splits a group wherever its two sides, normalised alone, give the whole normalised. */
function writeGroup(writer: AlignedTextWriter, group: string, origin: number, form: UnicodeForm): void {
  const normalized = group.normalize(form);
  if (normalized === group) {
    writer.keep(origin, origin + group.length);
    return;
  }
  let sourceDone = 0;
  let normalizedDone = 0;
  if (group.length <= longestGroupLookedInto) {
    let split = 0;
    for (const character of group) {
      split += character.length;
      if (split === group.length) break;
      const left = group.slice(0, split).normalize(form);
      if (left.length < normalizedDone || left + group.slice(split).normalize(form) !== normalized) continue;
      writer.replace(origin + sourceDone, origin + split, normalized.slice(normalizedDone, left.length));
      sourceDone = split;
      normalizedDone = left.length;
    }
  }
  writer.replace(origin + sourceDone, origin + group.length, normalized.slice(normalizedDone));
}
