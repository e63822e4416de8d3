import type { ModelProto } from "../onnx/proto.ts";

// Microseconds of one core of a CPU, measured with small decoders.
const perCall = 1000;
const perNode = 0.4;
const perToken = 8;
const perWeightAndToken = 2e-5;

/** What reading the weights once more costs, in tokens, however large the model is. */
const readingWeights = 4;
/** With a smaller model than this stands for, milliseconds are at stake: computing fewer tokens goes before making fewer calls. */
const most = 32;

/**
 * What a call of the model costs by itself, in tokens: how many more it may compute, padding included, to save one. The larger the
 * model, the less the time that goes by outside its arithmetic counts.
 */
export function callOverhead(model: ModelProto): number {
  let weights = 0;
  for (const { dims } of model.graph.initializers)
    if (dims.length > 1) weights += dims.reduce((product, size) => product * size, 1);
  const token = perToken + perWeightAndToken * weights;
  const call = perCall + perNode * model.graph.nodes.length;
  return Math.min(most, readingWeights + Math.round(call / token));
}
