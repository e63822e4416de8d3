/** What a method of pictures lets one set. */
export type ImageMethodSetting = "samples" | "steps" | "window" | "layer" | "noise";

/** A method as the room of images offers it. */
interface ListedImageMethod {
  /** As the command line calls it. */
  readonly name: string;
  readonly label: string;
  /** `gradient`: needs a model that can be differentiated by its picture. */
  readonly kind: "perturbation" | "gradient";
  readonly settings: readonly ImageMethodSetting[];
  /** As many samples as are needed to see something, where it is sampled. */
  readonly samples?: number;
  /** Whether it takes a baseline, and whether it takes away the parts of a mask. */
  readonly takes: readonly ("baseline" | "mask")[];
  /** One sentence for who has never heard of it. */
  readonly says: string;
}

/** The methods over a picture, as the page offers them. */
export const imageMethodList = [
  {
    name: "integrated-gradients",
    label: "Integrated gradients",
    kind: "gradient",
    settings: ["steps"],
    takes: ["baseline"],
    says: "Adds up gradients along the way from the baseline to the picture.",
  },
  {
    name: "saliency",
    label: "Saliency",
    kind: "gradient",
    settings: [],
    takes: [],
    says: "How fast the output changes with each pixel: the size of the gradient, without a sign.",
  },
  {
    name: "smooth-grad",
    label: "SmoothGrad",
    kind: "gradient",
    settings: ["samples", "noise"],
    samples: 25,
    takes: [],
    says: "Gradients of noisy copies of the picture, averaged: what is left is less speckled.",
  },
  {
    name: "grad-cam",
    label: "Grad-CAM",
    kind: "gradient",
    settings: ["layer"],
    takes: [],
    says: "Where in a convolutional layer the evidence lies: coarse, and close to what the network found.",
  },
  {
    name: "guided-grad-cam",
    label: "Guided Grad-CAM",
    kind: "gradient",
    settings: ["layer"],
    takes: [],
    says: "Grad-CAM times guided backpropagation: as fine as the picture.",
  },
  {
    name: "occlusion",
    label: "Occlusion",
    kind: "perturbation",
    settings: ["window"],
    takes: ["baseline"],
    says: "Covers a window that slides over the picture: a score is how much the output falls.",
  },
  {
    name: "feature-ablation",
    label: "Feature ablation of parts",
    kind: "perturbation",
    settings: [],
    takes: ["baseline", "mask"],
    says: "Puts the baseline in place of one part at a time: a score is how much the output falls.",
  },
  {
    name: "kernel-shap",
    label: "Kernel SHAP of parts",
    kind: "perturbation",
    settings: ["samples"],
    samples: 600,
    takes: ["baseline", "mask"],
    says: "Shapley values of the parts by a regression over random selections of them.",
  },
  {
    name: "shapley-value-sampling",
    label: "Shapley value sampling of parts",
    kind: "perturbation",
    settings: ["samples"],
    samples: 40,
    takes: ["baseline", "mask"],
    says: "Puts the parts in place of the baseline in random orders: a score is a part's fair share, with a standard error.",
  },
  {
    name: "lime",
    label: "LIME over parts",
    kind: "perturbation",
    settings: ["samples"],
    samples: 600,
    takes: ["baseline", "mask"],
    says: "Fits a sparse linear model to what the output is when some parts are missing.",
  },
  {
    name: "xrai",
    label: "XRAI",
    kind: "gradient",
    settings: ["steps"],
    takes: ["baseline"],
    says: "Integrated gradients by regions of several sizes: the regions that matter most stand out.",
  },
  {
    name: "guided-integrated-gradients",
    label: "Guided integrated gradients",
    kind: "gradient",
    settings: ["steps"],
    takes: ["baseline"],
    says: "Integrated gradients along a way that avoids where the model wavers.",
  },
  {
    name: "blur-integrated-gradients",
    label: "Blur integrated gradients",
    kind: "gradient",
    settings: ["steps"],
    takes: [],
    says: "Adds up gradients while the picture comes out of a blur.",
  },
  {
    name: "deep-lift",
    label: "DeepLIFT",
    kind: "gradient",
    settings: [],
    takes: ["baseline"],
    says: "Splits the difference to the baseline's output, layer by layer, in one pass.",
  },
  {
    name: "gradient-shap",
    label: "Gradient SHAP",
    kind: "gradient",
    settings: ["samples"],
    samples: 50,
    takes: ["baseline"],
    says: "Gradients at random points between the baseline and the picture.",
  },
  {
    name: "input-x-gradient",
    label: "Input × gradient",
    kind: "gradient",
    settings: [],
    takes: [],
    says: "The gradient at the picture times the picture: one call, and rough.",
  },
  {
    name: "lrp",
    label: "LRP",
    kind: "gradient",
    settings: [],
    takes: [],
    says: "Hands the output back from layer to layer, to each unit what it contributed.",
  },
  {
    name: "guided-backprop",
    label: "Guided backpropagation",
    kind: "gradient",
    settings: [],
    takes: [],
    says: "The gradient with only what is positive let through rectifiers: sharp, and less about the class than about the picture.",
  },
  {
    name: "deconvolution",
    label: "Deconvolution",
    kind: "gradient",
    settings: [],
    takes: [],
    says: "As guided backpropagation, by what comes back alone.",
  },
] as const satisfies readonly ListedImageMethod[];

export type ImageMethodName = (typeof imageMethodList)[number]["name"];

export function imageMethodNamed(name: string | null): ListedImageMethod & { readonly name: ImageMethodName } {
  return imageMethodList.find((method) => method.name === name) ?? imageMethodList[0];
}

/** As many samples as a method needs to show something; of one that is not sampled any number. */
export function samplesAtStart(method: ImageMethodName): number {
  return imageMethodNamed(method).samples ?? 100;
}
