import { checkWhole } from "../check-number.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { interpolateRow } from "../gradient/host-values.ts";
import { UnitSums } from "../gradient/unit-sums.ts";
import { assertDifferentiableGraphModel } from "../model/assert-model.ts";
import type { DifferentiableGraphModel } from "../model/differentiable.ts";
import { layerValue } from "../model/layer-value.ts";
import { numbersOf } from "../tensor/dtype.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { BaselineOptions, LayerSettings } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a call of {@link LayerConductance} takes, beside the inputs. */
export interface LayerConductanceOptions extends BaselineOptions {
  /** Pieces of the path, of equal length. @defaultValue 50 */
  readonly steps?: number | undefined;
}

/**
 * What flows through every unit of a layer on the straight way from the baseline to the input: over every piece of the way, the gradient
 * of the output by the layer at its start times the change of the layer's value. Sums up to `f(x) − f(b)` where everything passes
 * through the layer, as the steps become many.
 *
 * `steps + 1` rows an example and explained number. Dhamdhere, Sundararajan and Yan, "How important is a neuron?", 2019.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { LayerConductance } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const result = await new LayerConductance(model, { layer: "dense1" }).attribute({ image }, { target: 1, steps: 20 });
 * console.log(result.attributions["dense1"]?.shape, result.delta?.toArray()); // one number a unit
 * ```
 */
export class LayerConductance implements TensorMethod<DifferentiableGraphModel, LayerConductanceOptions> {
  readonly name = "LayerConductance";
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
  async attribute(inputs: Inputs, options: LayerConductanceOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { steps = 50 } = options;
    checkWhole("steps", steps, 1);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const { values, baselines } = explanation;
    const points = steps + 1;
    const units = explanation.rows(points);
    const sum = new UnitSums(explanation.units);
    // Of the row before, which may have come with the call before.
    let gradientBefore = new Float64Array(0);
    let valueBefore = new Float64Array(0);
    await explanation.differentiate({
      units,
      wrt: [this.layer],
      fetches: [this.layer],
      feed: (name, row, out, offset) => {
        const example = explanation.exampleOf(units[row]!);
        interpolateRow(values[name]!, baselines[name]!, example, (row % points) / steps, out, offset);
      },
      each: ({ begin, count, gradients, values: fetched }) => {
        sum.admit(this.layer, gradients[this.layer]!, count);
        const [gradient, value] = [numbersOf(gradients[this.layer]!.data), numbersOf(fetched[this.layer]!.data)];
        const { data, elements } = sum;
        for (let row = 0; row < count; row++) {
          const at = row * elements;
          if ((begin + row) % points > 0) {
            const to = units[begin + row]! * elements;
            for (let i = 0; i < elements; i++) data[to + i]! += gradientBefore[i]! * (value[at + i]! - valueBefore[i]!);
          }
          gradientBefore = Float64Array.from(gradient.subarray(at, at + elements));
          valueBefore = Float64Array.from(value.subarray(at, at + elements));
        }
      },
    });
    const attributions = explanation.tensors({ [this.layer]: sum });
    const ends = await explanation.ends();
    return explanation.result(attributions, { ...ends, delta: explanation.gap(attributions, ends.value, ends.baseValue) });
  }

  over(model: DifferentiableGraphModel): LayerConductance {
    return new LayerConductance(model, this);
  }
}
