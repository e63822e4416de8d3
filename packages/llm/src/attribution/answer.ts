import { type AbortSignalLike, type CausalLm, type GenerateOptions, InvalidArgumentError } from "@attr/core";
import type { InterpretableInput } from "../inputs/interpretable-input.ts";
import { type TokenReference, tokenIds } from "../inputs/token-ids.ts";
import { tokenLabels } from "../tokenizer/token-labels.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { PromptEncoder } from "./prompt-encoder.ts";

/** How an answer is generated, where none is given. */
export interface GenerationOptions extends Omit<GenerateOptions, "signal" | "onProgress" | "stopTokens"> {
  /** Tokens after which the answer ends, by id or spelling. @defaultValue the model's own end-of-text tokens */
  readonly stopTokens?: readonly TokenReference[] | undefined;
}

/** The answer to explain: token ids, what they are called, and the text. */
export interface Answer {
  readonly ids: readonly number[];
  readonly labels: readonly string[];
  readonly text: string;
  readonly warnings: readonly string[];
}

export interface AnswerRequest {
  readonly input: InterpretableInput;
  /** Generates the answer where no target is given; absent where there must be one. */
  readonly model: CausalLm | undefined;
  readonly tokenizer: Tokenizer;
  readonly encoder: PromptEncoder;
  readonly target: string | readonly number[] | undefined;
  readonly skipTokens: readonly TokenReference[];
  readonly generation: GenerationOptions | undefined;
  readonly signal: AbortSignalLike | undefined;
}

/** The answer as given, as text (its tokens without what the tokenizer adds around texts) or as ids; generated, when absent. */
export async function resolveAnswer(request: AnswerRequest): Promise<Answer> {
  const { target, tokenizer, encoder, input } = request;
  if (target !== undefined && request.generation !== undefined)
    throw new InvalidArgumentError(
      "target and generation are both given: a given target is not generated, leave one of the two out",
    );
  const skipped = tokenIds(request.skipTokens, tokenizer, "skipTokens");
  if (typeof target === "string") {
    const { ids } = tokenizer.encode(target, { addSpecialTokens: false });
    const warnings = [
      spellingWarning(target, ids, tokenizer),
      skipped.size > 0 ? undefined : boundaryWarning(input, target, ids, tokenizer),
    ];
    return answer(
      ids,
      "target",
      request,
      skipped,
      warnings.filter((warning) => warning !== undefined),
    );
  }
  if (target === undefined) {
    return answer(await generate(request), "generated answer", request, skipped, []);
  }
  if (!isIds(target)) throw new InvalidArgumentError(`target must be a text or an array of token ids, got ${typeof target}`);
  encoder.checkIds(target, "target");
  return answer(target, "target", request, skipped, []);
}

function isIds(target: unknown): target is readonly number[] {
  return Array.isArray(target);
}

function answer(
  ids: readonly number[],
  what: string,
  { tokenizer, encoder }: AnswerRequest,
  skipped: ReadonlySet<number>,
  warnings: readonly string[],
): Answer {
  const keptIds = ids.filter((id) => !skipped.has(id));
  if (keptIds.length === 0)
    throw new InvalidArgumentError(
      ids.length === 0 ? `the ${what} has no token: there is nothing to explain` : `skipTokens leaves no token of the ${what}`,
    );
  encoder.checkIds(keptIds, what);
  return {
    ids: keptIds,
    labels: tokenLabels(tokenizer, keptIds),
    text: tokenizer.decode(keptIds).text,
    warnings,
  };
}

async function generate({
  model,
  tokenizer,
  encoder,
  input,
  generation = {},
  signal,
}: AnswerRequest): Promise<readonly number[]> {
  const { stopTokens, ...rest } = generation;
  const prompt = encoder.encode(input.prompt());
  encoder.checkLength(prompt.length, 1);
  if (model === undefined) throw new InvalidArgumentError("target is missing: give the answer to explain, as text or token ids");
  const { tokens } = await model.generate(prompt, {
    ...rest,
    ...(stopTokens !== undefined && { stopTokens: [...tokenIds(stopTokens, tokenizer, "generation.stopTokens")] }),
    signal,
  });
  if (tokens.length === 0)
    throw new InvalidArgumentError("the model ended its answer before the first token: give the answer to explain as target");
  return tokens;
}

/** Says so where the vocabulary has no tokens for what the target says (unknown words, capitals that are lost). */
function spellingWarning(target: string, ids: readonly number[], tokenizer: Tokenizer): string | undefined {
  const { text } = tokenizer.decode(ids);
  if (text.trim() === target.trim()) return undefined;
  return `the tokenizer cannot spell the target ${JSON.stringify(target)} exactly: ${JSON.stringify(text)} is explained`;
}

/**
 * Says so where prompt and answer, read together, would be other tokens than read apart: the answer that is explained is then not
 * quite what the model would be given or would write.
 */
function boundaryWarning(
  input: InterpretableInput,
  target: string,
  targetIds: readonly number[],
  tokenizer: Tokenizer,
): string | undefined {
  const prompt = input.prompt();
  const text = prompt.kind === "text" ? prompt.text : input.layout?.text;
  if (text === undefined) return undefined;
  const options = { addSpecialTokens: false };
  const apart = [...tokenizer.encode(text, options).ids, ...targetIds];
  // Some tokenizers write a space into a text's first token by themselves: "mat" is then what follows "the", and " mat" is two spaces.
  const candidates = /^\s/.test(target) ? [text + target] : [text + target, `${text} ${target}`];
  for (const together of candidates) {
    const { ids } = tokenizer.encode(together, options);
    if (ids.length === apart.length && ids.every((id, index) => id === apart[index])) return undefined;
  }
  return `the tokenizer reads prompt and answer together as other tokens than apart; the answer is scored as ${targetIds.map((id) => JSON.stringify(tokenizer.idToToken(id))).join(" ")} (a space more or less at the start of target, or none at the end of the prompt, may be what is meant)`;
}
