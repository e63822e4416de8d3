import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall } from "../rule.ts";

/**
 * A rule of an operator that is made of others: it is written out in these once more, and the cotangents pass back through them. `write`
 * gives a name for each output (undefined for those without a gradient).
 */
export function composed(
  write: (build: GraphBuilder, call: RuleCall) => readonly (string | undefined)[],
  outputs = 1,
): { readonly outputs: number; readonly rule: GradientRule; readonly expands: true } {
  const rule: GradientRule = (call) => {
    const { build, node } = call;
    const own = build.inner();
    const results = write(own, call);
    const seeds = new Map<string, string>();
    results.forEach((result, i) => {
      const cotangent = call.cotangents[i];
      if (result !== undefined && cotangent !== undefined) seeds.set(result, cotangent);
    });
    const wanted = node.inputs.filter((_, i) => call.wants(i));
    build.initializers.push(...own.initializers);
    const { nodes, gradients } = call.backpropagate(build, own.nodes, seeds, [...new Set(wanted)]);
    for (const one of nodes) build.write(one);
    const given = new Set<string>();
    return node.inputs.map((input) => {
      if (given.has(input)) return undefined; // one that is read twice has its whole gradient already
      given.add(input);
      return gradients.get(input);
    });
  };
  return { outputs, rule, expands: true };
}
