import { InvalidArgumentError } from "../errors.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import type { RowFeed } from "../gradient/gradient-pass.ts";
import { interpolateRow } from "../gradient/host-values.ts";
import { quadratureRule } from "../gradient/quadrature.ts";
import { assertDifferentiableGraphModel } from "../model/assert-model.ts";
import type { DifferentiableGraphModel } from "../model/differentiable.ts";
import { layerValue } from "../model/layer-value.ts";
import { numbersOf } from "../tensor/dtype.ts";
import { formatShape, stridesOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/tensor.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { LayerSettings, MultiplyByInputs, PathOptions } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a {@link NeuronConductance} is made with, beside the model. */
export interface NeuronConductanceSettings extends LayerSettings, MultiplyByInputs {
  /** Index path of the neuron in the layer's value, without the batch axis. */
  readonly neuron: readonly number[];
}

/**
 * What the inputs contribute to the output by way of one neuron: `(x − b) · ∫ ∂f/∂n · ∂n/∂x dα` along the straight way from the baseline
 * to the input. Over all neurons of a layer that everything passes through, it sums up to integrated gradients.
 *
 * `2 · steps` rows an example and explained number. Dhamdhere, Sundararajan and Yan, "How important is a neuron?", 2019.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { NeuronConductance } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const neuron = new NeuronConductance(model, { layer: "dense1", neuron: [3] });
 * const { attributions } = await neuron.attribute({ image }, { target: 1, steps: 20 });
 * console.log(attributions["image"]?.shape); // what the pixels contribute through unit 3
 * ```
 */
export class NeuronConductance implements TensorMethod<DifferentiableGraphModel, PathOptions> {
  readonly name = "NeuronConductance";
  readonly model: DifferentiableGraphModel;
  readonly layer: string;
  readonly neuron: readonly number[];
  readonly multiplyByInputs: boolean;

  /** @throws UnsupportedError for a model without gradients or inner values, InvalidArgumentError for a name it does not have. */
  constructor(model: DifferentiableGraphModel, settings: NeuronConductanceSettings) {
    assertDifferentiableGraphModel(model, "model");
    this.model = model;
    this.layer = settings.layer;
    this.neuron = settings.neuron;
    this.multiplyByInputs = settings.multiplyByInputs ?? true;
    layerValue(model, this.layer);
    if (!Array.isArray(this.neuron))
      throw new InvalidArgumentError(`neuron must be an index path into the layer, such as [3], got ${String(this.neuron)}`);
  }

  /** @throws InvalidArgumentError for what does not fit the model, for integer inputs, and for steps out of range. */
  async attribute(inputs: Inputs, options: PathOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { steps = 50, quadrature = "gauss-legendre" } = options;
    const { nodes, weights } = quadratureRule(quadrature, steps);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const { names, values, baselines } = explanation;
    const units = explanation.rows(steps);
    const feed: RowFeed = (name, row, out, offset) => {
      const example = explanation.exampleOf(units[row]!);
      interpolateRow(values[name]!, baselines[name]!, example, nodes[row % steps]!, out, offset);
    };
    // How the output changes with the neuron, at every point of every path.
    const slopes = new Float64Array(units.length);
    await explanation.differentiate({
      units,
      wrt: [this.layer],
      feed,
      each: ({ begin, count, gradients }) => {
        const { data, shape } = gradients[this.layer]!;
        const offset = this.#offset(shape);
        const width = data.length / shape[0]!;
        for (let row = 0; row < count; row++) slopes[begin + row] = numbersOf(data)[row * width + offset]!;
      },
    });
    const sums = await explanation.sums(
      {
        units,
        wrt: names,
        feed,
        objective: (rows) => ({ value: this.layer, index: Array.from(rows, () => this.neuron) }),
      },
      (row) => weights[row % steps]! * slopes[row]!,
    );
    if (this.multiplyByInputs) explanation.timesDifference(sums);
    return explanation.result(explanation.tensors(sums));
  }

  over(model: DifferentiableGraphModel): NeuronConductance {
    return new NeuronConductance(model, this);
  }

  #offset(shape: Shape): number {
    const { neuron } = this;
    const inside = neuron.every((index, axis) => Number.isInteger(index) && index >= 0 && index < shape[axis + 1]!);
    if (neuron.length !== shape.length - 1 || !inside)
      throw new InvalidArgumentError(
        `neuron [${neuron.join(", ")}] is no index path into "${this.layer}", whose shape is ${formatShape(shape)}, the batch first`,
      );
    const strides = stridesOf(shape);
    return neuron.reduce((sum, index, axis) => sum + index * strides[axis + 1]!, 0);
  }
}
