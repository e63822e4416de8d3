import { InvalidArgumentError } from "../errors.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import { isGraphModel } from "../model/capabilities.ts";
import { checkAttentionRule, checkLinearRule } from "../model/check-relevance-rules.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { AttentionRule, LinearRule } from "../model/gradient-rules.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a {@link Lrp} is made with, beside the model. */
export interface LrpSettings {
  /** How operations with weights (matrix products, convolutions) share relevance out. @defaultValue `{ rule: "epsilon" }` */
  readonly rule?: LinearRule | undefined;
  /**
   * Rules of single operations, by the name of their result: of those with weights any; of sums, averages and products `epsilon`'s
   * stabiliser and `identity`.
   * @defaultValue none
   */
  readonly layers?: Readonly<Record<string, LinearRule>> | undefined;
  /** Whether relevance goes through attention's queries and keys too, or to its values alone. @defaultValue "attnLrp" */
  readonly attention?: AttentionRule | undefined;
}

/**
 * Layer-wise relevance propagation: the explained number is handed back from operation to operation, each of which shares it out among
 * its inputs by what they contributed. Activations and normalisations pass it on as it is; sums, averages and residual connections share
 * it out in proportion; a product of two values that both carry relevance gives half to each.
 *
 * Relevance sums up to the explained number, less what biases take, what stabilisers (`epsilon`) absorb, what the expansion of a softmax
 * leaves behind (`attention: "attnLrp"`; none with `"cpLrp"`) and what went to values that are not attributed to; how far the sum is from
 * the number is the result's `delta`. One row an example and explained number. Over `fromLayer` it is the relevance of the layer's values.
 *
 * The method is patented (US 12 061 966 and EP 3 271 863 among others): use may need a licence, and the licence of this code grants none
 * for it; see the guide on gradients.
 *
 * Bach, Binder, Montavon, Klauschen, Müller and Samek, "On pixel-wise explanations for non-linear classifier decisions by layer-wise
 * relevance propagation", 2015; Achtibat et al., "AttnLRP: attention-aware layer-wise relevance propagation for transformers", 2024;
 * `cpLrp`: Ali et al., "XAI for transformers: better explanations through conservative propagation", 2022.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { Lrp } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const result = await new Lrp(model, { rule: { rule: "epsilon" } }).attribute({ x }, { target: 0 });
 * console.log(result.attributions["x"]?.toArray(), result.delta?.toArray()); // and what the biases took
 * ```
 */
export class Lrp implements TensorMethod<DifferentiableModel> {
  readonly name = "Lrp";
  readonly model: DifferentiableModel;
  readonly rule: LinearRule;
  readonly layers: Readonly<Record<string, LinearRule>>;
  readonly attention: AttentionRule;

  /**
   * @throws UnsupportedError for a model without gradients.
   * @throws InvalidArgumentError for a rule that there is not, its parameters out of range, and a layer that the model does not have.
   */
  constructor(model: DifferentiableModel, settings: LrpSettings = {}) {
    assertDifferentiableModel(model, "model");
    const { rule = { rule: "epsilon" }, layers = {}, attention = "attnLrp" } = settings;
    checkLinearRule(rule, "rule");
    checkAttentionRule(attention);
    for (const [layer, own] of Object.entries(layers)) {
      checkLinearRule(own, `layers["${layer}"]`);
      if (isGraphModel(model) && !model.values.includes(layer))
        throw new InvalidArgumentError(`layers has "${layer}", which is no value of the model`);
    }
    this.model = model;
    this.rule = rule;
    this.layers = layers;
    this.attention = attention;
  }

  /** @throws InvalidArgumentError for inputs or a target that do not fit the model, and for integer inputs. */
  async attribute(inputs: Inputs, options: TargetOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const rules = { kind: "lrp", linear: this.rule, layers: this.layers, attention: this.attention } as const;
    const { sums, value } = await explanation.single({ wrt: explanation.names, rules });
    const attributions = explanation.tensors(sums);
    return explanation.result(attributions, { value, delta: explanation.gap(attributions, value, undefined) });
  }

  over(model: DifferentiableModel): Lrp {
    return new Lrp(model, this);
  }
}
