import type { Stdev } from "../gradient/noise.ts";
import type { Quadrature } from "../gradient/quadrature.ts";
import type { AxisLengths } from "../methods/occlusion.ts";
import type { Baselines } from "../model/baselines.ts";
import type { FeatureMask } from "../model/feature-mask.ts";
import type { TensorLike } from "../tensor/tensor.ts";

/** All that methods of the catalogue let one set, by name; each takes those that its entry lists. */
export interface MethodSettings {
  /** What stands for an absent feature, by input name. @defaultValue 0 */
  readonly baselines?: Baselines | undefined;
  /** Which elements are one feature, by input name. @defaultValue every element is one */
  readonly featureMask?: FeatureMask | undefined;
  /** The size of the window that is covered, for every axis but the first. */
  readonly window?: AxisLengths | Readonly<Record<string, AxisLengths>> | undefined;
  /** How far the window moves at a time. @defaultValue 1 */
  readonly strides?: AxisLengths | Readonly<Record<string, AxisLengths>> | undefined;
  /** Ways to cut the input into regions, by input name. @defaultValue grids of squares */
  readonly segments?: readonly Readonly<Record<string, TensorLike>>[] | undefined;
  /** How many samples are drawn. @defaultValue the method's own */
  readonly samples?: number | undefined;
  /** Starts the stream of random numbers. @defaultValue 0 */
  readonly seed?: number | undefined;
  /** Points of the path. @defaultValue the method's own */
  readonly steps?: number | undefined;
  /** How the points of the path lie and weigh. @defaultValue "gauss-legendre" */
  readonly quadrature?: Quadrature | undefined;
  /** Standard deviation of the noise, in the input's unit. @defaultValue the method's own */
  readonly stdev?: Stdev | undefined;
  /** Multiplies by the input's distance from its baseline. @defaultValue true */
  readonly multiplyByInputs?: boolean | undefined;
  /** Gives the gradient's size without its sign. @defaultValue true */
  readonly abs?: boolean | undefined;
  /** Keeps only what speaks for the output. @defaultValue false */
  readonly relu?: boolean | undefined;
  /** Differences below it are taken for none. @defaultValue 1e-10 */
  readonly epsilon?: number | undefined;
  /** Standard deviation of the strongest blur, in pixels. @defaultValue 50 */
  readonly maxSigma?: number | undefined;
  /** Where channels are. @defaultValue "channels-first" */
  readonly layout?: "channels-first" | "channels-last" | undefined;
  /** The inner value that the method is about; a list where one call reads several. Needed where an entry lists it. */
  readonly layer?: string | readonly string[] | undefined;
  /** Index path of the neuron in the layer, without the first axis. Needed where an entry lists it. */
  readonly neuron?: readonly number[] | undefined;
}

/** The name of something that a method lets one set. */
export type SettingName = keyof MethodSettings;

/**
 * A setting as data, of which forms, command lines and schemas are made. `tensors`: a number or a tensor, for all inputs or by name;
 * `tensor-lists`: a list of tensors by name; `lengths`: a whole number for every axis but the first.
 */
export type Setting = {
  /** What it does, in a few words. */
  readonly help: string;
  /** What it is where it is left out, if that is the same for every method. */
  readonly default?: number | string | boolean | undefined;
} & (
  | {
      readonly kind: "number";
      readonly minimum?: number | undefined;
      readonly maximum?: number | undefined;
      readonly integer?: boolean | undefined;
    }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "boolean" | "text" | "tensors" | "tensor-lists" | "lengths" }
);

const quadratures: readonly Quadrature[] = ["gauss-legendre", "riemann-left", "riemann-middle", "riemann-right", "trapezoid"];

/** What methods let one set, by name. Bounds are what a number can be and still be computed in reasonable time. */
export const methodSettings: Readonly<Record<SettingName, Setting>> = {
  baselines: {
    kind: "tensors",
    default: 0,
    help: "what stands for an absent feature: a number, or by input name a number or a tensor",
  },
  featureMask: { kind: "tensors", help: "which elements are one feature: by input name a tensor of whole numbers" },
  window: { kind: "lengths", help: "the size of the window: one length an axis but the first, or such by input name" },
  strides: { kind: "lengths", default: 1, help: "how far the window moves at a time, as window is given" },
  segments: { kind: "tensor-lists", help: "ways to cut the input into regions: each by input name a tensor of whole numbers" },
  samples: { kind: "number", minimum: 1, maximum: 100_000, integer: true, help: "how many samples are drawn" },
  seed: { kind: "number", minimum: 0, integer: true, default: 0, help: "makes sampling repeatable" },
  steps: { kind: "number", minimum: 1, maximum: 10_000, integer: true, help: "points of the path" },
  quadrature: {
    kind: "choice",
    choices: quadratures,
    default: "gauss-legendre",
    help: "how the points of the path lie and weigh",
  },
  stdev: { kind: "number", minimum: 0, help: "standard deviation of the noise" },
  multiplyByInputs: {
    kind: "boolean",
    default: true,
    help: "false: how sensitive the output is, in place of what adds up to its change",
  },
  abs: { kind: "boolean", default: true, help: "false: signed gradients" },
  relu: { kind: "boolean", default: false, help: "false: keeps what speaks against the target" },
  epsilon: { kind: "number", minimum: 0, default: 1e-10, help: "differences below it are taken for none" },
  maxSigma: { kind: "number", minimum: 0, default: 50, help: "the strongest blur, in pixels" },
  layout: {
    kind: "choice",
    choices: ["channels-first", "channels-last"],
    default: "channels-first",
    help: "where channels are",
  },
  layer: { kind: "text", help: "name of the inner value that the method is about" },
  neuron: { kind: "lengths", help: "place of the neuron in the layer, without the first axis" },
};
