import {
  type AttributionResult,
  BlurIntegratedGradients,
  Deconvolution,
  DeepLift,
  type DifferentiableGraphModel,
  FeatureAblation,
  GradCam,
  GradientShap,
  GuidedBackprop,
  GuidedGradCam,
  GuidedIntegratedGradients,
  type HostTensor,
  InputXGradient,
  IntegratedGradients,
  KernelShap,
  Lime,
  Lrp,
  NoiseTunnel,
  Occlusion,
  Saliency,
  ShapleyValueSampling,
  type Target,
  type WorkOptions,
  Xrai,
} from "@attr/core";
import { type ImageLayout, type RgbaPixels, segmentLabels, superpixels } from "@attr/inputs";
import type { ImageMethodName } from "./image-method-list.ts";

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

/** Better and better results; the last one is the answer. */
type Results = AsyncIterable<AttributionResult>;

async function* once(result: Promise<AttributionResult>): Results {
  yield await result;
}

/** How coarsely XRAI cuts the picture, at once. */
const xraiCounts: readonly number[] = [10, 30, 80];

const runs: Readonly<Record<ImageMethodName, (question: ImageMethodQuestion) => Results>> = {
  "integrated-gradients": (q) => once(new IntegratedGradients(q.model).attribute(fed(q), { ...compared(q), steps: q.steps })),
  saliency: (q) => once(new Saliency(q.model).attribute(fed(q), explained(q))),
  "smooth-grad": (q) =>
    once(
      new NoiseTunnel(new Saliency(q.model, { abs: false })).attribute(fed(q), {
        ...explained(q),
        samples: q.samples,
        stdev: (q.noise / 100) * rangeOf(q.image),
      }),
    ),
  "grad-cam": (q) => once(new GradCam(q.model, { layer: q.layer }).attribute(fed(q), explained(q))),
  "guided-grad-cam": (q) => once(new GuidedGradCam(q.model, { layer: q.layer }).attribute(fed(q), explained(q))),
  occlusion: (q) => once(new Occlusion(q.model).attribute(fed(q), { ...compared(q), ...windows(q) })),
  "feature-ablation": (q) => once(new FeatureAblation(q.model).attribute(fed(q), inParts(q))),
  "kernel-shap": (q) => new KernelShap(q.model).stream(fed(q), { ...inParts(q), samples: q.samples }),
  "shapley-value-sampling": (q) => new ShapleyValueSampling(q.model).stream(fed(q), { ...inParts(q), samples: q.samples }),
  lime: (q) => new Lime(q.model).stream(fed(q), { ...inParts(q), samples: q.samples }),
  xrai: (q) => {
    const segments = xraiCounts.map((count) => ({ [q.input]: segmentLabels(superpixels(q.seen, { count })) }));
    const method = new Xrai(new IntegratedGradients(q.model), { layout: q.layout });
    return once(method.attribute(fed(q), { ...compared(q), steps: q.steps, segments }));
  },
  "guided-integrated-gradients": (q) =>
    once(new GuidedIntegratedGradients(q.model).attribute(fed(q), { ...compared(q), steps: q.steps })),
  "blur-integrated-gradients": (q) => {
    const [maxSigma, method] = [q.seen.width / 4, new BlurIntegratedGradients(q.model, { layout: q.layout })];
    return once(method.attribute(fed(q), { ...explained(q), steps: q.steps, maxSigma }));
  },
  "deep-lift": (q) => once(new DeepLift(q.model).attribute(fed(q), compared(q))),
  "gradient-shap": (q) => once(new GradientShap(q.model).attribute(fed(q), { ...compared(q), samples: q.samples })),
  "input-x-gradient": (q) => once(new InputXGradient(q.model).attribute(fed(q), explained(q))),
  lrp: (q) => once(new Lrp(q.model).attribute(fed(q), explained(q))),
  "guided-backprop": (q) => once(new GuidedBackprop(q.model).attribute(fed(q), explained(q))),
  deconvolution: (q) => once(new Deconvolution(q.model).attribute(fed(q), explained(q))),
};

/** Asks a method by its name. */
export function imageAttributions(name: ImageMethodName, question: ImageMethodQuestion): Results {
  return runs[name](question);
}

const fed = ({ input, image }: ImageMethodQuestion): Record<string, HostTensor> => ({ [input]: image });

const explained = ({ target, onProgress }: ImageMethodQuestion): WorkOptions & { readonly target: Target } => ({
  target,
  onProgress,
});

const compared = (q: ImageMethodQuestion): ReturnType<typeof explained> & { readonly baselines: Record<string, HostTensor> } => ({
  ...explained(q),
  baselines: { [q.input]: q.baseline },
});

const inParts = (q: ImageMethodQuestion): ReturnType<typeof compared> & { readonly featureMask: Record<string, HostTensor> } => ({
  ...compared(q),
  featureMask: { [q.input]: q.mask },
});

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
