import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import type { LinearRule } from "../model/gradient-rules.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

export interface LrpSettings {
  /** How linear operations (matrix products, convolutions, averages, sums) share relevance out. @defaultValue `{ rule: "epsilon" }` */
  readonly rule?: LinearRule | undefined;
  /** Rules of single operations, by the name of their result. @defaultValue none */
  readonly layers?: Readonly<Record<string, LinearRule>> | undefined;
}

/**
 * Layer-wise relevance propagation: the explained number is handed back from operation to operation, each of which shares it out among
 * its inputs by what they contributed. Activations pass it on as it is.
 *
 * Relevance sums up to the explained number, less what biases take and what stabilisers (`epsilon`) absorb; how far it is from the number
 * is the result's `delta`. One row an example and explained number. Over `fromLayer` it is the relevance of the layer's values.
 *
 * Bach, Binder, Montavon, Klauschen, Müller and Samek, "On pixel-wise explanations for non-linear classifier decisions by layer-wise
 * relevance propagation", 2015.
 */
export class Lrp implements TensorMethod<DifferentiableModel> {
  readonly name = "Lrp";
  readonly model: DifferentiableModel;
  readonly rule: LinearRule;
  readonly layers: Readonly<Record<string, LinearRule>>;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel, settings: LrpSettings = {}) {
    assertDifferentiableModel(model, "model");
    this.model = model;
    this.rule = settings.rule ?? { rule: "epsilon" };
    this.layers = settings.layers ?? {};
  }

  /** @throws InvalidArgumentError for inputs or a target that do not fit the model, and for integer inputs. */
  async attribute(inputs: Inputs, options: TargetOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const rules = { kind: "lrp", linear: this.rule, layers: this.layers } as const;
    const { sums, value } = await explanation.single({ wrt: explanation.names, rules });
    const attributions = explanation.tensors(sums);
    return explanation.result(attributions, { value, delta: explanation.gap(attributions, value, undefined) });
  }

  over(model: DifferentiableModel): Lrp {
    return new Lrp(model, this);
  }
}
