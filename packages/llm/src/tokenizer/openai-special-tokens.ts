/**
 * Spellings of special tokens that OpenAI's encodings may have. The packages that carry the encodings do not list theirs, so each of
 * these is asked for, and none taken for granted.
 */
export const possibleSpecialTokens: readonly string[] = [
  "<|endoftext|>",
  "<|fim_prefix|>",
  "<|fim_middle|>",
  "<|fim_suffix|>",
  "<|endofprompt|>",
  "<|startoftext|>",
  "<|im_start|>",
  "<|im_end|>",
  "<|im_sep|>",
  "<|return|>",
  "<|constrain|>",
  "<|channel|>",
  "<|start|>",
  "<|end|>",
  "<|message|>",
  "<|call|>",
];
