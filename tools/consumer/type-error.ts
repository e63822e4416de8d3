import type { CausalLm } from "@attr/core";
import { FeatureAblation } from "@attr/core";

/** A language model has no tensors to attribute to: only `LLMAttribution` can use such a method. */
export async function explain(model: CausalLm): Promise<void> {
  const method = new FeatureAblation(model);
  await method.attribute({ input_ids: [[1, 2, 3]] }); // must not compile
}
