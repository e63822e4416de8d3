import type { GradientRules } from "@attr/core";
import type { NodeProto } from "../../onnx/proto.ts";
import type { OperatorRule } from "../rule.ts";
import { deepLiftRule } from "./deep-lift.ts";
import { relevanceRule } from "./lrp.ts";
import { rectifierRule } from "./rectifiers.ts";

/** The operator rules that stand for a kind of propagation; undefined for an operator where the true derivative passes. */
export function rulesFor(rules: GradientRules | undefined): ((node: NodeProto) => OperatorRule | undefined) | undefined {
  switch (rules?.kind) {
    case undefined:
      return undefined;
    case "guided":
    case "deconvolution":
      return (node) => rectifierRule(node, rules.kind);
    case "deepLift":
      return (node) => deepLiftRule(node, rules.epsilon ?? 1e-10);
    case "lrp":
      return (node) => relevanceRule(node, rules);
  }
}
