import { OnnxModel } from "@attr/backend-onnx";
import type { CausalLm } from "@attr/core";
import { FeatureAblation, functionModel, type HostTensor, KernelShap } from "@attr/core";
import { methodNamed } from "@attr/core/catalogue";
import { LLMAttribution, TextTokenInput, type Tokenizer } from "@attr/llm";
import { toHtml } from "@attr/viz";

/** What the types of the packages promise to someone who uses all of them. */
export async function everything(lm: CausalLm, tokenizer: Tokenizer): Promise<string> {
  const doubled = functionModel<"x">(({ x }) => Array.from({ length: x.shape[0] ?? 0 }, (_, row) => 2 * Number(x.data[row])));
  const small = await new FeatureAblation(doubled).attribute({ x: [[1], [2]] });
  const tensor: HostTensor | undefined = small.attributions["x"];

  await using model = await OnnxModel.load("model.onnx", { maxBatchSize: 8 });
  const sampled = await new KernelShap(model).attribute({ image: 0 }, { target: 1, samples: 100, seed: 1 });
  const { warnings } = await methodNamed("lime").create(model, { samples: 100 }).attribute({ image: 0 }, { target: 1 });

  const llm = new LLMAttribution(new FeatureAblation(lm), tokenizer);
  const result = await llm.attribute(new TextTokenInput("one two", tokenizer), { target: " three" });
  return toHtml(result.toDocument()) + sampled.warnings.join() + warnings.join() + String(tensor?.shape.length);
}
