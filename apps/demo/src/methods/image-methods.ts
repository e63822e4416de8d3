import type { AttributionResult, DifferentiableGraphModel, HostTensor, Target, WorkOptions } from "@attr/core";
import type { MethodSettings, SettingName } from "@attr/core/catalogue";
import { type ImageLayout, type RgbaPixels, segmentLabels, superpixels } from "@attr/inputs";
import { type ImageMethodName, imageMethods } from "./image-method-list.ts";

/** All that a method of pictures may take; each takes what it knows. */
export interface ImageMethodQuestion extends WorkOptions {
  readonly model: DifferentiableGraphModel;
  /** The name of the model's input. */
  readonly input: string;
  readonly image: HostTensor;
  readonly layout: ImageLayout;
  /** The picture as the model sees it. */
  readonly seen: RgbaPixels;
  readonly target: Target;
  readonly baseline: HostTensor;
  readonly mask: HostTensor;
  readonly samples: number;
  readonly steps: number;
  /** Side of the window that is covered, in pixels. */
  readonly window: number;
  readonly layer: string;
  /** Standard deviation of the noise, in percent of the distance between the picture's lowest and highest number. */
  readonly noise: number;
}

/** How coarsely XRAI cuts the picture, at once. */
const xraiCounts: readonly number[] = [10, 30, 80];

/** What the settings of methods are for a picture. */
const values: Readonly<Partial<Record<SettingName, (question: ImageMethodQuestion) => MethodSettings>>> = {
  baselines: ({ input, baseline }) => ({ baselines: { [input]: baseline } }),
  featureMask: ({ input, mask }) => ({ featureMask: { [input]: mask } }),
  window: windows,
  segments: ({ input, seen }) => ({
    segments: xraiCounts.map((count) => ({ [input]: segmentLabels(superpixels(seen, { count })) })),
  }),
  samples: ({ samples }) => ({ samples }),
  steps: ({ steps }) => ({ steps }),
  maxSigma: ({ seen }) => ({ maxSigma: seen.width / 4 }),
  layout: ({ layout }) => ({ layout }),
  layer: ({ layer }) => ({ layer }),
};

/** Asks a method by its name: better and better results, the last one is the answer. */
export async function* imageAttributions(
  name: ImageMethodName,
  question: ImageMethodQuestion,
): AsyncGenerator<AttributionResult, void, void> {
  const { model, input, image, target, noise, signal, onProgress } = question;
  const entry = imageMethods.find((one) => one.name === name)!; // names are those of the list
  const settings: MethodSettings = {
    ...Object.assign({}, ...entry.settings.map((setting) => values[setting]?.(question))),
    // Other methods go without noise; signs of noisy gradients cancel each other.
    ...(name === "smooth-grad" && { abs: false, stdev: (noise / 100) * rangeOf(image) }),
  };
  const options = { ...settings, target, signal, onProgress };
  const method = entry.create(model, settings);
  if (method.stream === undefined) yield await method.attribute({ [input]: image }, options);
  else yield* method.stream({ [input]: image }, options);
}

/** A window over all channels, which moves by half its side. */
function windows({ window, image, layout }: ImageMethodQuestion): { window: readonly number[]; strides: readonly number[] } {
  const stride = Math.max(1, Math.floor(window / 2));
  const [, ...inner] = image.shape;
  const lengths = (side: number): readonly number[] =>
    inner.map((length, axis) => (axis === (layout === "channels-first" ? 0 : 2) ? length : Math.min(side, length)));
  return { window: lengths(window), strides: lengths(stride) };
}

function rangeOf({ data }: HostTensor): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    least = Math.min(least, Number(value));
    most = Math.max(most, Number(value));
  }
  return most > least ? most - least : 1;
}
