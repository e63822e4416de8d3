import { type AddedToken, AddedTokenFinder } from "./added-tokens.ts";
import { alignedText } from "./aligned-text.ts";
import { type AlignedTokens, alignedOffsets, type TextOffsets, type TextTokens } from "./encoding.ts";
import type { JsonPlace, JsonRecord } from "./json.ts";
import type { LibraryModel } from "./library.ts";
import { readNormalizer } from "./normalizer.ts";
import { readPreTokenizer } from "./pre-tokenizer.ts";
import { tokenModel } from "./token-model.ts";

/**
 * What a tokenizer.json does to one text: finds the added tokens, normalises what lies between them, finds the added tokens that are
 * looked for in normalised text, splits the rest into pieces, and hands each to the model.
 */
export function textTokenizer(
  json: JsonRecord,
  place: JsonPlace,
  addedTokens: readonly AddedToken[],
  vocabulary: LibraryModel,
): (text: string) => TextTokens {
  const normalizer = readNormalizer(json["normalizer"], place.at("normalizer"));
  const preTokenizer = readPreTokenizer(json["pre_tokenizer"], place.at("pre_tokenizer"));
  const model = tokenModel(vocabulary, place.at("model").record(json["model"]), place.at("model"));
  const normalizes = json["normalizer"] !== null && json["normalizer"] !== undefined;
  const inText = new AddedTokenFinder(addedTokens.filter((token) => !normalizes || !token.normalized));
  const inNormalized = new AddedTokenFinder(
    addedTokens.filter((token) => normalizes && token.normalized),
    normalizer,
  );

  return (text) => {
    const ids: number[] = [];
    const stretches: AlignedTokens[] = [];
    for (const section of inText.split(alignedText(text))) {
      if (section.token !== undefined) {
        ids.push(section.token.id);
        stretches.push({ aligned: section.aligned, tokens: undefined });
        continue;
      }
      for (const part of inNormalized.split(normalizer(section.aligned))) {
        if (part.token !== undefined) {
          ids.push(part.token.id);
          stretches.push({ aligned: part.aligned, tokens: undefined });
          continue;
        }
        for (const piece of preTokenizer(part.aligned)) {
          if (piece.text === "") continue;
          const tokens = model.tokenize(piece.text);
          for (const id of tokens.ids) ids.push(id);
          stretches.push({ aligned: piece, tokens });
        }
      }
    }
    let offsets: TextOffsets | undefined;
    return {
      text,
      ids,
      offsets() {
        offsets ??= alignedOffsets(text.length, stretches);
        return offsets;
      },
    };
  };
}
