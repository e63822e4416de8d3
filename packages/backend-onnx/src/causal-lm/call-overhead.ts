import type { ModelProto } from "../onnx/proto.ts";

// Microseconds, measured with small decoders on one core of a CPU.
const perCall = 500;
const perNode = 0.4;
const perWeight = 1e-4;

/** What reading the weights once more costs, in tokens, however large the model is. */
const readingWeights = 4;
/** Beyond this a model is so small that it is fast in any batch. */
const most = 32;

/**
 * What a call of the model costs by itself, in tokens: how many more it may compute, padding included, to save one. The larger the
 * model, the less the time that goes by outside its arithmetic counts.
 */
export function callOverhead(model: ModelProto): number {
  let weights = 0;
  for (const { dims } of model.graph.initializers)
    if (dims.length > 1) weights += dims.reduce((product, size) => product * size, 1);
  const token = weights * perWeight;
  const call = perCall + perNode * model.graph.nodes.length;
  return Math.min(most, readingWeights + Math.round(call / Math.max(token, 1)));
}
