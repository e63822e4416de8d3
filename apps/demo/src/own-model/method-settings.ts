import type { ModelMethodName } from "./model-methods.ts";

/** What stands for what is absent. */
export const baselines = [
  { name: "zeros", label: "zeros" },
  { name: "number", label: "one number everywhere" },
  { name: "mean", label: "the input's own mean, channel by channel" },
  { name: "blurred", label: "the input, blurred (pictures)" },
  { name: "numbers", label: "numbers of my own" },
  { name: "draws", label: "random rows within the input's range" },
] as const;

export type BaselineName = (typeof baselines)[number]["name"];

export interface BaselineSettings {
  readonly baseline: BaselineName;
  /** For `number`. */
  readonly baselineNumber: string;
  /** Row by row, for `numbers`: as many as the input has, or several times as many for methods that take many baselines. */
  readonly baselineNumbers: string;
  /** Rows, for `draws`. */
  readonly draws: number;
}

/** Which elements are one feature. */
export const groupings = [
  { name: "elements", label: "every element by itself" },
  { name: "rows", label: "every row: all that follow the first index" },
  { name: "squares", label: "squares of a picture, all channels together" },
  { name: "numbers", label: "groups of my own: a whole number for every element" },
] as const;

export type GroupingName = (typeof groupings)[number]["name"];

export interface GroupingSettings {
  readonly grouping: GroupingName;
  /** Pixels along a side, for `squares`. */
  readonly square: number;
  /** For `numbers`. */
  readonly groupNumbers: string;
}

/** What becomes of noisy copies. */
export const noises = [
  { name: "none", label: "none" },
  { name: "smoothgrad", label: "the mean of noisy copies (SmoothGrad)" },
  { name: "smoothgradSquared", label: "the mean of their squares" },
  { name: "vargrad", label: "their variance (VarGrad)" },
] as const;

export type NoiseName = (typeof noises)[number]["name"];

export interface NoiseSettings {
  readonly noise: NoiseName;
  readonly noiseSamples: number;
  /** Standard deviation, in the input's unit. */
  readonly deviation: string;
}

/** How a model of the user's is explained. */
export interface MethodSettings extends BaselineSettings, GroupingSettings, NoiseSettings {
  readonly method: ModelMethodName;
  /** Methods that are shown beside it. */
  readonly beside: readonly ModelMethodName[];
  readonly samples: number;
  readonly steps: number;
  /** The sizes of Occlusion's window behind the first axis, with commas between; empty: a fifth of every long axis. */
  readonly window: string;
  /** As the window. Empty: half of it. */
  readonly strides: string;
}

export const methodSettingsAtStart: Omit<MethodSettings, "method"> = {
  beside: [],
  samples: 25,
  steps: 20,
  baseline: "zeros",
  baselineNumber: "0.5",
  baselineNumbers: "",
  draws: 8,
  grouping: "elements",
  square: 4,
  groupNumbers: "",
  noise: "none",
  noiseSamples: 10,
  deviation: "0.1",
  window: "",
  strides: "",
};
