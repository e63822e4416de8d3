import { type AlignedText, originalEnd, originalStart } from "./aligned-text.ts";
import type { EncodingPart } from "./post-processor.ts";
import type { PieceTokens } from "./token-model.ts";
import type { Encoding } from "./tokenizer.ts";

/** Where a token stands in a text. */
export type Offset = readonly [start: number, end: number];

/** What stands for each token of a text: `covering` joined is the text, `content` leaves out what no token carries. */
export interface TextOffsets {
  readonly covering: readonly Offset[];
  readonly content: readonly Offset[];
}

/** A text as tokens, before anything is put around it. */
export interface TextTokens {
  readonly text: string;
  readonly ids: readonly number[];
  offsets(): TextOffsets;
}

/** Tokens of a stretch of text: of a piece, or one added token where `tokens` is absent. */
export interface AlignedTokens {
  readonly aligned: AlignedText;
  readonly tokens: PieceTokens | undefined;
}

/** Collects offsets from left to right by the rules of `Encoding.offsets`. */
export class OffsetCollector {
  readonly #covering: [number, number][] = [];
  readonly #content: [number, number][] = [];
  #end = 0;

  /** The next token carries `[start, end)`. */
  add(start: number, end: number): void {
    const from = this.#end;
    this.#end = Math.max(from, end);
    this.#covering.push([from, this.#end]);
    this.#content.push([Math.min(Math.max(from, start), this.#end), this.#end]);
  }

  /** The next token shares the characters of the one before it, or stands for nothing. */
  addEmpty(): void {
    this.add(this.#end, this.#end);
  }

  finish(length: number): TextOffsets {
    const last = this.#covering.at(-1);
    if (last !== undefined) last[1] = length;
    return { covering: this.#covering, content: this.#content };
  }
}

/** The offsets of a text from the alignment of its pieces. */
export function alignedOffsets(length: number, stretches: readonly AlignedTokens[]): TextOffsets {
  const offsets = new OffsetCollector();
  for (const { aligned, tokens } of stretches) {
    if (tokens === undefined) {
      offsets.add(originalStart(aligned, 0), originalEnd(aligned, aligned.text.length - 1));
      continue;
    }
    const spans = tokens.spans();
    for (let index = 0; index < spans.length; index += 2) {
      const start = spans[index]!;
      const end = spans[index + 1]!;
      if (end > start) offsets.add(originalStart(aligned, start), originalEnd(aligned, end - 1));
      else offsets.addEmpty();
    }
  }
  return offsets.finish(length);
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}

/** Puts the tokens of one text or two together as `layout` says. Only the ids are made now. */
export function composeEncoding(
  texts: readonly TextTokens[],
  layout: readonly EncodingPart[],
  idToToken: (id: number) => string,
): Encoding {
  const ids: number[] = [];
  for (const part of layout) {
    if (part.kind === "special") ids.push(part.id);
    else for (const id of texts[part.text]!.ids) ids.push(id);
  }
  const tokens = once(() => ids.map(idToToken));
  const offsets = once(() => spread(layout, texts, (text) => text.offsets().covering));
  const content = once(() => spread(layout, texts, (text) => text.offsets().content));
  const special = once(() => layout.flatMap((part) => part.kind === "special" || texts[part.text]!.ids.map(() => false)));
  const typeIds = once(() =>
    layout.flatMap((part) => (part.kind === "special" ? part.typeId : texts[part.text]!.ids.map(() => part.typeId))),
  );
  return {
    ids,
    get tokens() {
      return tokens();
    },
    get offsets() {
      return offsets();
    },
    get contentOffsets() {
      return content();
    },
    get special() {
      return special();
    },
    get typeIds() {
      return typeIds();
    },
  };
}

/** A special token stands, empty, where the text before it ends. */
function spread(
  layout: readonly EncodingPart[],
  texts: readonly TextTokens[],
  offsetsOf: (text: TextTokens) => readonly Offset[],
): readonly Offset[] {
  const offsets: Offset[] = [];
  let end = 0;
  for (const part of layout) {
    if (part.kind === "special") {
      offsets.push([end, end]);
      continue;
    }
    const text = texts[part.text]!;
    for (const offset of offsetsOf(text)) offsets.push(offset);
    end = text.text.length;
  }
  return offsets;
}
