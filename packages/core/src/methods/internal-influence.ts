import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { interpolateRow } from "../gradient/host-values.ts";
import { quadratureRule } from "../gradient/quadrature.ts";
import { assertDifferentiableGraphModel } from "../model/assert-model.ts";
import type { DifferentiableGraphModel } from "../model/differentiable.ts";
import { layerValue } from "../model/layer-value.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { LayerSettings, PathOptions } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/**
 * The mean gradient of the output by a layer's value, over the straight way from the baseline to the input:
 * `∫ ∂f/∂h (b + α (x − b)) dα`.
 *
 * `steps` rows an example and explained number. Leino, Sen, Datta, Fredrikson and Li, "Influence-directed explanations for deep
 * convolutional networks", 2018.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { InternalInfluence } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const { attributions } = await new InternalInfluence(model, { layer: "dense1" }).attribute({ image }, { target: 1, steps: 20 });
 * console.log(attributions["dense1"]?.shape); // [1, 64]
 * ```
 */
export class InternalInfluence implements TensorMethod<DifferentiableGraphModel, PathOptions> {
  readonly name = "InternalInfluence";
  readonly model: DifferentiableGraphModel;
  readonly layer: string;

  /** @throws UnsupportedError for a model without gradients or inner values, InvalidArgumentError for a name it does not have. */
  constructor(model: DifferentiableGraphModel, settings: LayerSettings) {
    assertDifferentiableGraphModel(model, "model");
    this.model = model;
    this.layer = settings.layer;
    layerValue(model, this.layer);
  }

  /** @throws InvalidArgumentError for what does not fit the model, for integer inputs, and for steps out of range. */
  async attribute(inputs: Inputs, options: PathOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { steps = 50, quadrature = "gauss-legendre" } = options;
    const { nodes, weights } = quadratureRule(quadrature, steps);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const { values, baselines } = explanation;
    const units = explanation.rows(steps);
    const sums = await explanation.sums(
      {
        units,
        wrt: [this.layer],
        feed: (name, row, out, offset) => {
          const example = explanation.exampleOf(units[row]!);
          interpolateRow(values[name]!, baselines[name]!, example, nodes[row % steps]!, out, offset);
        },
      },
      (row) => weights[row % steps]!,
    );
    return explanation.result(explanation.tensors(sums));
  }

  over(model: DifferentiableGraphModel): InternalInfluence {
    return new InternalInfluence(model, this);
  }
}
