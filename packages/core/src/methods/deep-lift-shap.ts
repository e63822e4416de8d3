import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { copyRow } from "../gradient/host-values.ts";
import { UnitSums } from "../gradient/unit-sums.ts";
import { assertDifferentiableModel } from "../model/assert-model.ts";
import type { DifferentiableModel } from "../model/differentiable.ts";
import { numbersOf } from "../tensor/dtype.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { DeepLiftSettings } from "./deep-lift.ts";
import type { BaselineOptions } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/**
 * DeepLIFT against a distribution of baselines: every row of the baselines stands beside every example, and the attributions are the
 * mean. They sum up to `f(x)` less the mean of `f` over the baselines; SHAP values where the model is linear between them.
 *
 * As many rows an example and explained number as there are baselines. Lundberg and Lee, "A unified approach to interpreting model
 * predictions", 2017.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { DeepLiftShap } from "@attr/core";
 * import { penguins } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", penguins));
 * const x = [[39.1, 18.7, 181, 3750, 0, 0, 1, 0, 1]]; // a bill, a flipper, a weight, an island, a sex
 * const others = [[49.3, 15.7, 217, 5850, 1, 0, 0, 0, 1], [46.5, 17.9, 192, 3500, 0, 1, 0, 1, 0]];
 * const result = await new DeepLiftShap(model).attribute({ x }, { target: 0, baselines: { x: others } });
 * console.log(result.attributions["x"]?.toArray(), result.delta?.toArray());
 * ```
 */
export class DeepLiftShap implements TensorMethod<DifferentiableModel, BaselineOptions> {
  readonly name = "DeepLiftShap";
  readonly baselineRows = "distribution";
  readonly model: DifferentiableModel;
  readonly multiplyByInputs: boolean;
  readonly epsilon: number;

  /** @throws UnsupportedError for a model without gradients. */
  constructor(model: DifferentiableModel, settings: DeepLiftSettings = {}) {
    assertDifferentiableModel(model, "model");
    this.model = model;
    this.multiplyByInputs = settings.multiplyByInputs ?? true;
    this.epsilon = settings.epsilon ?? 1e-10;
  }

  /** @throws InvalidArgumentError for what does not fit the model, and for integer inputs. */
  async attribute(inputs: Inputs, options: BaselineOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options, { distribution: true });
    const { names, values, distribution } = explanation;
    const count = distribution.length;
    const units = explanation.rows(count);
    const sums = Object.fromEntries(names.map((name) => [name, new UnitSums(explanation.units)]));
    await explanation.differentiate({
      units,
      wrt: names,
      rules: { kind: "deepLift", reference: {}, epsilon: this.epsilon },
      reference: (name, row, out, offset) =>
        copyRow(distribution[row % count]![name]!, explanation.exampleOf(units[row]!), out, offset),
      each: ({ begin, count: rows, gradients }) => {
        for (const name of names) {
          const sum = sums[name]!;
          sum.admit(name, gradients[name]!, rows);
          const { data, elements } = sum;
          const [x, multipliers] = [numbersOf(values[name]!.data), numbersOf(gradients[name]!.data)];
          for (let row = 0; row < rows; row++) {
            const unit = units[begin + row]!;
            const base = distribution[(begin + row) % count]![name]!;
            const b = numbersOf(base.data);
            const from = explanation.exampleOf(unit) * elements;
            const start = base.shape[0] === 1 ? 0 : from;
            for (let i = 0; i < elements; i++) {
              const change = this.multiplyByInputs ? x[from + i]! - b[start + i]! : 1;
              data[unit * elements + i]! += (multipliers[row * elements + i]! * change) / count;
            }
          }
        }
      },
    });
    const attributions = explanation.tensors(sums);
    if (!this.multiplyByInputs) return explanation.result(attributions);
    const ends = await explanation.ends();
    return explanation.result(attributions, { ...ends, delta: explanation.gap(attributions, ends.value, ends.baseValue) });
  }

  over(model: DifferentiableModel): DeepLiftShap {
    return new DeepLiftShap(model, this);
  }
}
