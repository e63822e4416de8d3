import { valuesRead } from "../../graph/free-values.ts";
import { orderNodes } from "../../graph/graph-index.ts";
import type { GraphProto } from "../../onnx/proto.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";

/**
 * The gradient of an If is an If: each branch computes what the branch computed and passes the cotangents back to the values that it
 * reads from around it.
 */
const conditional: GradientRule = (call) => {
  const { build, node, attributes } = call;
  const around = [...valuesRead(node)].filter((name) => !node.inputs.includes(name) && call.varies(name));
  if (around.length === 0) return [undefined];
  const branches = ["then_branch", "else_branch"].map((name) => {
    const graph = attributes.graph(name);
    if (graph === undefined) throw call.refuse(`it lacks its ${name}`);
    return branchGradients(call, graph, around);
  });
  const parts = build.ops("If", [call.input(0)], around.length, {
    then_branch: { graph: branches[0]! },
    else_branch: { graph: branches[1]! },
  });
  around.forEach((name, i) => {
    call.contribute(name, parts[i]!);
  });
  return [undefined];
};

/** A branch that gives the gradients by `around` in place of its results. */
function branchGradients(call: RuleCall, graph: GraphProto, around: readonly string[]): GraphProto {
  const inner = call.build.branch();
  for (const tensor of graph.initializers) inner.learnConstant(tensor);
  const { nodes } = orderNodes(graph, inner.values.taken);
  for (const node of nodes) inner.learn(node);
  const seeds = new Map<string, string>();
  graph.outputs.forEach(({ name }, i) => {
    const cotangent = call.cotangents[i];
    if (cotangent === undefined) return;
    const known = seeds.get(name);
    seeds.set(name, known === undefined ? cotangent : inner.add(known, cotangent));
  });
  const passed = call.backpropagate(inner, nodes, seeds, around);
  const results = around.map((name) => {
    const gradient = passed.gradients.get(name) ?? inner.zerosLike(name);
    const result = inner.name("branch");
    inner.write({ inputs: [gradient], outputs: [result], name: result, opType: "Identity", domain: "", attributes: [] });
    inner.declare(result, call.build.type(name));
    return result;
  });
  const written = inner.asGraph(inner.name("branch"), [], results);
  return {
    ...written,
    nodes: [...passed.nodes, ...written.nodes],
    initializers: [...graph.initializers, ...written.initializers],
    sparseInitializers: graph.sparseInitializers,
  };
}

export const controlFlowRules: RulesOf<"controlFlow"> = { If: { outputs: Number.POSITIVE_INFINITY, rule: conditional } };
