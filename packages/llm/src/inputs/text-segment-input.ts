import { InvalidArgumentError } from "@attr/core";
import { asTokenizer, type TokenizerLike } from "../tokenizer/as-tokenizer.ts";
import type { InterpretableInput, Prompt } from "./interpretable-input.ts";
import { onePlayerEach, playersByMask, playersInRow } from "./players.ts";
import { type SegmentKind, type Span, segmentText } from "./segment-text.ts";
import { type TokenReference, tokenId } from "./token-ids.ts";

/** What every token of an absent segment becomes: the prompt keeps its length and every other token its place. */
export interface TokenBaseline {
  readonly token: TokenReference;
  /** The model's tokenizer: the prompt is token ids then. */
  readonly tokenizer: TokenizerLike;
}

/** How a text is cut into segments, and what stands in place of an absent one. */
export interface TextSegmentInputOptions {
  /** What a segment is: a kind of piece, or the spans of one's own. @defaultValue "word" */
  readonly by?: SegmentKind | readonly Span[] | undefined;
  /**
   * What stands in place of an absent segment: a text (the empty one removes the segment; the white space around it stays as it is), or
   * a token that replaces each of the segment's tokens.
   *
   * @defaultValue ""
   */
  readonly baseline?: string | TokenBaseline | undefined;
  /**
   * Removes the white space before an absent segment with it (after it, where it is the first of its line), so that "a red ball" without
   * "red" is "a ball" and not "a  ball". Only where absent segments are removed (the empty baseline).
   *
   * @defaultValue false
   */
  readonly withSpace?: boolean | undefined;
  /** Segments switched together: how many in a row, or an id a segment (equal ids are one). @defaultValue each on its own */
  readonly group?: number | readonly (number | string)[] | undefined;
  /** The language whose rules cut words and sentences, as a BCP 47 tag. @defaultValue the runtime's */
  readonly locale?: string | undefined;
  /** Lets the tokenizer add what it puts around a text. False for text that holds it already. @defaultValue true */
  readonly addSpecialTokens?: boolean | undefined;
}

/**
 * A text whose words, sentences, lines, paragraphs or given spans are the features. What lies between the segments (spaces, punctuation)
 * always stays.
 *
 * @example
 * ```ts
 * import { TextSegmentInput } from "@attr/llm";
 *
 * const sentences = new TextSegmentInput("Tom has a red ball. Sue has a kite.", { by: "sentence" });
 * console.log(sentences.values); // ["Tom has a red ball.", "Sue has a kite."]
 * ```
 *
 * @throws InvalidArgumentError for a text without segments, and for spans that are empty, overlap or leave the text.
 */
export class TextSegmentInput implements InterpretableInput {
  readonly values: readonly string[];
  readonly players: number;
  readonly playerOf: readonly number[];
  readonly layout: NonNullable<InterpretableInput["layout"]>;
  readonly #render: (present: (player: number) => boolean) => Prompt;

  constructor(text: string, options: TextSegmentInputOptions = {}) {
    if (typeof text !== "string") throw new InvalidArgumentError(`text must be a string, got ${typeof text}`);
    const by = options.by ?? "word";
    const spans = typeof by === "string" ? segmentText(text, checkKind(by), options.locale) : by;
    const order = checkSpans(text, spans);
    if (spans.length === 0)
      throw new InvalidArgumentError(
        typeof by === "string"
          ? `text has no ${by}: there is nothing to attribute to`
          : "by holds no span: there is nothing to attribute to",
      );
    this.values = spans.map(([start, end]) => text.slice(start, end));
    const { players, playerOf } =
      options.group === undefined
        ? onePlayerEach(spans.length)
        : typeof options.group === "number"
          ? playersInRow(spans.length, options.group, "group")
          : playersByMask(options.group, spans.length, "group");
    this.players = players;
    this.playerOf = playerOf;
    this.layout = { text, spans };
    const addSpecialTokens = options.addSpecialTokens ?? true;
    const baseline = options.baseline ?? "";
    if (options.withSpace === true && baseline !== "")
      throw new InvalidArgumentError(
        "withSpace is for segments that are removed, and baseline puts something in their place: leave one of the two out",
      );
    if (typeof baseline === "string") {
      this.#render =
        options.withSpace === true
          ? gapRenderer(text, withSpaceBefore(text, spans), order, playerOf, addSpecialTokens)
          : textRenderer(text, spans, order, playerOf, baseline, addSpecialTokens);
    } else {
      this.#render = tokenRenderer(text, spans, playerOf, baseline, addSpecialTokens);
    }
  }

  prompt(present: (player: number) => boolean = () => true): Prompt {
    return this.#render(present);
  }
}

function checkKind(kind: string): SegmentKind {
  if (kind === "word" || kind === "sentence" || kind === "line" || kind === "paragraph") return kind;
  throw new InvalidArgumentError(
    `by must be "word", "sentence", "line", "paragraph" or an array of spans, got ${JSON.stringify(kind)}`,
  );
}

/** The spans' indices in reading order. */
function checkSpans(text: string, spans: readonly Span[]): number[] {
  spans.forEach((span, index) => {
    if (!Array.isArray(span) || span.length !== 2)
      throw new InvalidArgumentError(`by[${index}] must be a span [start, end], got ${JSON.stringify(span)}`);
    const [start, end] = span;
    if (!Number.isInteger(start) || !Number.isInteger(end) || start >= end)
      throw new InvalidArgumentError(`by[${index}] must be a span [start, end] with start < end, got [${start}, ${end}]`);
    if (start < 0 || end > text.length)
      throw new InvalidArgumentError(`by[${index}] [${start}, ${end}] leaves the text of length ${text.length}`);
    for (const edge of [start, end])
      if (/^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(edge - 1, edge + 1)) && edge > 0)
        throw new InvalidArgumentError(`by[${index}] [${start}, ${end}] cuts a character in two at ${edge}`);
  });
  const order = spans.map((_, index) => index).sort((a, b) => spans[a]![0] - spans[b]![0]);
  for (let i = 1; i < order.length; i++) {
    const before = spans[order[i - 1]!]!;
    const after = spans[order[i]!]!;
    if (after[0] < before[1])
      throw new InvalidArgumentError(
        `by[${order[i - 1]}] [${before.join(", ")}] and by[${order[i]}] [${after.join(", ")}] overlap`,
      );
  }
  return order;
}

/** Every span with the spaces and tabs before it, unless they begin a line. */
function withSpaceBefore(text: string, spans: readonly Span[]): Span[] {
  return spans.map(([start, end]) => {
    let from = start;
    while (from > 0 && isSpace(text[from - 1]!)) from--;
    return beginsLine(text, from) ? [start, end] : [from, end];
  });
}

function beginsLine(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === "\n" || text[at - 1] === "\r";
}

function isSpace(character: string): boolean {
  return character === " " || character === "\t" || character === "\u00a0";
}

function textRenderer(
  text: string,
  spans: readonly Span[],
  order: readonly number[],
  playerOf: readonly number[],
  baseline: string,
  addSpecialTokens: boolean,
): (present: (player: number) => boolean) => Prompt {
  return (present) => {
    let prompt = "";
    let at = 0;
    for (const index of order) {
      if (present(playerOf[index]!)) continue;
      const [start, end] = spans[index]!;
      prompt += text.slice(at, start) + baseline;
      at = end;
    }
    return { kind: "text", text: prompt + text.slice(at), addSpecialTokens };
  };
}

/** Removes absent segments with the space before them; where nothing is left before them on the line, with the space after. */
function gapRenderer(
  text: string,
  spans: readonly Span[],
  order: readonly number[],
  playerOf: readonly number[],
  addSpecialTokens: boolean,
): (present: (player: number) => boolean) => Prompt {
  return (present) => {
    let prompt = "";
    let at = 0;
    for (const index of order) {
      if (present(playerOf[index]!)) continue;
      const [start, end] = spans[index]!;
      // The space before may be gone already with the segment before.
      prompt += text.slice(at, Math.max(at, start));
      at = end;
      let last = prompt.length;
      while (last > 0 && isSpace(prompt[last - 1]!)) last--;
      if (beginsLine(prompt, last)) while (at < text.length && isSpace(text[at]!)) at++;
    }
    return { kind: "text", text: prompt + text.slice(at), addSpecialTokens };
  };
}

function tokenRenderer(
  text: string,
  spans: readonly Span[],
  playerOf: readonly number[],
  { token, tokenizer: given }: TokenBaseline,
  addSpecialTokens: boolean,
): (present: (player: number) => boolean) => Prompt {
  const tokenizer = asTokenizer(given);
  const replacement = tokenId(token, tokenizer, "baseline.token");
  const { ids, offsets, special } = tokenizer.encode(text, { addSpecialTokens });
  // A token belongs to the segment it shares the most characters with; tokens of no text (the further bytes of an emoji) to the one they
  // stand in.
  const owner = ids.map((_, position) => {
    if (special[position]) return -1;
    const [start, end] = offsets[position]!;
    let best = -1;
    let most = 0;
    spans.forEach(([from, to], index) => {
      const shared = start === end ? (from < end && end <= to ? 1 : 0) : Math.min(end, to) - Math.max(start, from);
      if (shared > most) {
        most = shared;
        best = index;
      }
    });
    return best;
  });
  spans.forEach((span, index) => {
    if (!owner.includes(index))
      throw new InvalidArgumentError(
        `the segment ${JSON.stringify(text.slice(...span))} has no token of its own to replace: use a text baseline, or larger segments`,
      );
  });
  return (present) => ({
    kind: "ids",
    ids: ids.map((id, position) => {
      const segment = owner[position]!;
      return segment >= 0 && !present(playerOf[segment]!) ? replacement : id;
    }),
  });
}
