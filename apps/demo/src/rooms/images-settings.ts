import type { AttributionResultJson } from "@attr/core";
import type { ImageBaseline, ImagePreprocessing, RankedClass, RgbaPixels } from "@attr/inputs";
import type { ImagePixels } from "@attr/viz";
import { besideFromAddress, besideToAddress } from "../compare/compared-methods.ts";
import type { Folder } from "../files/model-folder.ts";
import { baselineIn, baselineText } from "../inputs/baseline-text.ts";
import { type Drawing, drawingSide } from "../inputs/drawing.ts";
import { type MaskSettings, maskIn, maskText } from "../inputs/mask-settings.ts";
import { packBytes, unpackBytes } from "../inputs/packed-bytes.ts";
import { type ImageMethodName, imageMethodList, imageMethodNamed, samplesAtStart } from "../methods/image-method-list.ts";

/** What is asked of a classifier of pictures. */
export interface ImageSettings {
  /** A classifier of the user's own; absent: the model of digits. */
  readonly folder: Folder | undefined;
  /** What the model of digits reads. */
  readonly drawing: Drawing;
  /** What a classifier of the user's own reads. */
  readonly picture: RgbaPixels | undefined;
  /** The class that is explained, by its index; -1: the one that the model is surest of. */
  readonly target: number;
  readonly method: ImageMethodName;
  /** Methods that are shown beside it. */
  readonly beside: readonly ImageMethodName[];
  readonly samples: number;
  readonly steps: number;
  readonly window: number;
  readonly noise: number;
  /** The layer of Grad-CAM; empty: the last one. */
  readonly layer: string;
  readonly baseline: ImageBaseline;
  readonly mask: MaskSettings;
}

/** What a classifier is like. */
export interface ImageModelFacts {
  /** As its folder is called. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly preprocessing: ImagePreprocessing;
  /** The layers that have a map for every channel, in the order they are computed. */
  readonly layers: readonly string[];
  /** Why it cannot be differentiated by its picture; absent where it can. */
  readonly noGradient?: string | undefined;
}

/** Why a model took a picture for what it did: what a saved file holds. */
export interface ImageExplanation {
  readonly schema: "attr.image/1";
  /** The classes it is surest of, the surest first. */
  readonly classes: readonly RankedClass[];
  /** The class that is explained. */
  readonly target: RankedClass;
  /** What the model's output is measured in. */
  readonly unit: string;
  /** The picture as the model sees it. */
  readonly picture: ImagePixels;
  /** Where the scores' channels are. */
  readonly layout: ImagePreprocessing["layout"];
  /** The parts that were taken away together, where there were any: a number for every pixel. */
  readonly parts?: readonly number[] | undefined;
  /** Absent while only the classes are known. */
  readonly result?: AttributionResultJson | undefined;
}

export interface ImageAnswer {
  readonly model: ImageModelFacts;
  /** Absent where there is no picture yet. */
  readonly explanation?: ImageExplanation | undefined;
}

/** What is asked before anything was said, beside the drawing, which comes with the examples. */
export const imageStart: Omit<ImageSettings, "drawing"> = {
  folder: undefined,
  picture: undefined,
  target: -1,
  method: "integrated-gradients",
  beside: [],
  samples: 100,
  steps: 30,
  window: 5,
  noise: 15,
  layer: "",
  baseline: { kind: "black" },
  mask: { kind: "grid", across: 7, down: 7 },
};

const numbers = ["samples", "steps", "window", "noise"] as const;
const limits = { samples: 10_000, steps: 1000, window: 256, noise: 100 } as const;

/** What an address says, in the words of {@link imageToAddress}; what it does not say is as at the start. */
export function imageFromAddress(parameters: URLSearchParams, start: ImageSettings): ImageSettings {
  const method = imageMethodNamed(parameters.get("method") ?? start.method).name;
  const number = (name: (typeof numbers)[number], otherwise = start[name]): number => {
    const value = Number(parameters.get(name) ?? "");
    return Number.isInteger(value) && value >= 1 && value <= limits[name] ? value : otherwise;
  };
  const target = parameters.get("target") ?? "";
  return {
    ...start,
    drawing: unpackBytes(parameters.get("drawing") ?? "", drawingSide * drawingSide) ?? start.drawing,
    target: /^\d{1,6}$/.test(target) ? Number(target) : start.target,
    method,
    beside: besideFromAddress(parameters.get("beside"), method, imageMethodList),
    samples: number("samples", samplesAtStart(method)),
    steps: number("steps"),
    window: number("window"),
    noise: number("noise"),
    layer: parameters.get("layer") ?? start.layer,
    baseline: baselineIn(parameters.get("baseline")) ?? start.baseline,
    mask: maskIn(parameters.get("mask")) ?? start.mask,
  };
}

/** The question as an address; a folder and a picture of the user's own are in none. */
export function imageToAddress(settings: ImageSettings): URLSearchParams {
  const parameters = new URLSearchParams();
  const put = (name: string, value: string, start: string): void => {
    if (value !== start) parameters.set(name, value);
  };
  if (settings.folder === undefined) parameters.set("drawing", packBytes(settings.drawing));
  put("target", String(settings.target), String(imageStart.target));
  put("method", settings.method, imageStart.method);
  put("beside", besideToAddress(settings.beside), "");
  const usual = { ...imageStart, samples: samplesAtStart(settings.method) };
  for (const name of numbers) put(name, String(settings[name]), String(usual[name]));
  put("layer", settings.layer, imageStart.layer);
  put("baseline", baselineText(settings.baseline), baselineText(imageStart.baseline));
  put("mask", maskText(settings.mask), maskText(imageStart.mask));
  return parameters;
}
