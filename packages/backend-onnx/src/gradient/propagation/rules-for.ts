import type { GradientRules } from "@attr/core";
import type { PropagationRules } from "../gradient-graph.ts";
import { deepLiftRule } from "./deep-lift.ts";
import { relevanceRule } from "./lrp.ts";
import { rectifierRule } from "./rectifiers.ts";
import { attentionWeights } from "./value-structure.ts";

/** The operator rules that stand for a kind of propagation; an operator without one there passes its true derivative. */
export function rulesFor(rules: GradientRules | undefined): PropagationRules | undefined {
  switch (rules?.kind) {
    case undefined:
      return undefined;
    case "guided":
    case "deconvolution":
      return { ruleOf: (node) => rectifierRule(node, rules.kind) };
    case "deepLift":
      return { ruleOf: (node) => deepLiftRule(node, rules.epsilon ?? 1e-10) };
    case "lrp":
      return {
        ruleOf: (node) => relevanceRule(node, rules),
        constants: rules.attention === "cpLrp" ? attentionWeights : undefined,
      };
  }
}
