import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/**
 * What token ids are called where results are shown: the text each stands for, spaces included, and the vocabulary's own spelling where it
 * stands for none (special tokens, the further bytes of an emoji).
 *
 * @param text The text the ids were made of, where there is one.
 */
export function labelTokens(ids: readonly number[], tokenizer: Tokenizer, text: string = tokenizer.decode(ids).text): string[] {
  const { ids: again, offsets } = tokenizer.encode(text, { addSpecialTokens: false });
  const same = again.length === ids.length && again.every((id, index) => id === ids[index]);
  return ids.map((id, index) => {
    if (same) {
      const [start, end] = offsets[index]!;
      return text.slice(start, end) || tokenizer.idToToken(id);
    }
    const alone = tokenizer.decode([id]);
    return alone.text !== "" && !alone.text.includes("\ufffd") ? alone.text : tokenizer.idToToken(id);
  });
}
