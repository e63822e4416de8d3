import { bytesOfByteLevel } from "./byte-level.ts";
import { concatenateBytes } from "./bytes.ts";
import { describeValue, type JsonPlace, type JsonRecord } from "./json.ts";
import { readPattern } from "./pattern.ts";

/** Turns the spellings of tokens into pieces of text; joined they are the text. */
export type Decoder = (tokens: readonly string[]) => readonly string[];

const encoder = new TextEncoder();
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

type Reader = (json: JsonRecord, place: JsonPlace, added: ReadonlySet<string>) => Decoder;

/** One entry for every `type` of decoder that tokenizer.json knows. */
const readers: Readonly<Record<string, Reader>> = {
  Sequence: (json, place, added) => {
    const steps = place
      .at("decoders")
      .list(json["decoders"])
      .map((step, index) => readDecoder(step, place.at("decoders").at(index), added));
    return (tokens) => steps.reduce((current, step) => step(current), tokens);
  },
  ByteLevel: (_json, _place, added) => (tokens) => [byteLevelText(tokens, added)],
  ByteFallback: () => byteFallback,
  Fuse: () => (tokens) => [tokens.join("")],
  Strip: (json, place) => {
    const content = place.at("content").text(json["content"] ?? "");
    const start = place.at("start").integer(json["start"] ?? 0);
    const stop = place.at("stop").integer(json["stop"] ?? 0);
    return (tokens) => tokens.map((token) => stripped(token, content, start, stop));
  },
  Replace: (json, place) => {
    const pattern = readPattern(json["pattern"], place.at("pattern"));
    const content = place.at("content").text(json["content"]);
    return (tokens) => tokens.map((token) => token.replace(pattern, () => content));
  },
  WordPiece: (json, place) => {
    const prefix = place.at("prefix").text(json["prefix"] ?? "##");
    const cleans = place.at("cleanup").flag(json["cleanup"], true);
    return (tokens) =>
      tokens.map((token, index) => {
        const continues = token.startsWith(prefix);
        const text = index === 0 ? token : continues ? token.slice(prefix.length) : ` ${token}`;
        return cleans ? cleanedUp(text) : text;
      });
  },
  Metaspace: (json, place) => {
    const mark = place.at("replacement").text(json["replacement"] ?? "▁");
    const older = place.at("add_prefix_space").flag(json["add_prefix_space"], true) ? "always" : "never";
    const prepends = place.at("prepend_scheme").text(json["prepend_scheme"] ?? older) !== "never";
    return (tokens) => tokens.map((token, index) => token.replaceAll(mark, index === 0 && prepends ? "" : " "));
  },
  BPEDecoder: (json, place) => {
    const suffix = place.at("suffix").text(json["suffix"] ?? "</w>");
    return (tokens) =>
      tokens.map((token, index) => (suffix === "" ? token : token.replaceAll(suffix, index === tokens.length - 1 ? "" : " ")));
  },
  CTC: (json, place) => {
    const pad = place.at("pad_token").text(json["pad_token"] ?? "<pad>");
    const delimiter = place.at("word_delimiter_token").text(json["word_delimiter_token"] ?? "|");
    const cleans = place.at("cleanup").flag(json["cleanup"], true);
    return (tokens) =>
      tokens
        .filter((token, index) => token !== tokens[index - 1])
        .map((token) => {
          const text = pad === "" ? token : token.replaceAll(pad, "");
          return cleans && delimiter !== "" ? cleanedUp(text).replaceAll(delimiter, " ") : text;
        });
  },
};

/**
 * The `decoder` of a tokenizer.json; null puts spaces between the tokens. `added` are the spellings of the added tokens, which stand for
 * themselves. Throws `TokenizationError` for a type that is not known.
 */
export function readDecoder(value: unknown, place: JsonPlace, added: ReadonlySet<string>): Decoder {
  if (value === null || value === undefined) return (tokens) => [tokens.join(" ")];
  const json = place.record(value);
  const type = json["type"];
  const reader = typeof type === "string" && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (reader === undefined) {
    throw place.at("type").error(`is ${describeValue(type)}; known are ${Object.keys(readers).join(", ")}`);
  }
  return reader(json, place, added);
}

function byteLevelText(tokens: readonly string[], added: ReadonlySet<string>): string {
  const parts = tokens.map((token) => (added.has(token) ? undefined : bytesOfByteLevel(token)) ?? encoder.encode(token));
  return lossy.decode(concatenateBytes(parts));
}

const byteToken = /^<0x([0-9A-Fa-f]{2})>$/;

/** Byte tokens become characters; a run of them that is no UTF-8 becomes one U+FFFD for every byte. */
function byteFallback(tokens: readonly string[]): readonly string[] {
  const result: string[] = [];
  let run: number[] = [];
  const flush = (): void => {
    if (run.length === 0) return;
    result.push(strictText(Uint8Array.from(run)) ?? "\uFFFD".repeat(run.length));
    run = [];
  };
  for (const token of tokens) {
    const byte = byteToken.exec(token)?.[1];
    if (byte === undefined) {
      flush();
      result.push(token);
    } else run.push(Number.parseInt(byte, 16));
  }
  flush();
  return result;
}

function strictText(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function stripped(token: string, content: string, start: number, stop: number): string {
  if (content === "") return token;
  let from = 0;
  let to = token.length;
  for (let count = 0; count < start && token.startsWith(content, from); count++) from += content.length;
  for (let count = 0; count < stop && to - content.length >= from && token.endsWith(content, to); count++) to -= content.length;
  return token.slice(from, to);
}

/** English spacing around punctuation, as the reference has it. */
function cleanedUp(text: string): string {
  return text
    .replaceAll(" .", ".")
    .replaceAll(" ?", "?")
    .replaceAll(" !", "!")
    .replaceAll(" ,", ",")
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(" do not", " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re");
}
