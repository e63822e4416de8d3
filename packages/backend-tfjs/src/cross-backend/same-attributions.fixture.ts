import {
  type AttributionResult,
  type DifferentiableGraphModel,
  GradCam,
  type HostTensor,
  hostBackend,
  type Inputs,
  InternalInfluence,
  LayerActivation,
  LayerConductance,
  LayerGradientXActivation,
  type Model,
  NeuronConductance,
} from "@attr/core";
import { coreMethods } from "@attr/testing";
import { expect, test } from "vitest";

/** A layer that methods name, of one of the two models. */
export interface Layer {
  readonly name: string;
  /** Which axis of its value holds the channels. */
  readonly channelAxis: number;
}

/** A model of one backend and what is explained of it. */
export interface Side {
  readonly model: Model;
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** What is attributed to, in the order of the other side. */
  readonly attributed: readonly string[];
  readonly layer?: Layer | undefined;
}

/** The same weights on two backends, with inputs of a few examples. */
export interface Twins {
  readonly sides: readonly [onnx: Side, tfjs: Side];
  /** An element of the layer on both sides, without the batch. */
  readonly neuron?: readonly [onnx: readonly number[], tfjs: readonly number[]] | undefined;
  /** What is explained of every example. */
  readonly target: readonly (number | readonly number[])[];
  /** Settings of all methods: baselines, masks. `attributed` are the names of the side. */
  options?(attributed: readonly string[]): Readonly<Record<string, unknown>>;
  /** Window of the occlusion by the place of what is attributed to. */
  readonly windows: readonly (readonly number[])[];
}

/** Methods at a layer, over the layer of the side. */
const atLayer: Readonly<
  Record<string, (model: DifferentiableGraphModel, layer: Layer, neuron: readonly number[] | undefined) => unknown>
> = {
  GradCam: (model, { name, channelAxis }) => new GradCam(model, { layer: name, channelAxis }),
  LayerActivation: (model, { name }) => new LayerActivation(model, { layer: name }),
  LayerGradientXActivation: (model, { name }) => new LayerGradientXActivation(model, { layer: name }),
  LayerConductance: (model, { name }) => new LayerConductance(model, { layer: name }),
  InternalInfluence: (model, { name }) => new InternalInfluence(model, { layer: name }),
  NeuronConductance: (model, { name }, neuron) => new NeuronConductance(model, { layer: name, neuron: neuron ?? [] }),
};

/** Enough for the two backends to part, if they do: what is compared is arithmetic, not how near an estimate is. */
const few: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ShapleyValueSampling: { samples: 2 },
  KernelShap: { samples: 12 },
  Lime: { samples: 12 },
  IntegratedGradients: { steps: 4 },
  GradientShap: { samples: 2 },
  ExpectedGradients: { samples: 2 },
  GuidedIntegratedGradients: { steps: 3 },
  NoiseTunnel: { samples: 2, stdev: 0.02 },
  LayerConductance: { steps: 3 },
  InternalInfluence: { steps: 3 },
  NeuronConductance: { steps: 3 },
};

/** By how much the two may be apart, of the largest attribution. */
const tolerance = 1e-4;

/**
 * A test for every method of core: both sides give the same, within 1e-4 of the largest attribution.
 *
 * @param open gives the models with inputs drawn for a seed. Where rounding puts one of a network's many rectifiers on the other side of
 * its edge, the gradients of that input part; one that is tried again with other inputs is not wrong, one that is wrong is so with all.
 * @param skips methods that are not compared, each with the reason
 */
export function compareAttributions(
  open: (seed: number) => Promise<Twins>,
  {
    skips = {},
    attempts = 1,
  }: { readonly skips?: Readonly<Record<string, string>> | undefined; readonly attempts?: number | undefined } = {},
): void {
  const opened = new Map<number, Promise<Twins>>();
  const twinsOf = (seed: number): Promise<Twins> => {
    const twins = opened.get(seed) ?? open(seed);
    opened.set(seed, twins);
    return twins;
  };
  for (const method of Object.keys(coreMethods))
    test(method, async (context) => {
      const reason = skips[method];
      if (reason !== undefined) return context.skip(reason);
      let apart = Number.POSITIVE_INFINITY;
      for (let seed = 1; seed <= attempts && apart > tolerance; seed++)
        apart = Math.min(apart, await distance(method, await twinsOf(seed)));
      expect(apart).toBeLessThanOrEqual(tolerance);
    });
}

/** The largest difference between what a method says on both sides, of the largest attribution. */
async function distance(method: string, twins: Twins): Promise<number> {
  const results: AttributionResult[] = [];
  // All but the exchange between examples is the same for each of them.
  const examples = method === "FeaturePermutation" ? twins.target.length : 1;
  for (const [at, side] of twins.sides.entries()) {
    // What a method needs of a model it asks for itself.
    const model = side.model as DifferentiableGraphModel;
    const layered = atLayer[method];
    if (layered !== undefined && side.layer === undefined) throw new Error(`${method} has no layer to name`);
    // What the methods have in common; settings of others are of no effect.
    const made = (layered === undefined ? coreMethods[method]!.make(model) : layered(model, side.layer!, twins.neuron?.[at])) as {
      attribute(inputs: Inputs, options: object): Promise<AttributionResult>;
    };
    const window = Object.fromEntries(side.attributed.map((name, i) => [name, twins.windows[i]]));
    results.push(
      await made.attribute(Object.fromEntries(Object.entries(side.inputs).map(([name, rows]) => [name, first(rows, examples)])), {
        target: twins.target.slice(0, examples),
        ...twins.options?.(side.attributed),
        ...(method === "Occlusion" ? { window, strides: window, featureMask: undefined } : few[method]),
      }),
    );
  }
  const [onnx, tfjs] = results.map((result, at) => numbersOf(result, twins.sides[at]!));
  expect(tfjs!.map(({ shape }) => shape)).toEqual(onnx!.map(({ shape }) => shape));
  const largest = Math.max(...onnx!.map(({ most }) => most));
  expect(largest).toBeGreaterThan(0);
  let apart = 0;
  for (const [i, { data }] of onnx!.entries())
    for (let at = 0; at < data.length; at++) apart = Math.max(apart, Math.abs(data[at]! - tfjs![i]!.data[at]!) / largest);
  return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
}

function first({ data, shape, dtype }: HostTensor, rows: number): HostTensor {
  const width = data.length / shape[0]!;
  return hostBackend.fromData(data.slice(0, rows * width), [rows, ...shape.slice(1)], dtype) as HostTensor;
}

/** The attributions in the order of what is attributed to; those of a layer with its channels last. */
function numbersOf(
  { attributions }: AttributionResult,
  { attributed, layer }: Side,
): { readonly shape: readonly number[]; readonly data: Float64Array; readonly most: number }[] {
  const names = layer !== undefined && Object.hasOwn(attributions, layer.name) ? [layer.name] : attributed;
  return names.map((name) => {
    const given = attributions[name]!;
    const rank = given.shape.length;
    const isFirst = name === layer?.name && layer.channelAxis === 1 && rank > 2;
    const turned = isFirst ? hostBackend.transpose(given, [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]) : given;
    const { data, shape } = turned as HostTensor; // the host backend gives those
    const numbers = Float64Array.from(data as ArrayLike<number>, Number);
    return { shape, data: numbers, most: numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
  });
}
