import { InvalidArgumentError } from "../errors.ts";
import { channelMap } from "../gradient/channel-map.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { resizeNearest } from "../gradient/resize-nearest.ts";
import { assertDifferentiableGraphModel } from "../model/assert-model.ts";
import type { DifferentiableGraphModel } from "../model/differentiable.ts";
import { layerValue } from "../model/layer-value.ts";
import { formatShape, sizeOf } from "../tensor/shape.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { LayerSettings } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/**
 * Guided backpropagation, times the positive part of Grad-CAM at a convolutional layer, resized to the input by nearest neighbour: fine
 * detail where the evidence for the output lies.
 *
 * Inputs and layer are `[batch, channels, ...places]`. Two rows an example and explained number. Selvaraju et al., "Grad-CAM", 2017.
 */
export class GuidedGradCam implements TensorMethod<DifferentiableGraphModel> {
  readonly name = "GuidedGradCam";
  readonly model: DifferentiableGraphModel;
  readonly layer: string;

  /** @throws UnsupportedError for a model without gradients or inner values, InvalidArgumentError for a name it does not have. */
  constructor(model: DifferentiableGraphModel, settings: LayerSettings) {
    assertDifferentiableGraphModel(model, "model");
    this.model = model;
    this.layer = settings.layer;
    layerValue(model, this.layer);
  }

  /** @throws InvalidArgumentError for what does not fit the model, integer inputs, and a layer with other axes than the inputs. */
  async attribute(inputs: Inputs, options: TargetOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { layer } = this;
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options);
    const { sums, fetched, value } = await explanation.single({ wrt: [layer], fetches: [layer] });
    const { data: gradient, inner } = sums[layer]!;
    for (const [name, { shape }] of Object.entries(explanation.values))
      if (shape.length !== inner.length + 1 || inner.length < 2)
        throw new InvalidArgumentError(
          `"${layer}" has rows of shape ${formatShape(inner)}, and input "${name}" ${formatShape(shape.slice(1))}: ` +
            "both must be channels and the same number of further axes",
        );
    const activation = fetched[layer]!.data;
    const map = channelMap({ gradient, activation, inner, channel: 0, variant: "grad-cam", relu: true });
    const guided = await explanation.single({ wrt: explanation.names, rules: { kind: "guided" } });
    for (const { data, inner: own } of Object.values(guided.sums)) {
      const resized = resizeNearest(map, inner.slice(1), own.slice(1));
      const places = sizeOf(own.slice(1));
      const elements = sizeOf(own);
      for (let i = 0; i < data.length; i++) data[i]! *= resized[Math.floor(i / elements) * places + (i % places)]!;
    }
    return explanation.result(explanation.tensors(guided.sums), { value });
  }

  over(model: DifferentiableGraphModel): GuidedGradCam {
    return new GuidedGradCam(model, this);
  }
}
