import type { NamedTensors } from "./model.ts";

/**
 * How a linear operation (a convolution, a matrix product) passes relevance back in layer-wise relevance propagation. Every rule is
 * `R_i = Σ_j c_ij / (Σ_i c_ij + c_j ± ε) · R_j` with contributions `c_ij` of its own, `c_j` being what the bias contributes: its share
 * ends there. With `w⁺` and `w⁻` for the positive and the negative part:
 *
 * - `epsilon` (1e-9): `x_i w_ij`, bias `b_j`.
 * - `gamma` (0.25): `x_i (w_ij + γ w⁺_ij)`, bias `b_j`; `epsilon` 1e-9.
 * - `zPlus`: `x_i w⁺_ij`, bias `b_j`.
 * - `alphaBeta` (1 and 0; α − β is 1): α times the rule of `x_i w⁺_ij` with bias `b_j`, less β times that of `x_i w⁻_ij` without a bias.
 *   That is the published rule where inputs are not negative. `signs: "contributions"` is it for any input: by the signs of
 *   `x_i w_ij`, with biases `b⁺_j` and `b⁻_j`.
 * - `wSquare`: `w²_ij`. `flat`: 1 for every connection. Both without a bias: relevance is conserved.
 * - `zBox`: `x_i w_ij − low w⁺_ij − high w⁻_ij`, without a bias, for inputs from `low` to `high`.
 * - `identity`: `R_i = R_i`, where operand and result have one shape.
 */
export type LinearRule =
  | { readonly rule: "epsilon"; readonly epsilon?: number | undefined }
  | { readonly rule: "gamma"; readonly gamma?: number | undefined; readonly epsilon?: number | undefined }
  | {
      readonly rule: "alphaBeta";
      readonly alpha?: number | undefined;
      readonly beta?: number | undefined;
      /** What is parted by its sign. @defaultValue "weights" */
      readonly signs?: "weights" | "contributions" | undefined;
    }
  | { readonly rule: "zPlus" }
  | { readonly rule: "wSquare" }
  | { readonly rule: "flat" }
  | { readonly rule: "zBox"; readonly low: number; readonly high: number }
  | { readonly rule: "identity" };

/**
 * How attention passes relevance back. `attnLrp` follows it through queries and keys as well: the product with the values gives half to
 * the weights and half to the values, and the softmax is expanded to first order. `cpLrp` takes the weights as constants, so that all of it
 * goes to the values.
 */
export type AttentionRule = "attnLrp" | "cpLrp";

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
  | {
      readonly kind: "lrp";
      readonly linear: LinearRule;
      readonly layers?: Readonly<Record<string, LinearRule>> | undefined;
      /** @defaultValue "attnLrp" */
      readonly attention?: AttentionRule | undefined;
    };
