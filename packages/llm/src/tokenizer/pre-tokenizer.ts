import { type AlignedText, originalStart, replaceMatches, sliceAligned } from "./aligned-text.ts";
import { toByteLevel } from "./byte-level.ts";
import { describeValue, type JsonPlace, type JsonRecord } from "./json.ts";
import { prepend } from "./normalizer.ts";
import { literalPattern, readPattern } from "./pattern.ts";
import { type SplitBehavior, splitBehaviors, splitText } from "./split-text.ts";

/** Cuts a normalised text into the pieces that are tokenised one by one. */
export type PreTokenizer = (aligned: AlignedText) => readonly AlignedText[];

const whitespace = /\p{White_Space}/gu;
const words =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;
const punctuation = /[\p{P}!-/:-@[-`{-~]/gu;
const numeric = /\p{N}/gu;
const gpt2Words =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** One entry for every `type` of pre-tokeniser that tokenizer.json knows. */
const readers: Readonly<Record<string, (json: JsonRecord, place: JsonPlace) => PreTokenizer>> = {
  Sequence: (json, place) => {
    const steps = place
      .at("pretokenizers")
      .list(json["pretokenizers"])
      .map((step, index) => readPreTokenizer(step, place.at("pretokenizers").at(index)));
    return (aligned) => steps.reduce<readonly AlignedText[]>((pieces, step) => pieces.flatMap(step), [aligned]);
  },
  Whitespace: () => (aligned) => splitText(aligned, words, "Removed", true),
  WhitespaceSplit: () => (aligned) => splitText(aligned, whitespace, "Removed"),
  BertPreTokenizer: () => (aligned) =>
    splitText(aligned, whitespace, "Removed").flatMap((word) => splitText(word, punctuation, "Isolated")),
  Punctuation: (json, place) => {
    const behavior = readBehavior(json["behavior"] ?? "Isolated", place.at("behavior"));
    return (aligned) => splitText(aligned, punctuation, behavior);
  },
  Digits: (json, place) => {
    const behavior = place.at("individual_digits").flag(json["individual_digits"], false) ? "Isolated" : "Contiguous";
    return (aligned) => splitText(aligned, numeric, behavior);
  },
  Split: (json, place) => {
    const pattern = readPattern(json["pattern"], place.at("pattern"));
    const behavior = readBehavior(json["behavior"], place.at("behavior"));
    const inverted = place.at("invert").flag(json["invert"], false);
    return (aligned) => splitText(aligned, pattern, behavior, inverted);
  },
  CharDelimiterSplit: (json, place) => {
    const delimiter = literalPattern(place.at("delimiter").text(json["delimiter"]));
    return (aligned) => splitText(aligned, delimiter, "Removed");
  },
  FixedLength: (json, place) => {
    const length = json["length"] === undefined ? 5 : place.at("length").integer(json["length"]);
    if (length === 0) throw place.at("length").error("must be at least 1, got 0");
    return (aligned) => fixedLength(aligned, length);
  },
  Replace: (json, place) => {
    const pattern = readPattern(json["pattern"], place.at("pattern"));
    const content = place.at("content").text(json["content"] ?? "");
    return (aligned) => [replaceMatches(aligned, pattern, content)];
  },
  ByteLevel: (json, place) => {
    const prefix = place.at("add_prefix_space").flag(json["add_prefix_space"], true);
    const splits = place.at("use_regex").flag(json["use_regex"], true);
    return (aligned) => {
      const text = prefix && !aligned.text.startsWith(" ") ? prepend(aligned, " ") : aligned;
      return splits ? splitText(text, gpt2Words, "Isolated").map(toByteLevel) : [toByteLevel(text)];
    };
  },
  Metaspace: readMetaspace,
};

/** The `pre_tokenizer` of a tokenizer.json; null leaves the text whole. Throws `TokenizationError` for a type that is not known. */
export function readPreTokenizer(value: unknown, place: JsonPlace): PreTokenizer {
  if (value === null || value === undefined) return (aligned) => [aligned];
  const json = place.record(value);
  const type = json["type"];
  const reader = typeof type === "string" && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (reader === undefined) {
    throw place.at("type").error(`is ${describeValue(type)}; known are ${Object.keys(readers).join(", ")}`);
  }
  return reader(json, place);
}

function readBehavior(value: unknown, place: JsonPlace): SplitBehavior {
  const found = splitBehaviors.find((behavior) => behavior === value);
  if (found === undefined) throw place.error(`must be one of ${splitBehaviors.join(", ")}, got ${describeValue(value)}`);
  return found;
}

/** SentencePiece's words: spaces become "▁", which begins every word. */
function readMetaspace(json: JsonRecord, place: JsonPlace): PreTokenizer {
  const mark = place.at("replacement").text(json["replacement"] ?? "▁");
  // Files from before `prepend_scheme` say the same with a flag.
  const older = place.at("add_prefix_space").flag(json["add_prefix_space"], true) ? "always" : "never";
  const scheme = place
    .at("prepend_scheme")
    .text(json["prepend_scheme"] ?? older)
    .toLowerCase();
  if (scheme !== "always" && scheme !== "never" && scheme !== "first") {
    throw place.at("prepend_scheme").error(`must be always, never or first, got "${scheme}"`);
  }
  const splits = place.at("split").flag(json["split"], true);
  const marks = literalPattern(mark);
  return (aligned) => {
    let text = replaceMatches(aligned, / /g, mark);
    const first = aligned.text.length > 0 && originalStart(aligned, 0) === 0;
    if (!text.text.startsWith(mark) && (scheme === "always" || (scheme === "first" && first))) text = prepend(text, mark);
    return splits ? splitText(text, marks, "MergedWithNext") : [text];
  };
}

function fixedLength(aligned: AlignedText, length: number): AlignedText[] {
  const pieces: AlignedText[] = [];
  let start = 0;
  let position = 0;
  let characters = 0;
  for (const character of aligned.text) {
    position += character.length;
    characters++;
    if (characters === length) {
      pieces.push(sliceAligned(aligned, start, position));
      start = position;
      characters = 0;
    }
  }
  if (position > start) pieces.push(sliceAligned(aligned, start, position));
  return pieces;
}
