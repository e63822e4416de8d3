import {
  type DifferentiableGraphModel,
  fromLayer,
  type HostTensor,
  NoiseTunnel,
  type TargetOptions,
  type TensorMethod,
} from "@attr/core";
import { wholeNumbers } from "../rooms/model-settings.ts";
import { makeBaseline } from "./make-baseline.ts";
import { makeGroups } from "./make-groups.ts";
import type { MethodSettings } from "./method-settings.ts";
import { modelMethodEntry, modelMethodNamed } from "./model-methods.ts";
import { pictureAxes } from "./picture-axes.ts";

/** What one input is explained by. */
export interface MethodQuestion {
  /** Its input, bound to the others and up to the output that is explained. */
  readonly model: DifferentiableGraphModel;
  readonly input: string;
  readonly value: HostTensor;
  /** An inner value to attribute to; empty: none. */
  readonly layer: string;
  readonly settings: MethodSettings;
}

/** A method that is ready to be asked, and what it is asked with beside the target. */
export interface MadeMethod {
  readonly method: Pick<TensorMethod<DifferentiableGraphModel, TargetOptions>, "attribute">;
  readonly options: object;
  /** Which elements of the input are one feature, where not each is. */
  readonly groups: HostTensor<"int32"> | undefined;
  /** Whether the channels of maps are their first axis behind the batch, or their last. */
  readonly channels: "first" | "last";
}

/**
 * The method that the settings ask for, with its options.
 *
 * @throws Error, or one of core's, that names the setting that is wrong.
 */
export function makeMethod({ model, input, value, layer, settings }: MethodQuestion): MadeMethod {
  const listed = modelMethodNamed(settings.method);
  if (listed.atLayer && layer === "") throw new Error(`${listed.label} is about a layer: name one, or choose it in the graph`);
  const at = layer === "" || listed.atLayer ? model : fromLayer(model, layer);
  const name = settings.method;
  const channels = channelsOf(model, value.shape);
  const plain = modelMethodEntry(name).create(at, { layer, layout: `channels-${channels}` });
  const groups = listed.groups ? groupsAt(settings, value, layer) : undefined;
  const noisy = listed.noise && settings.noise !== "none";
  const many = listed.baseline === "rows";
  // Random rows are not on offer for methods that take one.
  const isZero = settings.baseline === "zeros" || (settings.baseline === "draws" && !many);
  const options = {
    ...(listed.settings.includes("samples") && { samples: settings.samples }),
    ...(listed.settings.includes("steps") && { steps: settings.steps }),
    // Left out they are zeros, at the layer where there is one and for whole numbers too.
    ...(listed.baseline !== undefined && !isZero && { baselines: { [input]: makeBaseline(value, settings, many) } }),
    ...(groups !== undefined && { featureMask: { [input]: groups } }),
    ...(name === "occlusion" && windowOf(settings, value.shape, layer)),
    // The tunnel hands the method's own options on.
    ...(noisy && noiseOf(settings)),
  };
  return {
    method: noisy ? new NoiseTunnel(plain as TensorMethod<DifferentiableGraphModel, TargetOptions>) : plain,
    options,
    groups,
    channels,
  };
}

function groupsAt(settings: MethodSettings, value: HostTensor, layer: string): HostTensor<"int32"> | undefined {
  if (layer !== "" && settings.grouping !== "elements")
    throw new Error("elements are put together at the input only: name no layer, or take every element by itself");
  return makeGroups(value.shape, settings);
}

/** The channels lie last in TensorFlow.js, as they do in the input where that is a picture; else first. */
function channelsOf(model: DifferentiableGraphModel, input: readonly number[]): MadeMethod["channels"] {
  const axes = pictureAxes(input);
  const last = axes === undefined ? model.backend.name === "tfjs" : !axes.channelsFirst;
  return last ? "last" : "first";
}

function noiseOf({ noise, noiseSamples, deviation }: MethodSettings): object {
  const stdev = Number(deviation);
  if (deviation.trim() === "" || !(stdev >= 0))
    throw new Error(`the noise takes a standard deviation from 0 up, got “${deviation}”`);
  const types = { none: "smoothgrad", smoothgrad: "smoothgrad", smoothgradSquared: "smoothgrad_sq", vargrad: "vargrad" } as const;
  return { type: types[noise], samples: noiseSamples, stdev };
}

/** Axes that are this long have windows. */
const longAxis = 5;

function windowOf({ window, strides }: MethodSettings, shape: readonly number[], layer: string): object {
  if (layer !== "") throw new Error("Occlusion slides over the input: name no layer");
  const sizes = shape.slice(1);
  const lengths = (text: string, what: string): readonly number[] | undefined => {
    if (text.trim() === "") return undefined;
    const given = wholeNumbers(text, what);
    if (given.length !== 1 && given.length !== sizes.length)
      throw new Error(`${what} takes one number, or ${sizes.length} for the axes behind the first; got ${given.length}`);
    return given.length === 1 ? sizes.map((size) => Math.min(size, given[0]!)) : given;
  };
  const own = lengths(window, "the window") ?? sizes.map((size) => (size >= longAxis ? Math.round(size / 5) : size));
  const steps = lengths(strides, "the window's step") ?? own.map((size) => Math.max(1, Math.floor(size / 2)));
  return { window: own, strides: steps.map((step, axis) => Math.max(1, Math.min(step, own[axis]!))) };
}
