import { InvalidArgumentError } from "../errors.ts";
import { type ClassActivationMap, channelMap } from "../gradient/channel-map.ts";
import { GradientExplanation } from "../gradient/gradient-explanation.ts";
import { assertDifferentiableGraphModel } from "../model/assert-model.ts";
import type { DifferentiableGraphModel } from "../model/differentiable.ts";
import { layerValue } from "../model/layer-value.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { formatShape } from "../tensor/shape.ts";
import type { AttributionResult } from "./attribution-result.ts";
import type { LayerSettings } from "./gradient-options.ts";
import type { TensorMethod } from "./method.ts";
import type { Inputs, TargetOptions } from "./options.ts";
import { methodScope } from "./tensor-explanation.ts";

/** What a {@link GradCam} is made with, beside the model. */
export interface GradCamSettings extends LayerSettings {
  /** Keeps only what speaks for the output. @defaultValue false */
  readonly relu?: boolean | undefined;
  /**
   * How channels are weighed: by the mean of their gradient ("grad-cam"), place by place by the gradient ("hires-cam") or by its positive
   * part ("layer-cam"), or by the positive gradient's weighted mean ("grad-cam++").
   * @defaultValue "grad-cam"
   */
  readonly variant?: ClassActivationMap | undefined;
  /** Which axis of the layer's value holds the channels. @defaultValue 1 */
  readonly channelAxis?: number | undefined;
}

/**
 * Where in a convolutional layer the evidence for the output lies: the layer's channels, weighed by the output's gradient and summed up.
 * The result has the layer's shape with one channel, under the layer's name; `GuidedGradCam` brings it to the size of the input.
 *
 * One row an example and explained number. Selvaraju et al., "Grad-CAM", 2017; Chattopadhyay et al., "Grad-CAM++", 2018; Jiang et al.,
 * "LayerCAM", 2021; Draelos and Carin, "HiResCAM", 2020.
 *
 * @example
 * ```ts
 * import { OnnxModel } from "@attr/backend-onnx";
 * import { GradCam } from "@attr/core";
 * import { digits } from "@attr/models";
 *
 * await using model = await OnnxModel.load(new URL("onnx/model.onnx", digits));
 * const row = (y: number) => Array.from({ length: 28 }, (_, x) => (x === 14 && y > 4 && y < 24 ? 1 : 0));
 * const image = [[Array.from({ length: 28 }, (_, y) => row(y))]]; // a stroke: a one
 * const { attributions } = await new GradCam(model, { layer: "conv2" }).attribute({ image }, { target: 1 });
 * console.log(attributions["conv2"]?.shape); // [1, 1, 14, 14]
 * ```
 */
export class GradCam implements TensorMethod<DifferentiableGraphModel> {
  readonly name = "GradCam";
  readonly model: DifferentiableGraphModel;
  readonly layer: string;
  readonly relu: boolean;
  readonly variant: ClassActivationMap;
  readonly channelAxis: number;

  /** @throws UnsupportedError for a model without gradients or inner values, InvalidArgumentError for a name it does not have. */
  constructor(model: DifferentiableGraphModel, settings: GradCamSettings) {
    assertDifferentiableGraphModel(model, "model");
    this.model = model;
    this.layer = settings.layer;
    this.relu = settings.relu ?? false;
    this.variant = settings.variant ?? "grad-cam";
    this.channelAxis = settings.channelAxis ?? 1;
    layerValue(model, this.layer);
  }

  /** @throws InvalidArgumentError for inputs or a target that do not fit the model, and for a layer without channels. */
  async attribute(inputs: Inputs, options: TargetOptions = {}): Promise<AttributionResult> {
    using _scope = methodScope(this.name, this.model);
    const { layer, channelAxis, variant, relu } = this;
    const explanation = await GradientExplanation.of(this.name, this.model, inputs, options, { inner: true });
    const { sums, fetched, value } = await explanation.single({ wrt: [layer], fetches: [layer] });
    const { data: gradient, inner } = sums[layer]!;
    if (!Number.isInteger(channelAxis) || channelAxis < 1 || channelAxis > inner.length)
      throw new InvalidArgumentError(
        `channelAxis ${channelAxis} is no axis of "${layer}", whose rows have shape ${formatShape(inner)}: axis 0 is the batch`,
      );
    const data = channelMap({ gradient, activation: fetched[layer]!.data, inner, channel: channelAxis - 1, variant, relu });
    const shape = inner.map((length, axis) => (axis === channelAxis - 1 ? 1 : length));
    const map = new HostTensor(data, [explanation.examples, ...explanation.plan.shape, ...shape], "float64");
    return explanation.result({ [layer]: map }, { value });
  }

  over(model: DifferentiableGraphModel): GradCam {
    return new GradCam(model, this);
  }
}
