import { InvalidArgumentError } from "@attr/core";
import { asTokenizer, type TokenizerLike } from "../tokenizer/as-tokenizer.ts";
import { tokenLabels } from "../tokenizer/token-labels.ts";
import type { InterpretableInput, Prompt } from "./interpretable-input.ts";
import { onePlayerEach } from "./players.ts";
import { type TokenReference, tokenId, tokenIds } from "./token-ids.ts";

/** What stands in place of an absent token, and which tokens stay. */
export interface TextTokenInputOptions {
  /**
   * What stands in place of an absent token: a token id, or a token's spelling in the vocabulary.
   *
   * @defaultValue 0, the id Captum takes (in many vocabularies it is the unknown or the padding token; look what it is in yours)
   */
  readonly baseline?: TokenReference | undefined;
  /** Tokens that are always present and get no score, by id or spelling. @defaultValue none */
  readonly skipTokens?: readonly TokenReference[] | undefined;
  /**
   * Makes features of the tokens that the tokenizer adds around the text (BOS). They are in the prompt either way.
   *
   * @defaultValue false
   */
  readonly includeSpecialTokens?: boolean | undefined;
  /** Lets the tokenizer add what it puts around a text. False for text that holds it already, as chat templates do. @defaultValue true */
  readonly addSpecialTokens?: boolean | undefined;
}

/**
 * A text whose tokens are the features. An absent token's id is replaced by the baseline's, so that the prompt keeps its length and every
 * other token its place. The prompt is token ids: text is never encoded a second time.
 *
 * @throws InvalidArgumentError where the text has no token that could be a feature, or a token of the options is not in the vocabulary.
 */
export class TextTokenInput implements InterpretableInput {
  readonly values: readonly string[];
  readonly players: number;
  readonly playerOf: readonly number[];
  readonly layout: NonNullable<InterpretableInput["layout"]>;
  /** The ids of the whole prompt. */
  readonly ids: readonly number[];
  /** The position of every feature in {@link ids}. */
  readonly positions: readonly number[];
  /** The id in place of an absent token. */
  readonly baseline: number;

  constructor(text: string, tokenizer: TokenizerLike, options: TextTokenInputOptions = {}) {
    if (typeof text !== "string") throw new InvalidArgumentError(`text must be a string, got ${typeof text}`);
    const encoder = asTokenizer(tokenizer);
    const { ids, offsets, special } = encoder.encode(text, { addSpecialTokens: options.addSpecialTokens ?? true });
    const skipped = tokenIds(options.skipTokens ?? [], encoder, "skipTokens");
    this.ids = ids;
    this.baseline = tokenId(options.baseline ?? 0, encoder, "baseline");
    this.positions = ids
      .map((_, position) => position)
      .filter((position) => !skipped.has(ids[position]!) && (options.includeSpecialTokens === true || !special[position]!));
    if (this.positions.length === 0)
      throw new InvalidArgumentError(
        ids.length === 0
          ? "text has no token: there is nothing to attribute to"
          : "every token of text is skipped: there is nothing to attribute to",
      );
    const labels = tokenLabels(encoder, ids);
    this.values = this.positions.map((position) => {
      const [start, end] = offsets[position]!;
      // A token that carries no text (a further byte of an emoji, BOS) goes by its label.
      return text.slice(start, end) || labels[position]!;
    });
    const { players, playerOf } = onePlayerEach(this.positions.length);
    this.players = players;
    this.playerOf = playerOf;
    this.layout = { text, spans: this.positions.map((position) => offsets[position]!) };
  }

  prompt(present: (player: number) => boolean = () => true): Prompt {
    const ids = [...this.ids];
    this.positions.forEach((position, player) => {
      if (!present(player)) ids[position] = this.baseline;
    });
    return { kind: "ids", ids };
  }
}
