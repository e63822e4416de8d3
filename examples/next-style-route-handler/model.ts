import { OnnxCausalLm } from "@attr/backend-onnx";
import { ShapleyValueSampling } from "@attr/core";
import { LLMAttribution, loadTokenizer } from "@attr/llm";
import { talesLm } from "@attr/models";

async function open() {
  const [lm, tokenizer] = await Promise.all([OnnxCausalLm.load(talesLm), loadTokenizer(talesLm)]);
  return { lm, llm: new LLMAttribution(new ShapleyValueSampling(lm), tokenizer) };
}

let opened: ReturnType<typeof open> | undefined;

/** The model of this process, loaded by the first request that needs it; a failed load is tried again by the next. */
export function model(): ReturnType<typeof open> {
  opened ??= open().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}
