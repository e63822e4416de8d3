import { type InterpretableInput, TextSegmentInput, TextTokenInput, type Tokenizer } from "@attr/llm";
import type { TextUnit } from "./text-units.ts";

/** A text cut into what is taken away at a time. A removed word takes the space before it along. */
export function textInput(text: string, by: TextUnit, absent: "removed" | "masked", tokenizer: Tokenizer): InterpretableInput {
  if (by === "token") return tokenInput(text, tokenizer);
  if (absent === "removed") return new TextSegmentInput(text, { by, withSpace: true });
  return new TextSegmentInput(text, { by, baseline: { token: maskOf(tokenizer), tokenizer } });
}

/** A text cut into tokens, of which an absent one is the mask token. */
export function tokenInput(text: string, tokenizer: Tokenizer): TextTokenInput {
  return new TextTokenInput(text, tokenizer, { baseline: maskOf(tokenizer) });
}

function maskOf(tokenizer: Tokenizer): string | number {
  return tokenizer.maskToken ?? tokenizer.unknownToken ?? tokenizer.padToken ?? 0;
}
