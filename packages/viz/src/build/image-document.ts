import { type AttributionResult, InvalidArgumentError } from "@attr/core";
import type { ImageDocument, ImagePanel } from "../documents/image-document.ts";
import { picturePixels } from "./picture-pixels.ts";
import { type ChannelLayout, type Planes, planesOf } from "./planes.ts";
import {
  checkPart,
  examplesOf,
  type HeadOptions,
  headOf,
  inputNamed,
  inputShape,
  type PartOptions,
  partOf,
  type TensorLike,
  valuesOf,
} from "./result-part.ts";

/** How an image result is drawn; what is not here is as in {@link ImageDocument}. */
export interface ImageDocumentOptions
  extends HeadOptions,
    PartOptions,
    Pick<ImageDocument, "overlay" | "sign" | "scaling" | "scale" | "outlierPercent"> {
  /** The input, where the result has several. */
  readonly input?: string | undefined;
  /** The picture that was explained: `[h, w]`, `[c, h, w]` or `[h, w, c]`, or such with examples before; of 0 to 1 or 0 to 255. */
  readonly picture?: TensorLike | undefined;
  /** Where channels are. @defaultValue last where only the last axis is of four or less, else first */
  readonly layout?: ChannelLayout | undefined;
  /** One map of the channels' sum, or one map each. @defaultValue "sum" */
  readonly channels?: "sum" | "each" | undefined;
  /** What channels are called. @defaultValue "channel 0", "channel 1", … */
  readonly channelNames?: readonly string[] | undefined;
  /** The mask the method was given, so that a segment's score is counted once in the sum. */
  readonly featureMask?: TensorLike | undefined;
}

/**
 * What an image result shows: `toSvg(imageDocument(result, { picture }))`. The result's input has shape `[n, h, w]`, `[n, c, h, w]` or
 * `[n, h, w, c]`; one example is shown.
 *
 * @throws InvalidArgumentError where the attributions have no picture's shape, or the example, output or input is none of the result's.
 */
export function imageDocument(result: AttributionResult, options: ImageDocumentOptions = {}): ImageDocument {
  const part = checkPart(result, options);
  const panels = panelsOf(result, options);
  return documentOf(headOf(result, part.example, options), panels, options, valuesOf(result, part));
}

/**
 * Several results side by side, a panel each: layers (each map in its own size, drawn over the same picture), methods, targets. Each
 * panel tells its own sum and base value; `scale` is "each" unless asked for, as layers and methods differ in strength.
 *
 * @throws InvalidArgumentError as {@link imageDocument} does; layers are summed over their channels.
 */
export function imagesDocument(
  results: Readonly<Record<string, AttributionResult>>,
  options: ImageDocumentOptions = {},
): ImageDocument {
  const named = Object.entries(results);
  const first = named[0]?.[1];
  if (first === undefined) throw new InvalidArgumentError("results must hold at least one result");
  const methods = [...new Set(named.map(([, { method }]) => method))];
  const head = headOf(first, options.example ?? 0, options);
  const panels = named.flatMap(([label, result]) => {
    const part = checkPart(result, options);
    return panelsOf(result, { ...options, channels: "sum" }).map((panel) => ({ ...panel, ...valuesOf(result, part), label }));
  });
  const notes = [...new Set(named.flatMap(([, { warnings }]) => warnings))];
  return documentOf({ ...head, method: methods.join(", "), notes }, panels, { scale: "each", ...options }, {});
}

function documentOf(
  head: ReturnType<typeof headOf>,
  panels: readonly ImagePanel[],
  options: ImageDocumentOptions,
  values: ReturnType<typeof valuesOf>,
): ImageDocument {
  const read = options.picture === undefined ? undefined : picturePixels(options.picture, options.example ?? 0, options.layout);
  const { overlay, sign, scaling, scale, outlierPercent } = options;
  return {
    kind: "image",
    ...head,
    notes: [...head.notes, ...(read?.note === undefined ? [] : [read.note])],
    ...values,
    panels,
    ...(read !== undefined && { picture: read.picture }),
    ...(overlay !== undefined && { overlay }),
    ...(sign !== undefined && { sign }),
    ...(scaling !== undefined && { scaling }),
    ...(scale !== undefined && { scale }),
    ...(outlierPercent !== undefined && { outlierPercent }),
  };
}

/** The maps of one example and output: one, or one a channel. */
function panelsOf(result: AttributionResult, options: ImageDocumentOptions): ImagePanel[] {
  const part = checkPart(result, options);
  const input = inputNamed(result, options.input);
  const shape = inputShape(result, input);
  const name = `attributions[${JSON.stringify(input)}] without its examples`;
  const scores = partOf(result.attributions[input]!, part, examplesOf(result));
  const { width, height, planes } = planesOf(scores, shape, options.layout, name);
  const groups = options.featureMask === undefined ? undefined : groupsOf(options.featureMask, options, shape, part.example);
  if (options.channels === "each")
    return planes.map((plane, channel) => ({
      label: options.channelNames?.[channel] ?? (planes.length === 1 ? "" : `channel ${channel}`),
      width,
      height,
      scores: plane,
      ...(groups !== undefined && { groups: groups.planes[channel]! }),
    }));
  return [{ label: "", width, height, ...sumOfPlanes(planes, groups) }];
}

/** The sum of the channels, where a group that spans several at one pixel counts once. */
function sumOfPlanes(planes: Planes["planes"], groups: Planes | undefined): Pick<ImagePanel, "scores" | "groups"> {
  const length = planes[0]?.length ?? 0;
  const scores = new Array<number>(length).fill(0);
  let whole = groups !== undefined;
  for (let i = 0; i < length; i++) {
    const seen: number[] = [];
    for (let channel = 0; channel < planes.length; channel++) {
      const group = groups?.planes[channel]?.[i];
      if (group !== undefined && seen.includes(group)) continue;
      if (group !== undefined) seen.push(group);
      scores[i]! += planes[channel]![i]!;
    }
    if (seen.length > 1) whole = false;
  }
  // Where pixels belong to several groups at once, no pixel stands for one of them.
  return { scores, ...(whole && groups !== undefined && { groups: groups.planes[0]! }) };
}

/** The mask in the shape of the attributions; one without channels, or without examples, counts for all. */
function groupsOf(mask: TensorLike, { layout }: ImageDocumentOptions, shape: readonly number[], example: number): Planes {
  const size = shape.reduce((product, length) => product * length, 1);
  const numbers = Array.from(mask.data, Number);
  const { height, width, planes } = planesOf(new Array<number>(size).fill(0), shape, layout, "featureMask");
  if (numbers.length >= size && numbers.length % size === 0) {
    const from = numbers.length === size ? 0 : example * size;
    return planesOf(numbers.slice(from, from + size), shape, layout, "featureMask");
  }
  if (numbers.length !== width * height)
    throw new InvalidArgumentError(
      `featureMask has shape [${mask.shape.join(", ")}] for attributions of shape [${shape.join(", ")}]`,
    );
  return { height, width, planes: planes.map(() => numbers) };
}
