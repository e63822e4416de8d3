import { OnnxCausalLm } from "@attr/backend-onnx";
import { FeatureAblation } from "@attr/core";
import { LLMAttribution, loadTokenizer, TextSegmentInput } from "@attr/llm";
import * as runtime from "onnxruntime-web/wasm";
import type { Question, Told } from "./messages.ts";

const folder = new URL("/tales-lm/", location.href);
const opened = Promise.all([OnnxCausalLm.load(folder, { runtime }), loadTokenizer(folder)]).then(
  ([lm, tokenizer]) => new LLMAttribution(new FeatureAblation(lm), tokenizer),
);

const tell = (told: Told): void => postMessage(told);
let current = new AbortController();

async function explain({ id, prompt }: Question, signal: AbortSignal): Promise<void> {
  try {
    const words = new TextSegmentInput(prompt, { by: "word", withSpace: true });
    const onProgress = ({ done, total }: { readonly done: number; readonly total?: number | undefined }): void =>
      tell({ id, done, total });
    const result = await (await opened).attribute(words, { signal, onProgress });
    tell({ id, svg: result.toSvg() });
  } catch (error) {
    if (!signal.aborted) tell({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

addEventListener("message", ({ data }: MessageEvent<Question>) => {
  current.abort();
  current = new AbortController();
  void explain(data, current.signal);
});
