import { InvalidArgumentError, UnsupportedError } from "../errors.ts";
import { assertDifferentiableGraphModel } from "../model/assert-model.ts";
import { isDifferentiableModel, isGraphModel } from "../model/capabilities.ts";
import type { DifferentiableGraphModel, DifferentiableModel } from "../model/differentiable.ts";
import { fromLayer } from "../model/from-layer.ts";
import { layerValue } from "../model/layer-value.ts";
import { logSoftmax } from "../model/log-softmax.ts";
import type { NamedTensors } from "../model/model.ts";
import { derive, markLayerView } from "../model/view.ts";
import { formatShape } from "../tensor/shape.ts";
import { assertCausalLm } from "./assert-causal-lm.ts";
import type { CausalLm } from "./causal-lm.ts";
import { type CausalLmLayout, type CheckedLayout, checkLayout } from "./causal-lm-layout.ts";
import { decoderFeeds } from "./decoder-feeds.ts";

/** A causal language model whose inner values can be differentiated by. */
export interface DifferentiableCausalLm extends CausalLm {
  /** The model that runs it, from token ids to logits. */
  readonly model: DifferentiableGraphModel;
  /** Which of the model's inputs and outputs is which. */
  readonly layout: CausalLmLayout;
  /**
   * Name of the value that holds the tokens' embeddings, `[n, length, width]`.
   *
   * @throws UnsupportedError where the model does not show which it is.
   */
  readonly tokenEmbedding: string;
}

/** Which value a language model is attributed to, and what is explained of a token. */
export interface FromEmbeddingOptions {
  /** Name of the value to attribute to: a row for every token, `[n, length, ...]`. @defaultValue the model's token embedding */
  readonly layer?: string | undefined;
  /** What is explained of a token: its log-probability or its raw logit. @defaultValue "log_prob" */
  readonly attrTarget?: "log_prob" | "logit" | undefined;
}

/** A language model that takes whole texts as token ids, `[n, length]`, and attributes to their embeddings. */
export interface EmbeddingView extends DifferentiableModel {
  readonly lm: DifferentiableCausalLm;
}

/**
 * A language model seen from the embeddings of a whole text's tokens: what gradient methods take, and `LLMGradientAttribution` over them.
 * The only input is the token ids, `[n, length]`, without padding; the output is `[n, length, vocabulary]`. Everything else that the
 * model takes follows from that: attention mask, positions, caches with nothing in them.
 *
 * @throws UnsupportedError for a language model that cannot be differentiated, or does not show which value its embeddings are.
 * @throws InvalidArgumentError where the model has no value of the layer's name.
 */
export function fromEmbedding(lm: DifferentiableCausalLm, options: FromEmbeddingOptions = {}): EmbeddingView {
  assertCausalLm(lm, "lm");
  if (!isGraphModel(lm.model) || !isDifferentiableModel(lm.model) || lm.layout === undefined)
    throw new UnsupportedError(
      "lm cannot be differentiated: gradients need a language model in a file, as OnnxCausalLm.load gives; perturbation methods take any, new LLMAttribution(new FeatureAblation(lm), tokenizer)",
    );
  const { attrTarget = "log_prob" } = options;
  if (attrTarget !== "log_prob" && attrTarget !== "logit")
    throw new InvalidArgumentError(`attrTarget must be "log_prob" or "logit", got ${JSON.stringify(attrTarget)}`);
  const layout = checkLayout(lm.model, lm.layout);
  const layer = options.layer ?? lm.tokenEmbedding;
  layerValue(lm.model, layer);
  const { model } = lm;
  const explained = derive(model, { outputs: model.outputs.filter(({ name }) => name === layout.logits) });
  return embeddingView(attrTarget === "logit" ? explained : logSoftmax(explained), { lm, layout, layer });
}

interface Embedded {
  readonly lm: DifferentiableCausalLm;
  readonly layout: CheckedLayout;
  readonly layer: string;
}

function embeddingView(model: DifferentiableGraphModel, embedded: Embedded): EmbeddingView {
  const { lm, layout, layer } = embedded;
  const at = fromLayer(model, layer);
  const complete = (inputs: NamedTensors): Promise<NamedTensors> => wholeText(model, layout, inputs);
  const view = derive(at, {
    // Texts of any length, also where the model takes one length only: they are filled up.
    inputs: [{ name: layout.inputIds, dtype: layout.dtypes.get(layout.inputIds), shape: [null, null] }],
    async resolve(inputs, signal) {
      const resolved = await at.resolve!(await complete(inputs), signal); // a layer view has it
      return { ...resolved, at: async (others) => resolved.at(await complete(others)) };
    },
  });
  markLayerView(view, (through) => {
    const below = through(model);
    assertDifferentiableGraphModel(below, "model");
    return embeddingView(below, embedded);
  });
  return Object.assign(view, { lm });
}

/** All that the model takes for whole texts of these tokens; behind them is padding where it takes one length only. */
async function wholeText(model: DifferentiableGraphModel, layout: CheckedLayout, inputs: NamedTensors): Promise<NamedTensors> {
  const { data, shape } = await model.backend.read(inputs[layout.inputIds]!);
  const [count, length] = shape;
  if (count === undefined || length === undefined || shape.length !== 2 || length === 0)
    throw new InvalidArgumentError(`input "${layout.inputIds}" must be token ids of [texts, length], got ${formatShape(shape)}`);
  if (layout.fixedLength !== undefined && length > layout.fixedLength)
    throw new InvalidArgumentError(`a text of ${length} tokens is longer than the ${layout.fixedLength} that the model takes`);
  const tokens = Int32Array.from({ length: data.length }, (_, i) => Number(data[i]));
  const rows = Array.from({ length: count }, (_, row) => ({
    tokens: tokens.subarray(row * length, (row + 1) * length),
    start: 0,
  }));
  const width = layout.fixedLength ?? length;
  return decoderFeeds(model.backend, layout, { rows, width, pastLength: 0, keep: false }, width, 0);
}
