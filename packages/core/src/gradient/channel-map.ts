import { InvalidArgumentError } from "../errors.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/tensor.ts";

/** How a class activation map weighs channels. */
export type ClassActivationMap = "grad-cam" | "grad-cam++" | "hires-cam" | "layer-cam";

interface ChannelMap {
  /** Gradients and values of the layer, `[units, ...inner]`. */
  readonly gradient: Float64Array;
  readonly activation: Float64Array;
  readonly inner: Shape;
  /** Axis of `inner` that holds the channels. */
  readonly channel: number;
  readonly variant: ClassActivationMap;
  readonly relu: boolean;
}

/** A layer's channels weighed and summed up, `[units, ...inner]` with one channel. */
export function channelMap({ gradient, activation, inner, channel, variant, relu }: ChannelMap): Float64Array {
  const weigh = weights[variant];
  if (weigh === undefined)
    throw new InvalidArgumentError(
      `variant must be "grad-cam", "grad-cam++", "hires-cam" or "layer-cam", got ${JSON.stringify(variant) ?? String(variant)}`,
    );
  const channels = inner[channel]!;
  const after = sizeOf(inner.slice(channel + 1));
  const places = sizeOf(inner.slice(0, channel)) * after;
  const elements = channels * places;
  const units = elements === 0 ? 0 : gradient.length / elements;
  const map = new Float64Array(units * places);
  const [g, a] = [new Float64Array(places), new Float64Array(places)];
  for (let unit = 0; unit < units; unit++) {
    for (let c = 0; c < channels; c++) {
      for (let place = 0; place < places; place++) {
        const at = unit * elements + (Math.floor(place / after) * channels + c) * after + (place % after);
        g[place] = gradient[at]!;
        a[place] = activation[at]!;
      }
      weigh(g, a);
      for (let place = 0; place < places; place++) map[unit * places + place]! += g[place]! * a[place]!;
    }
  }
  if (relu) for (let i = 0; i < map.length; i++) map[i] = Math.max(0, map[i]!);
  return map;
}

/** Turn one channel's gradients into the weights of its places. */
const weights: { readonly [V in ClassActivationMap]: (gradient: Float64Array, activation: Float64Array) => void } = {
  "grad-cam": (gradient) => {
    let sum = 0;
    for (const value of gradient) sum += value;
    gradient.fill(sum / gradient.length);
  },
  "hires-cam": () => {},
  "layer-cam": (gradient) => {
    for (let i = 0; i < gradient.length; i++) gradient[i] = Math.max(0, gradient[i]!);
  },
  "grad-cam++": (gradient, activation) => {
    let total = 0;
    for (const value of activation) total += value;
    let weight = 0;
    for (const g of gradient) {
      const divisor = 2 * g * g + total * g * g * g;
      if (g > 0 && divisor !== 0) weight += ((g * g) / divisor) * g;
    }
    gradient.fill(weight);
  },
};
