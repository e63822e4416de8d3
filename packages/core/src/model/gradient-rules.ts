import type { NamedTensors } from "./model.ts";

/** How a linear operation (convolution, matrix product, sum, average) passes relevance back in layer-wise relevance propagation. */
export type LinearRule =
  | { readonly rule: "epsilon"; readonly epsilon?: number | undefined }
  | { readonly rule: "gamma"; readonly gamma?: number | undefined; readonly epsilon?: number | undefined }
  | { readonly rule: "alphaBeta"; readonly alpha?: number | undefined; readonly beta?: number | undefined }
  | { readonly rule: "zPlus" }
  | { readonly rule: "wSquare" }
  | { readonly rule: "flat" }
  | { readonly rule: "zBox"; readonly low: number; readonly high: number }
  | { readonly rule: "identity" };

/**
 * How the gradient passes kinds of operation, as data. One of: a changed rectifier (guided backpropagation, deconvolution), DeepLIFT's
 * multipliers against reference feeds, or layer-wise relevance propagation.
 */
export type GradientRules =
  | { readonly kind: "guided" }
  | { readonly kind: "deconvolution" }
  /**
   * Every row is compared with the same row of `reference`, which has what is fed by the same names (what it leaves out is fed to both
   * alike); the gradients are multipliers. Where an operation's operand differs by less than `epsilon` (1e-10) between the two, the
   * true derivative passes.
   */
  | { readonly kind: "deepLift"; readonly reference: NamedTensors; readonly epsilon?: number | undefined }
  /**
   * `layers` gives single operations (by the name of their result) a rule of their own. Relevance starts as the objective's own number
   * (the cotangent times the value, element by element), and the gradients are relevances.
   */
  | { readonly kind: "lrp"; readonly linear: LinearRule; readonly layers?: Readonly<Record<string, LinearRule>> | undefined };
