export { assertTokenizer, asTokenizer, type TokenizerLike } from "./tokenizer/as-tokenizer.ts";
export { encodeExactly } from "./tokenizer/encode-exactly.ts";
export { type GptTokenizerModule, gptTokenizer } from "./tokenizer/gpt-tokenizer.ts";
export { type HuggingFaceTokenizerOptions, huggingFaceTokenizer } from "./tokenizer/hugging-face-tokenizer.ts";
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
