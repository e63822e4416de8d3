import { describeValue, type JsonPlace, type JsonRecord } from "./json.ts";

/** One stretch of a finished encoding: a special token, or a text's own tokens. */
export type EncodingPart =
  | { readonly kind: "special"; readonly id: number; readonly typeId: number }
  | { readonly kind: "text"; readonly text: 0 | 1; readonly typeId: number };

/** Lays out what is put around one text or two. */
export type PostProcessor = (parts: readonly EncodingPart[], addSpecialTokens: boolean) => readonly EncodingPart[];

type TokenToId = (token: string) => number | undefined;

/** The parts before anything is added: the second text of a pair has type 1. */
export function textParts(pair: boolean): readonly EncodingPart[] {
  const first: EncodingPart = { kind: "text", text: 0, typeId: 0 };
  return pair ? [first, { kind: "text", text: 1, typeId: 1 }] : [first];
}

/** The `post_processor` of a tokenizer.json; null adds nothing. Throws `TokenizationError` for a type that is not known. */
export function readPostProcessor(value: unknown, place: JsonPlace, tokenToId: TokenToId): PostProcessor {
  if (value === null || value === undefined) return (parts) => parts;
  const json = place.record(value);
  switch (json["type"]) {
    case "Sequence": {
      const steps = place
        .at("processors")
        .list(json["processors"])
        .map((step, index) => readPostProcessor(step, place.at("processors").at(index), tokenToId));
      return (parts, addSpecialTokens) => steps.reduce((current, step) => step(current, addSpecialTokens), parts);
    }
    case "ByteLevel":
      return (parts) => parts;
    case "BertProcessing":
      return surround(json, place, false);
    case "RobertaProcessing":
      return surround(json, place, true);
    case "TemplateProcessing":
      return template(json, place, tokenToId);
    default:
      throw place
        .at("type")
        .error(
          `is ${describeValue(json["type"])}; known are Sequence, ByteLevel, BertProcessing, RobertaProcessing, TemplateProcessing`,
        );
  }
}

/** `[CLS] A [SEP] B [SEP]`; RoBERTa has two separators between the texts and no types. */
function surround(json: JsonRecord, place: JsonPlace, roberta: boolean): PostProcessor {
  const start = pairedId(json["cls"], place.at("cls"));
  const separator = pairedId(json["sep"], place.at("sep"));
  return (parts, addSpecialTokens) => {
    const texts = roberta ? parts.map((part) => ({ ...part, typeId: 0 })) : parts;
    if (!addSpecialTokens) return texts;
    const result: EncodingPart[] = [{ kind: "special", id: start, typeId: 0 }];
    for (const [index, part] of texts.entries()) {
      if (index > 0 && roberta) result.push({ kind: "special", id: separator, typeId: 0 });
      result.push(part, { kind: "special", id: separator, typeId: part.typeId });
    }
    return result;
  };
}

/** `["[SEP]", 102]` */
function pairedId(value: unknown, place: JsonPlace): number {
  return place.at(1).integer(place.list(value)[1]);
}

function template(json: JsonRecord, place: JsonPlace, tokenToId: TokenToId): PostProcessor {
  const specials = json["special_tokens"] === undefined ? {} : place.at("special_tokens").record(json["special_tokens"]);
  const read = (value: unknown, at: JsonPlace): readonly EncodingPart[] =>
    at.list(value).flatMap((entry, index) => templateParts(entry, at.at(index), specials, tokenToId));
  const single = read(json["single"], place.at("single"));
  const pair = read(json["pair"] ?? [], place.at("pair"));
  return (parts, addSpecialTokens) => {
    const texts = parts.filter((part) => part.kind === "text").length;
    const chosen = texts > 1 ? pair : single;
    if (chosen.length === 0)
      throw place.at(texts > 1 ? "pair" : "single").error("is missing: this tokenizer takes no such input");
    return addSpecialTokens ? chosen : chosen.filter((part) => part.kind === "text");
  };
}

function templateParts(value: unknown, place: JsonPlace, specials: JsonRecord, tokenToId: TokenToId): readonly EncodingPart[] {
  const entry = place.record(value);
  if (entry["Sequence"] !== undefined) {
    const sequence = place.at("Sequence").record(entry["Sequence"]);
    const name = sequence["id"];
    if (name !== "A" && name !== "B") throw place.at("Sequence.id").error(`must be A or B, got ${describeValue(name)}`);
    return [{ kind: "text", text: name === "A" ? 0 : 1, typeId: typeIdOf(sequence, place.at("Sequence")) }];
  }
  const special = place.at("SpecialToken").record(entry["SpecialToken"]);
  const name = place.at("SpecialToken.id").text(special["id"]);
  const typeId = typeIdOf(special, place.at("SpecialToken"));
  const known = specials[name];
  if (known === undefined) {
    const id = tokenToId(name);
    if (id === undefined) throw place.at("SpecialToken.id").error(`is "${name}", which is not in the vocabulary`);
    return [{ kind: "special", id, typeId }];
  }
  const at = place.at(`special_tokens["${name}"]`);
  return at
    .at("ids")
    .list(at.record(known)["ids"])
    .map((id, index) => ({ kind: "special", id: at.at("ids").at(index).integer(id), typeId }));
}

function typeIdOf(entry: JsonRecord, place: JsonPlace): number {
  return entry["type_id"] === undefined ? 0 : place.at("type_id").integer(entry["type_id"]);
}

/** What the configuration says of BOS and EOS; undefined leaves them as the post-processor has them. */
export interface EdgeTokens {
  readonly bos?: number | undefined;
  readonly addBos?: boolean | undefined;
  readonly eos?: number | undefined;
  readonly addEos?: boolean | undefined;
}

/** Adds or takes away BOS before and EOS after every text. */
export function withEdgeTokens(parts: readonly EncodingPart[], edges: EdgeTokens): readonly EncodingPart[] {
  const { bos, addBos, eos, addEos } = edges;
  let result = parts;
  if (addBos === false && bos !== undefined) result = result.filter((part) => !isSpecial(part, bos));
  if (addEos === false && eos !== undefined && eos !== bos) result = result.filter((part) => !isSpecial(part, eos));
  if (addBos === true && bos !== undefined && !result.some((part) => isSpecial(part, bos))) {
    result = result.flatMap((part): EncodingPart[] =>
      part.kind === "text" ? [{ kind: "special", id: bos, typeId: part.typeId }, part] : [part],
    );
  }
  if (addEos === true && eos !== undefined && !(result.at(-1) !== undefined && isSpecial(result.at(-1)!, eos))) {
    result = result.flatMap((part): EncodingPart[] =>
      part.kind === "text" ? [part, { kind: "special", id: eos, typeId: part.typeId }] : [part],
    );
  }
  return result;
}

function isSpecial(part: EncodingPart, id: number): boolean {
  return part.kind === "special" && part.id === id;
}
