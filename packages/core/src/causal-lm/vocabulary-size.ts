import { InvalidArgumentError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { type CausalLmLayout, checkLayout } from "./causal-lm-layout.ts";
import { decoderFeeds } from "./decoder-feeds.ts";

/**
 * The size of a model's vocabulary: what the model says of its logits' last axis, else what a run on one token gives.
 *
 * @throws InvalidArgumentError where the layout does not fit the model, or its logits are not `[n, t, vocabulary]`
 */
export async function readVocabularySize(model: Model, layout: CausalLmLayout): Promise<number> {
  const checked = checkLayout(model, layout);
  if (checked.vocabularySize !== undefined) return checked.vocabularySize;
  using _scope = model.backend.scope();
  const call = { rows: [{ tokens: Int32Array.of(0), start: 0 }], width: 1, pastLength: 0, keep: false };
  const feeds = decoderFeeds(model.backend, checked, call, checked.fixedLength ?? 1, 0);
  const { [checked.logits]: logits } = await model.run({ feeds, fetches: [checked.logits] });
  const shape = logits?.shape ?? [];
  if (shape.length === 3) return shape[2]!;
  throw new InvalidArgumentError(
    `output "${checked.logits}" has shape [${shape.join(", ")}], expected [rows, tokens, vocabulary]: this is no causal language model`,
  );
}
