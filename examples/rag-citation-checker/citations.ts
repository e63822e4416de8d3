import { type CausalLm, ShapleyValues } from "@attr/core";
import { LLMAttribution, type Span, TextSegmentInput, type Tokenizer } from "@attr/llm";

/** What an answer rests on, by what the model computed and not by what it says. */
export interface Provenance {
  readonly answer: string;
  /** How many nats each passage adds to the log-probability of the answer; they add up to what all passages add together. */
  readonly support: readonly number[];
  /** The passage that adds most, or `undefined` where none adds as much as `leastSupport`. */
  readonly source: number | undefined;
}

/**
 * The passage that an answer over retrieved passages came from: the exact Shapley value of every passage for the answer's
 * log-probability. With n passages 2^n prompts are scored, so it is for a handful; take `ShapleyValueSampling` for more.
 */
export async function provenance(
  lm: CausalLm,
  tokenizer: Tokenizer,
  {
    passages,
    question,
    answer,
    leastSupport = 0.5,
  }: {
    readonly passages: readonly string[];
    readonly question: string;
    /** The answer to trace, with its leading space. Without one, what the model itself answers. */
    readonly answer?: string | undefined;
    readonly leastSupport?: number | undefined;
  },
): Promise<Provenance> {
  const spans: Span[] = [];
  let text = "";
  for (const passage of passages) {
    const start = text === "" ? 0 : text.length + 1;
    text = text === "" ? passage : `${text} ${passage}`;
    spans.push([start, text.length]);
  }
  const input = new TextSegmentInput(`${text} Question: ${question} Answer:`, { by: spans, withSpace: true });
  const llm = new LLMAttribution(new ShapleyValues(lm), tokenizer);
  const result = await llm.attribute(input, answer === undefined ? {} : { target: answer });
  const support = Array.from(result.sequenceAttributions);
  const most = support.indexOf(Math.max(...support));
  return { answer: result.outputText, support, source: (support[most] ?? 0) >= leastSupport ? most : undefined };
}

/** What is said about a citation: right, another passage is the source, or no passage is. */
export function verdict(cited: number, { source }: Provenance): string {
  if (source === undefined) return "no passage supports this answer";
  return source === cited ? "the citation holds" : `the answer came from passage ${source + 1}`;
}
