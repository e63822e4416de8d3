import { freeValues } from "../../../graph/free-values.ts";
import type { GraphProto } from "../../../onnx/proto.ts";
import { closeGraph, openGraph } from "../../open-graph.ts";
import type { GradientRule, RuleCall, RulesOf } from "../../rule.ts";
import { addSeed } from "./control-flow-body.ts";
import { loop } from "./control-flow-loop.ts";
import { scan } from "./control-flow-scan.ts";

/**
 * The gradient of an If is an If: each branch computes what the branch computed and passes the cotangents back to the values that it
 * reads from around it.
 */
const conditional: GradientRule = (call) => {
  const { build, node, attributes } = call;
  const branches = ["then_branch", "else_branch"].map((name) => {
    const graph = attributes.graph(name);
    if (graph === undefined) throw call.refuse(`it lacks its ${name}`);
    return graph;
  });
  const around = [...new Set(branches.flatMap((graph) => [...freeValues(graph)]))].filter((name) => call.varies(name));
  if (around.length === 0) return [undefined];
  const graphs = branches.map((graph) => branchGradients(call, graph, around));
  const parts = build.ops("If", [call.input(0)], around.length, {
    then_branch: { graph: graphs[0]! },
    else_branch: { graph: graphs[1]! },
  });
  around.forEach((name, i) => {
    call.contribute(name, parts[i]!);
  });
  return node.inputs.map(() => undefined);
};

/** A branch that gives the gradients by `around` in place of its results. */
function branchGradients(call: RuleCall, graph: GraphProto, around: readonly string[]): GraphProto {
  const opened = openGraph(call.build, graph);
  const { build } = opened;
  const seeds = new Map<string, string>();
  graph.outputs.forEach(({ name }, i) => {
    const cotangent = call.cotangents[i];
    if (cotangent !== undefined) addSeed(build, seeds, name, cotangent);
  });
  const passed = call.backpropagate(build, opened.nodes, seeds, around);
  const results = around.map((name) => passed.gradients.get(name) ?? build.zerosLike(name));
  return closeGraph(opened, graph, passed.nodes, [], results);
}

export const controlFlowRules: RulesOf<"controlFlow"> = {
  If: { outputs: Number.POSITIVE_INFINITY, rule: conditional },
  Loop: { outputs: Number.POSITIVE_INFINITY, rule: loop },
  Scan: { outputs: Number.POSITIVE_INFINITY, rule: scan },
};
