import { TokenizationError } from "@attr/core";
import { utf8Length } from "./byte-level.ts";
import { describeValue, type JsonPlace, type JsonRecord } from "./json.ts";
import type { LibraryModel } from "./library.ts";

/** A piece of text as tokens. */
export interface PieceTokens {
  readonly ids: readonly number[];
  /**
   * Start and end of every token in the units of the piece, one pair after the other. Of the tokens that share a character (its bytes)
   * the first carries it. Throws `TokenizationError` where the tokens are not found in the piece.
   */
  spans(): Int32Array;
}

/** What turns pieces into tokens: the `model` of a tokenizer.json. */
export interface TokenModel {
  tokenize(piece: string): PieceTokens;
}

/** The four kinds of models of tokenizer.json. */
export type TokenModelType = "BPE" | "WordPiece" | "WordLevel" | "Unigram";

const cachedPieces = 20_000;
const longestCachedPiece = 128;

/** The kind of a model; files from before `type` was written are told apart by what they hold. */
export function readModelType(json: JsonRecord, place: JsonPlace): TokenModelType {
  const type = json["type"];
  if (type === "BPE" || type === "WordPiece" || type === "WordLevel" || type === "Unigram") return type;
  if (type !== undefined) {
    throw place.at("type").error(`is ${describeValue(type)}; known are BPE, WordPiece, WordLevel, Unigram`);
  }
  if (Array.isArray(json["vocab"])) return "Unigram";
  if (json["merges"] !== undefined) return "BPE";
  return json["continuing_subword_prefix"] === undefined ? "WordLevel" : "WordPiece";
}

/** What begins the tokens of a word-piece vocabulary that continue a word. */
export function continuationPrefix(json: JsonRecord, place: JsonPlace): string {
  return place.at("continuing_subword_prefix").optionalText(json["continuing_subword_prefix"]) ?? "##";
}

/** The model of a tokenizer.json. The library finds the tokens; where they stand is found here. */
export function tokenModel(model: LibraryModel, json: JsonRecord, place: JsonPlace): TokenModel {
  const split = splitter(model, json, place);
  const cache = new Map<string, PieceTokens>();
  return {
    tokenize(piece) {
      const cached = cache.get(piece);
      if (cached !== undefined) return cached;
      const tokens = split(piece);
      if (piece.length <= longestCachedPiece) {
        if (cache.size >= cachedPieces) cache.clear();
        cache.set(piece, tokens);
      }
      return tokens;
    },
  };
}

function splitter(model: LibraryModel, json: JsonRecord, place: JsonPlace): (piece: string) => PieceTokens {
  const vocabulary = model.tokens_to_ids;
  const unknown = unknownId(vocabulary, json);
  const idOf = (token: string): number => {
    const id = vocabulary.get(token) ?? unknown;
    if (id === undefined) {
      throw new TokenizationError(`${describeValue(token)} is not in the vocabulary, and the tokenizer has no unknown token`);
    }
    return id;
  };
  switch (readModelType(json, place)) {
    case "WordLevel":
      return (piece) => wholePiece(idOf(piece), piece);
    case "WordPiece": {
      const prefix = continuationPrefix(json, place);
      return (piece) => {
        const tokens = model([piece]);
        const ids = tokens.map(idOf);
        if (tokens.length === 1) return wholePiece(ids[0]!, piece);
        return lazily(ids, () =>
          spansOfSurfaces(
            tokens.map((token, index) => (index === 0 ? token : token.slice(prefix.length))),
            piece,
          ),
        );
      };
    }
    case "Unigram": {
      const { tokenize } = model;
      if (tokenize === undefined) throw place.error("is not read as a unigram model");
      const fallback = place.at("byte_fallback").flag(json["byte_fallback"], false);
      const isUnknown = (surface: string): boolean => (vocabulary.get(surface) ?? unknown) === unknown;
      return (piece) =>
        unigramTokens(fused(tokenize.call(model, piece), isUnknown), piece, { vocabulary, isUnknown, idOf, fallback });
    }
    case "BPE": {
      if ((place.at("continuing_subword_prefix").optionalText(json["continuing_subword_prefix"]) ?? "") !== "") {
        throw place
          .at("continuing_subword_prefix")
          .error("is not supported for BPE: convert the vocabulary to one with word-start marks");
      }
      const rules: BytePairRules = {
        known: vocabulary,
        unknown,
        suffix: place.at("end_of_word_suffix").optionalText(json["end_of_word_suffix"]) ?? "",
        fallback: place.at("byte_fallback").flag(json["byte_fallback"], false),
        fuses: place.at("fuse_unk").flag(json["fuse_unk"], false),
      };
      return (piece) => bytePairTokens(model, piece, rules, idOf);
    }
  }
}

function unknownId(vocabulary: ReadonlyMap<string, number>, json: JsonRecord): number | undefined {
  if (typeof json["unk_id"] === "number") return json["unk_id"];
  return typeof json["unk_token"] === "string" ? vocabulary.get(json["unk_token"]) : undefined;
}

function lazily(ids: readonly number[], find: () => Int32Array): PieceTokens {
  let found: Int32Array | undefined;
  return {
    ids,
    spans() {
      found ??= find();
      return found;
    },
  };
}

function wholePiece(id: number, piece: string): PieceTokens {
  return { ids: [id], spans: () => Int32Array.of(0, piece.length) };
}

/** Surfaces that follow each other and together are the piece. */
function spansOfSurfaces(surfaces: readonly string[], piece: string): Int32Array {
  const spans = new Int32Array(surfaces.length * 2);
  let position = 0;
  for (const [index, surface] of surfaces.entries()) {
    if (!piece.startsWith(surface, position)) throw lost(surface, piece, position);
    spans[index * 2] = position;
    position += surface.length;
    spans[index * 2 + 1] = position;
  }
  if (position !== piece.length) throw lost("", piece, position);
  return spans;
}

function lost(token: string, piece: string, position: number): TokenizationError {
  return new TokenizationError(
    `the token ${describeValue(token)} is not found at ${position} of the piece ${describeValue(piece)}: its offsets are not known`,
  );
}

/** Neighbouring unknown pieces are one unknown token. */
function fused(surfaces: readonly string[], isUnknown: (surface: string) => boolean): string[] {
  const result: string[] = [];
  let open = false;
  for (const surface of surfaces) {
    const unknown = isUnknown(surface);
    if (unknown && open) result[result.length - 1] += surface;
    else result.push(surface);
    open = unknown;
  }
  return result;
}

interface UnigramRules {
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly isUnknown: (surface: string) => boolean;
  readonly idOf: (token: string) => number;
  readonly fallback: boolean;
}

const encoder = new TextEncoder();

function byteTokens(surface: string): string[] {
  return Array.from(encoder.encode(surface), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
}

function unigramTokens(surfaces: readonly string[], piece: string, rules: UnigramRules): PieceTokens {
  const ids: number[] = [];
  const spans: number[] = [];
  let position = 0;
  for (const surface of surfaces) {
    const end = position + surface.length;
    const bytes = rules.fallback && rules.isUnknown(surface) ? byteTokens(surface) : [];
    if (bytes.length > 0 && bytes.every((token) => rules.vocabulary.has(token))) {
      for (const token of bytes) ids.push(rules.idOf(token));
      pushByteSpans(spans, piece.slice(position, end), position);
    } else {
      ids.push(rules.idOf(surface));
      spans.push(position, end);
    }
    position = end;
  }
  const found = Int32Array.from(spans);
  return { ids, spans: () => found };
}

/** The first byte of a character carries it, the others are empty at its end. */
function pushByteSpans(spans: number[], surface: string, origin: number): void {
  let position = origin;
  for (const character of surface) {
    const end = position + character.length;
    spans.push(position, end);
    for (let byte = utf8Length(character); byte > 1; byte--) spans.push(end, end);
    position = end;
  }
}

interface BytePairRules {
  readonly known: ReadonlyMap<string, number>;
  readonly unknown: number | undefined;
  /** Ends the last token of a piece, and is not in the text. */
  readonly suffix: string;
  readonly fallback: boolean;
  readonly fuses: boolean;
}

function bytePairTokens(model: LibraryModel, piece: string, rules: BytePairRules, idOf: (token: string) => number): PieceTokens {
  // Without an unknown token, unknown characters leave no trace: the rest is merged as if it stood together.
  const kept = rules.unknown === undefined && !rules.fallback ? knownUnits(piece, rules) : undefined;
  const text = kept === undefined ? piece : kept.text;
  const tokens = text === "" ? [] : model([text]);
  const ids = tokens.map(idOf);
  return lazily(ids, () => {
    const spans = spansOfBytePairs(tokens, ids, text, rules);
    if (kept === undefined) return spans;
    return spans.map((unit, index) => (index % 2 === 0 ? kept.units[unit]! : kept.units[unit - 1]! + 1));
  });
}

/** The characters of a piece that the vocabulary has, and where each of their units was; undefined where it has all. */
function knownUnits(
  piece: string,
  rules: BytePairRules,
): { readonly text: string; readonly units: readonly number[] } | undefined {
  let text = "";
  const units: number[] = [];
  let position = 0;
  for (const character of piece) {
    const end = position + character.length;
    if (rules.known.has(character) || rules.known.has(character + rules.suffix)) {
      text += character;
      for (; position < end; position++) units.push(position);
    }
    position = end;
  }
  return text.length === piece.length ? undefined : { text, units };
}

const byteToken = /^<0x[0-9A-F]{2}>$/;

/**
 * Walks the tokens of a byte-pair model over the piece. Every token but the unknown and the byte ones is its own text; a character is
 * unknown exactly where it is not in the vocabulary by itself.
 */
function spansOfBytePairs(tokens: readonly string[], ids: readonly number[], piece: string, rules: BytePairRules): Int32Array {
  const spans = new Int32Array(tokens.length * 2);
  let position = 0;
  let pendingBytes = 0;
  const isUnknown = (character: string, end: number): boolean =>
    !rules.known.has(end === piece.length ? character + rules.suffix : character);
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (pendingBytes > 0) {
      pendingBytes--;
      spans.fill(position, index * 2, index * 2 + 2);
      continue;
    }
    const ended = rules.suffix !== "" && index === tokens.length - 1 && token.endsWith(rules.suffix);
    const surface = ended ? token.slice(0, -rules.suffix.length) : token;
    for (;;) {
      const character = characterAt(piece, position);
      if (character === undefined) throw lost(token, piece, position);
      let end = position + character.length;
      const unknown = isUnknown(character, end);
      if (unknown && rules.fallback && byteToken.test(token)) {
        // The last character is spelled in bytes together with the suffix.
        pendingBytes = utf8Length(character) - 1 + (end < piece.length ? 0 : rules.suffix.length);
      } else if (unknown && ids[index] === rules.unknown) {
        for (let next = characterAt(piece, end); rules.fuses && next !== undefined; next = characterAt(piece, end)) {
          if (!isUnknown(next, end + next.length)) break;
          end += next.length;
        }
      } else if (piece.startsWith(surface, position)) {
        end = position + surface.length;
      } else if (unknown && rules.unknown === undefined) {
        // Neither an unknown token nor all byte tokens: the character left no trace in the ids.
        position = end;
        continue;
      } else {
        throw lost(token, piece, position);
      }
      spans[index * 2] = position;
      spans[index * 2 + 1] = end;
      position = end;
      break;
    }
  }
  return spans;
}

function characterAt(text: string, position: number): string | undefined {
  const codePoint = text.codePointAt(position);
  return codePoint === undefined ? undefined : String.fromCodePoint(codePoint);
}
