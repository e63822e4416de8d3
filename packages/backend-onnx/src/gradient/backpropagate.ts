import { valuesRead } from "../graph/free-values.ts";
import type { NodeProto } from "../onnx/proto.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { operatorKind } from "./operators.ts";
import type { ReferencePass } from "./reference-pass.ts";
import { type OperatorRule, operatorKey, RuleCall, unsupported } from "./rule.ts";
import { inFloats, mayBeQuantised } from "./rules/quantised/in-floats.ts";
import { straightThrough } from "./rules/quantised/quantised.ts";

/** Cotangents to be passed back through nodes. */
export interface Backpropagation {
  readonly build: GraphBuilder;
  /** The nodes of the forward pass, each after those it reads from. */
  readonly nodes: readonly NodeProto[];
  /** Values that are given: nothing passes on to what would have made them. */
  readonly fed: ReadonlySet<string>;
  readonly wrt: readonly string[];
  /** Value → its cotangent, where the way back begins. */
  readonly seeds: ReadonlyMap<string, string>;
  ruleOf(node: NodeProto): OperatorRule | undefined;
  /** The pass over reference feeds, where there is one. */
  readonly references?: ReferencePass | undefined;
  /**
   * What errors name as the nearest value with a gradient. @defaultValue the result of the node that is refused; a value inside a branch, a
   * body or an operator written out is none that anybody can ask for
   */
  readonly nearest?: string | undefined;
  /** Values that count as constants although they vary, told from the nodes and from what varies. @defaultValue none */
  readonly constants?: ConstantValues | undefined;
}

/** Values of nodes that count as constants, given which values vary. */
export type ConstantValues = (nodes: readonly NodeProto[], varies: (name: string) => boolean) => ReadonlySet<string>;

export interface Backpropagated {
  /** The nodes of the forward pass; some hand out more than before. */
  readonly nodes: readonly NodeProto[];
  /** For each of `wrt`: the value that is its gradient; undefined where it does not reach the seeds. */
  readonly gradients: ReadonlyMap<string, string | undefined>;
}

const floats: ReadonlySet<number> = new Set([1, 10, 11, 16]);

/**
 * Values that change with any of `from`, and carry a gradient: truth values end it, and so do integers that are no quantised numbers on
 * their way through a quantised network.
 */
export function activeValues(
  build: GraphBuilder,
  nodes: readonly NodeProto[],
  from: Iterable<string>,
  fed: ReadonlySet<string>,
  constants: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const active = new Set(from);
  for (const node of nodes) {
    if (endsGradient(node)) continue;
    let reads = false;
    for (const name of valuesRead(node)) if (active.has(name)) reads = true;
    if (!reads) continue;
    for (const output of node.outputs) {
      if (output === "" || fed.has(output) || constants.has(output)) continue;
      const code = build.type(output)?.element.code;
      // A scale that is taken from the values themselves counts as a constant.
      const through = straightThrough.has(operatorKey(node));
      const carried = (input: string): boolean => active.has(input) && build.type(input)?.element.code === code;
      if (through ? output === node.outputs[0] : code === undefined || floats.has(code)) active.add(output);
      else if (!through && mayBeQuantised(code) && node.inputs.some(carried)) active.add(output);
    }
  }
  return active;
}

/**
 * Passes cotangents back from the seeds to `wrt`, by the rules of the operators between them and no others.
 *
 * @throws UnsupportedOpError where an operator between them has no rule; it names the operator, its node and the nearest value that has
 * a gradient.
 */
export function backpropagate(request: Backpropagation): Backpropagated {
  const { build, fed, wrt, seeds } = request;
  const nodes = [...request.nodes];
  const all = activeValues(build, nodes, wrt, fed);
  const constants = request.constants?.(nodes, (name) => all.has(name));
  const active = constants === undefined || constants.size === 0 ? all : activeValues(build, nodes, wrt, fed, constants);
  const given = new Set([...fed, ...wrt]);
  const producers = new Map<string, NodeProto>();
  for (const node of nodes) for (const output of node.outputs) if (!given.has(output)) producers.set(output, node);
  const parts = new Map<string, string[]>();
  for (const [value, seed] of seeds) parts.set(value, [seed]);
  const total = (name: string): string | undefined => {
    const list = parts.get(name);
    if (list === undefined || list.length < 2) return list?.[0];
    // Runtimes add pairs with all their threads, lists with one.
    const sum = list.reduce((left, right) => build.add(left, right));
    build.declare(sum, build.type(name));
    parts.set(name, [sum]);
    return sum;
  };
  const contribute = (name: string, part: string): void => {
    build.declare(part, build.type(name));
    const list = parts.get(name);
    if (list === undefined) parts.set(name, [part]);
    else list.push(part);
  };
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at]!;
    const flows = (output: string): boolean => output !== "" && !fed.has(output) && active.has(output) && parts.has(output);
    if (!node.outputs.some(flows)) continue;
    if (endsGradient(node)) continue;
    const wants = node.inputs.map((input) => input !== "" && active.has(input));
    const captures = [...valuesRead(node)].filter((name) => active.has(name) && !node.inputs.includes(name));
    if (!wants.includes(true) && captures.length === 0) continue;
    const result = node.outputs.find(flows)!;
    const nearest = request.nearest ?? result;
    const own = request.ruleOf(node);
    const code = build.type(result)?.element.code;
    const steps = own !== undefined && code !== undefined && mayBeQuantised(code) && !straightThrough.has(operatorKey(node));
    const rule = steps ? inFloats(node, code) : own;
    if (rule === undefined) throw unsupported(node, withoutRule(node), nearest);
    const served = typeof rule === "function" ? 1 : rule.outputs;
    const lost = node.outputs.findIndex((output, i) => i >= served && flows(output));
    if (lost >= 0) throw unsupported(node, `its result "${node.outputs[lost]}" has no gradient rule`, nearest);
    const replace = (changed: NodeProto): void => {
      const before = nodes[at]!;
      nodes[at] = changed;
      build.learn(changed);
      for (const name of changed.outputs)
        if (name !== "" && !before.outputs.includes(name)) request.references?.add(before, name);
    };
    const call = new RuleCall({
      build,
      node,
      nearest,
      cotangents: node.outputs.map((output) => (flows(output) ? total(output) : undefined)),
      wants,
      varies: (name) => active.has(name),
      producer: (name) => producers.get(name),
      nameOutput: (index) => {
        const current = nodes[at]!;
        const known = current.outputs[index];
        if (known !== undefined && known !== "") return known;
        const outputs = Array.from({ length: Math.max(index + 1, current.outputs.length) }, (_, i) => current.outputs[i] ?? "");
        outputs[index] = build.name(`${current.outputs[0]}_${index}`);
        replace({ ...current, outputs });
        return outputs[index];
      },
      replace,
      references: request.references,
      contribute,
      active: (inner, others, from) => activeValues(inner, others, from, new Set()),
      backpropagate: (inner, others, own, wanted, given) => {
        const references = request.references?.within(inner, others, given ?? new Map());
        const passed = backpropagate({
          ...request,
          build: inner,
          nodes: others,
          fed: new Set(),
          wrt: wanted,
          seeds: own,
          references,
          nearest,
        });
        return { ...passed, nodes: [...passed.nodes, ...(references?.nodes(passed.nodes) ?? [])] };
      },
    });
    const results = typeof rule === "function" ? rule(call) : rule.rule(call);
    node.inputs.forEach((input, i) => {
      const part = results[i];
      if (part === undefined || !wants[i]) return;
      contribute(input, part);
    });
  }
  return { nodes, gradients: new Map(wrt.map((name) => [name, total(name)])) };
}

function endsGradient(node: NodeProto): boolean {
  return operatorKind(operatorKey(node)).kind === "flat";
}

function withoutRule(node: NodeProto): string {
  const found = operatorKind(operatorKey(node));
  return found.kind === "none" ? `its operator has no gradient rule: ${found.because}` : "its operator has no gradient rule";
}
