export type { GenerationOptions } from "./attribution/answer.ts";
export type { AttrTarget } from "./attribution/attr-target.ts";
export type { JsonNumber } from "./attribution/json-fields.ts";
export { type LLMAttributeOptions, LLMAttribution, type LLMAttributionOptions } from "./attribution/llm-attribution.ts";
export {
  type LLMAttributionCost,
  type LLMAttributionFields,
  type LLMAttributionJson,
  LLMAttributionResult,
  type LLMDocumentOptions,
} from "./attribution/llm-attribution-result.ts";
export {
  type LLMGradientAttributeOptions,
  LLMGradientAttribution,
  type LLMGradientAttributionOptions,
} from "./attribution/llm-gradient-attribution.ts";
export { type SumOverEmbeddingOptions, sumOverEmbedding } from "./attribution/sum-over-embedding.ts";
export { type TextAttributionOptions, textAttribution } from "./attribution/text-attribution.ts";
export { TextExplanation } from "./attribution/text-explanation.ts";
export type { ChoiceNormalization } from "./choice/causal-choice-game.ts";
export type { ChoiceFormat } from "./choice/choice-format.ts";
export type { ChoiceScore } from "./choice/choice-score.ts";
export { type EncodedChoices, encodeChoices } from "./choice/encode-choices.ts";
export type { EncoderInputs } from "./choice/encoder-choice-game.ts";
export { MultipleChoice, type MultipleChoiceOptions, type Question } from "./choice/multiple-choice.ts";
export { type MultipleChoiceFields, type MultipleChoiceJson, MultipleChoiceResult } from "./choice/multiple-choice-result.ts";
export { ChatInput, type ChatInputMessage, type ChatInputOptions } from "./inputs/chat-input.ts";
export type * from "./inputs/interpretable-input.ts";
export type { Piece } from "./inputs/pieces.ts";
export { type JointBaselines, ProductBaselines } from "./inputs/product-baselines.ts";
export { type SegmentKind, type Span, segmentText } from "./inputs/segment-text.ts";
export { TextSegmentInput, type TextSegmentInputOptions, type TokenBaseline } from "./inputs/text-segment-input.ts";
export {
  type PerValue,
  type TemplateValues,
  TextTemplateInput,
  type TextTemplateInputOptions,
} from "./inputs/text-template-input.ts";
export { TextTokenInput, type TextTokenInputOptions } from "./inputs/text-token-input.ts";
export type { TokenReference } from "./inputs/token-ids.ts";
export { assertTokenizer, asTokenizer, type TokenizerLike } from "./tokenizer/as-tokenizer.ts";
export { encodeExactly } from "./tokenizer/encode-exactly.ts";
export { type GptTokenizerModule, gptTokenizer } from "./tokenizer/gpt-tokenizer.ts";
export { type HuggingFaceTokenizerOptions, huggingFaceTokenizer } from "./tokenizer/hugging-face-tokenizer.ts";
export { type LoadTokenizerOptions, loadTokenizer } from "./tokenizer/load-tokenizer.ts";
export {
  type JsTiktokenEncoding,
  type TiktokenEncoding,
  type TiktokenTokenizerOptions,
  tiktokenTokenizer,
} from "./tokenizer/tiktoken-tokenizer.ts";
export { tokenLabels } from "./tokenizer/token-labels.ts";
export type {
  ChatMessage,
  ChatTemplateOptions,
  Decoded,
  EncodeOptions,
  Encoding,
  Tokenizer,
} from "./tokenizer/tokenizer.ts";
export {
  type TransformersTokenizer,
  type TransformersTokenizerOptions,
  transformersTokenizer,
} from "./tokenizer/transformers-tokenizer.ts";
