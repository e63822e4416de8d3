import { type HostTensor, InvalidArgumentError, tensor } from "@attr/core";
import { asTokenizer, type TokenizerLike } from "../tokenizer/as-tokenizer.ts";

/** A question as a multiple-choice encoder is fed with it, one row an option; all four are int64 `[1, options, length]`. */
export interface EncodedChoices {
  readonly input_ids: HostTensor;
  readonly token_type_ids: HostTensor;
  readonly attention_mask: HostTensor;
  /**
   * A feature mask for `input_ids` in which a token of the prompt is one feature in all rows, a token of an option is one by itself, and
   * the padding is one together.
   */
  readonly featureMask: HostTensor;
}

/**
 * Encodes a prompt and its options as pairs, as encoders with a multiple-choice head read them: for plain attribution of the model's
 * `input_ids` with the other inputs bound.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { bind, FeatureAblation, logSoftmax } from "@attr/core";
 * import { encodeChoices, loadTokenizer } from "@attr/llm";
 * import { talesChoice } from "@attr/models";
 *
 * const tokenizer = await loadTokenizer(talesChoice);
 * await using encoder = await OnnxModel.load(new URL("onnx/model.onnx", talesChoice));
 * const { input_ids, featureMask, ...rest } = encodeChoices("Who has the kite?", ["Tom", "Sue"], tokenizer);
 * const model = logSoftmax(bind(encoder, rest));
 * const result = await new FeatureAblation(model).attribute({ input_ids }, { target: 1, featureMask: { input_ids: featureMask } });
 * ```
 *
 * @throws InvalidArgumentError without options; TokenizationError where the tokenizer knows no pairs.
 */
export function encodeChoices(prompt: string, options: readonly string[], tokenizer: TokenizerLike): EncodedChoices {
  if (options.length === 0) throw new InvalidArgumentError("options must hold at least one text, got none");
  const known = asTokenizer(tokenizer);
  const rows = options.map((option) => known.encode(prompt, { pair: option }));
  const length = Math.max(...rows.map(({ ids }) => ids.length));
  const shape = [1, options.length, length];
  const size = options.length * length;
  const ids = new BigInt64Array(size).fill(BigInt(known.padToken ?? 0));
  const typeIds = new BigInt64Array(size);
  const attention = new BigInt64Array(size);
  // Positions of the prompt number its features; the padding comes next, then the tokens of the options.
  const features = new BigInt64Array(size).fill(BigInt(length));
  let next = length + 1;
  rows.forEach((row, option) => {
    row.ids.forEach((id, position) => {
      const at = option * length + position;
      const type = row.typeIds[position]!;
      ids[at] = BigInt(id);
      typeIds[at] = BigInt(type);
      attention[at] = 1n;
      features[at] = BigInt(type === 0 ? position : next++);
    });
  });
  const make = (data: BigInt64Array): HostTensor => tensor({ data, dims: shape, type: "int64" });
  return { input_ids: make(ids), token_type_ids: make(typeIds), attention_mask: make(attention), featureMask: make(features) };
}
