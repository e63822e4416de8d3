import { TokenizationError, UnsupportedError } from "@attr/core";
import type { ChatMessage, Tokenizer } from "../tokenizer/tokenizer.ts";

/**
 * The tokenizer of the published dummy model: words parted by single spaces, a word of one character is its code, any other word (the
 * empty one too) is 1; "<sos>" (0) stands in front.
 */
export const characterTokenizer: Tokenizer = {
  kind: "tokenizer",
  vocabularySize: 256,
  bosToken: 0,
  unknownToken: 1,
  specialTokens: new Map([["<sos>", 0]]),
  encode(text, { addSpecialTokens = true } = {}) {
    const words = text.split(" ");
    let at = 0;
    const offsets = words.map((word, index): [number, number] => {
      // A word holds the space before it, so that the offsets cover the text.
      const start = at;
      at += word.length + (index > 0 ? 1 : 0);
      return [start, at];
    });
    const start = addSpecialTokens ? 1 : 0;
    const of = <Value>(first: Value, rest: readonly Value[]): Value[] => (start === 1 ? [first, ...rest] : [...rest]);
    const ids = words.map((word) => (word.length === 1 ? word.charCodeAt(0) : 1));
    return {
      ids: of(0, ids),
      tokens: of("<sos>", words),
      offsets: of<[number, number]>([0, 0], offsets),
      special: of(
        true,
        words.map(() => false),
      ),
      typeIds: of(
        0,
        words.map(() => 0),
      ),
    };
  },
  decode(ids) {
    return { text: ids.map((id) => characterTokenizer.idToToken(id)).join(" "), exact: !ids.includes(1) };
  },
  idToToken(id) {
    if (!(id >= 0 && id < 256)) throw new TokenizationError(`id ${id} is outside the vocabulary of 256`);
    return id === 0 ? "<sos>" : id === 1 ? "<unk>" : String.fromCharCode(id);
  },
  tokenToId(token) {
    return token === "<sos>" ? 0 : token === "<unk>" ? 1 : token.length === 1 ? token.charCodeAt(0) : undefined;
  },
  applyChatTemplate() {
    throw new UnsupportedError("the tokenizer has no chat template");
  },
};

const pattern = /\s*(?:<\w+>|[^\s\w<]+|\w+)|\s+/gu;

/**
 * A tokenizer of words that knows whatever it is shown: every word (with the space before it) gets the next id. Pairs are
 * `<s> text </s> pair </s>`, chats `<s>[role] content\n`.
 */
export function wordTokenizer({ bos = true }: { readonly bos?: boolean } = {}): Tokenizer {
  const specials = ["<pad>", "<s>", "</s>", "<mask>"];
  const words = [...specials];
  const idOf = (word: string): number => {
    const bare = specials.includes(word.trim()) ? word.trim() : word;
    const known = words.indexOf(bare);
    if (known >= 0) return known;
    words.push(bare);
    return words.length - 1;
  };
  const pieces = (text: string) =>
    Array.from(text.matchAll(pattern), (match) => ({
      id: idOf(match[0]),
      offset: [match.index, match.index + match[0].length] as const,
      special: false,
    }));
  const marker = (id: number, at: number) => ({ id, offset: [at, at] as const, special: true });
  const tokenizer: Tokenizer = {
    kind: "tokenizer",
    vocabularySize: 512,
    padToken: 0,
    ...(bos && { bosToken: 1 }),
    maskToken: 3,
    specialTokens: new Map(specials.map((token, id) => [token, id])),
    encode(text, { addSpecialTokens = true, pair } = {}) {
      const first = pieces(text);
      const second = pair === undefined ? [] : pieces(pair);
      const start = bos && addSpecialTokens ? [marker(1, 0)] : [];
      const all =
        pair === undefined
          ? [...start, ...first]
          : [...start, ...first, marker(2, text.length), ...second, marker(2, pair.length)];
      const firstLength = start.length + first.length + (pair === undefined ? 0 : 1);
      return {
        ids: all.map(({ id }) => id),
        tokens: all.map(({ id }) => words[id]!),
        offsets: all.map(({ offset }) => offset),
        special: all.map(({ special }) => special),
        typeIds: all.map((_, index) => (index < firstLength ? 0 : 1)),
      };
    },
    decode(ids) {
      return { text: ids.map((id) => words[id] ?? "").join(""), exact: true };
    },
    idToToken(id) {
      const word = words[id];
      if (word === undefined) throw new TokenizationError(`id ${id} is outside the vocabulary`);
      return word;
    },
    tokenToId(token) {
      const id = words.indexOf(token);
      return id < 0 ? undefined : id;
    },
    applyChatTemplate(messages: readonly ChatMessage[], { addGenerationPrompt = false } = {}) {
      const turns = messages.map(({ role, content }) => `[${role}] ${content.trim()}\n`).join("");
      return `<s>${turns}${addGenerationPrompt ? "[assistant]" : ""}`;
    },
  };
  return tokenizer;
}
