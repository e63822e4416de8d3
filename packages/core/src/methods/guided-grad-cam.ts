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

export interface GuidedGradCamSettings extends LayerSettings {
  /** Whether the channels of the inputs and of the layer are their first axis behind the batch, or their last. @defaultValue "first" */
  readonly channels?: "first" | "last" | undefined;
}

/**
 * Guided backpropagation, times the positive part of Grad-CAM at a convolutional layer, resized to the input by nearest neighbour: fine
 * detail where the evidence for the output lies.
 *
 * Inputs and layer are `[batch, channels, ...places]`, or `[batch, ...places, channels]` with `channels: "last"`. Two rows an example and
 * explained number. Selvaraju et al., "Grad-CAM", 2017.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { GuidedGradCam } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const { attributions } = await new GuidedGradCam(model, { layer: "conv2" }).attribute({ image }, { target: 1 });
 * console.log(attributions["image"]?.shape); // [1, 1, 28, 28]
 * ```
 */
export class GuidedGradCam implements TensorMethod<DifferentiableGraphModel> {
  readonly name = "GuidedGradCam";
  readonly model: DifferentiableGraphModel;
  readonly layer: string;
  readonly channels: "first" | "last";

  /** @throws UnsupportedError for a model without gradients or inner values, InvalidArgumentError for a name it does not have. */
  constructor(model: DifferentiableGraphModel, settings: GuidedGradCamSettings) {
    assertDifferentiableGraphModel(model, "model");
    const { layer, channels = "first" } = settings;
    if (channels !== "first" && channels !== "last")
      throw new InvalidArgumentError(`channels must be "first" or "last", got ${JSON.stringify(channels)}`);
    this.model = model;
    this.layer = layer;
    this.channels = channels;
    layerValue(model, this.layer);
  }

  /** @throws InvalidArgumentError for what does not fit the model, integer inputs, and a layer with other axes than the inputs. */
  async attribute(inputs: Inputs, options: TargetOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { layer } = this;
    const last = this.channels === "last";
    const placesOf = (shape: readonly number[]): readonly number[] => (last ? shape.slice(0, -1) : shape.slice(1));
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
    const channel = last ? inner.length - 1 : 0;
    const map = channelMap({ gradient, activation, inner, channel, variant: "grad-cam", relu: true });
    const guided = await explanation.single({ wrt: explanation.names, rules: { kind: "guided" } });
    for (const { data, inner: own } of Object.values(guided.sums)) {
      const resized = resizeNearest(map, placesOf(inner), placesOf(own));
      const places = sizeOf(placesOf(own));
      const elements = sizeOf(own);
      const beside = last ? own.at(-1)! : 1;
      for (let i = 0; i < data.length; i++)
        data[i]! *= resized[Math.floor(i / elements) * places + (Math.floor(i / beside) % places)]!;
    }
    return explanation.result(explanation.tensors(guided.sums), { value });
  }

  over(model: DifferentiableGraphModel): GuidedGradCam {
    return new GuidedGradCam(model, this);
  }
}
