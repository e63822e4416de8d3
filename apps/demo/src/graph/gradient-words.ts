import type { NodeGradient } from "./model-graph.ts";

/** What the gradient does at a node, in words; colours alone say nothing. */
export const gradientWords: Readonly<Record<NodeGradient, string>> = {
  rule: "the gradient passes through",
  flat: "the gradient ends here: the result moves in steps",
  none: "no gradient",
};

/** The signs of the same in the drawing. */
export const gradientSigns: Readonly<Record<NodeGradient, string>> = { rule: "", flat: "▪ ends", none: "✕ none" };
