import type { AttributionResultJson, ValueInfo } from "@attr/core";
import type { ChannelLayout, ImagePixels } from "@attr/viz";
import type { DeviceName } from "../own-model/device.ts";
import type { MethodSettings } from "../own-model/method-settings.ts";
import type { ModelFiles } from "../own-model/model-files.ts";
import type { ModelReport } from "../own-model/model-report.ts";

/** What an input is filled with. */
export const fills = [
  { name: "random", label: "random numbers, 0 to 1 (integers: 0 to 9)" },
  { name: "zeros", label: "zeros" },
  { name: "ones", label: "ones" },
  { name: "count", label: "0, 1, 2, …" },
  { name: "numbers", label: "numbers of my own" },
  { name: "picture", label: "a picture, 0 to 1" },
  { name: "picture-signed", label: "a picture, −1 to 1" },
] as const;

export type Fill = (typeof fills)[number]["name"];

export interface FeedSettings {
  /** Sizes with commas between: "1, 3, 224, 224". */
  readonly shape: string;
  readonly fill: Fill;
  /** Row by row, with commas or white space between; for `numbers`. */
  readonly numbers: string;
  /** For the two of pictures. */
  readonly picture?: File | undefined;
}

/** What is asked of a model of the user's. */
export interface ModelSettings extends MethodSettings {
  /** By input name. */
  readonly feeds: Readonly<Record<string, FeedSettings>>;
  /** The input that is attributed to; the others are passed as they are. */
  readonly input: string;
  /** An inner value to attribute to in place of the input; empty: none. */
  readonly layer: string;
  /** The output, or an inner value, that is explained. */
  readonly output: string;
  /** One index for every axis but the first, with commas between; or a label where the file lists some; empty: where the output is highest. */
  readonly target: string;
}

export type ModelQuestion = { readonly files: ModelFiles; readonly device: DeviceName } & (
  | { readonly kind: "open" }
  | { readonly kind: "explain"; readonly settings: ModelSettings }
);

export type ModelAnswer =
  | { readonly kind: "opened"; readonly report: ModelReport }
  | { readonly kind: "explained"; readonly explanation: ModelExplanation };

export interface ModelExplanation {
  readonly result: AttributionResultJson;
  /** What is explained, in words: 'output [3] of "logits"'. */
  readonly explained: string;
  /** The highest numbers of the output, with what their places stand for where the files tell. */
  readonly highest: readonly {
    readonly path: readonly number[];
    readonly value: number;
    readonly label?: string | undefined;
  }[];
  /** What the attributed value held. */
  readonly inputs?: { readonly shape: readonly number[]; readonly data: readonly number[] } | undefined;
  readonly picture?: ImagePixels | undefined;
  /** Where channels are in the maps of the result. */
  readonly layout?: ChannelLayout | undefined;
  /** The group of every element of a row, where elements were put together. */
  readonly groups?: readonly number[] | undefined;
}

/** How an input is filled before the user says: free sizes are 1 for the first axis and 8 for the others. */
export function feedAtStart({ shape }: ValueInfo): FeedSettings {
  const sizes = shape?.map((size, axis) => (typeof size === "number" ? size : axis === 0 ? 1 : 8)) ?? [1];
  return { shape: sizes.join(", "), fill: "random", numbers: "" };
}

/** The shape of a value as people read it. */
export function shapeText({ shape }: ValueInfo): string {
  return shape === undefined ? "of unknown shape" : `[${shape.map((size) => size ?? "?").join(", ")}]`;
}

/** Whole numbers with commas or white space between. @throws Error that names what is none. */
export function wholeNumbers(text: string, what: string): readonly number[] {
  return numbersIn(text).map((part) => {
    const value = Number(part);
    if (!Number.isSafeInteger(value) || value < 0)
      throw new Error(`${what} takes whole numbers with commas between, got “${part}”`);
    return value;
  });
}

export function numbersIn(text: string): readonly string[] {
  return text.split(/[\s,;[\]]+/).filter((part) => part !== "");
}
