import { type Graph, type GraphNode, parseName } from "./graph-model.ts";

/** A graph each of whose values is output 0 of a node of its own. */
export interface SplitGraph {
  readonly graph: Graph;
  /** Value → the node whose output 0 it is. */
  readonly nodeOf: ReadonlyMap<string, string>;
  /** The nodes that were put in. */
  readonly identities: ReadonlySet<string>;
}

/** A node while its edges are drawn. */
type Draft = { -readonly [K in keyof GraphNode]: GraphNode[K] } & {
  inputs: Draft[];
  children: Draft[];
  inputNames: string[];
};

/**
 * Puts an identity behind every output of nodes that have several, and lets whoever reads the output read that: TensorFlow.js feeds
 * nodes, not their outputs, and one output of several could not be fed by itself. The first one has the node's name, the others
 * `name:k`.
 */
export function splitOutputs(graph: Graph, extra: readonly string[]): SplitGraph {
  const used = new Map<string, Set<number>>();
  for (const name of [...Object.values(graph.nodes).flatMap(({ inputNames }) => inputNames), ...extra]) {
    const [node, output] = parseName(name);
    const outputs = used.get(node) ?? new Set([0]);
    used.set(node, outputs.add(output));
  }
  const nodes: Record<string, Draft> = {};
  for (const node of Object.values(graph.nodes))
    nodes[node.name] = { ...node, inputNames: [...node.inputNames], inputs: [], children: [] };
  const nodeOf = new Map<string, string>();
  const readsFrom = new Map<string, string>();
  for (const { name } of Object.values(graph.nodes)) {
    const outputs = used.get(name) ?? new Set([0]);
    if (outputs.size === 1) {
      nodeOf.set(name, name);
      continue;
    }
    for (const output of [...outputs].sort((a, b) => a - b)) {
      const value = output === 0 ? name : `${name}:${output}`;
      const identity = freeName(nodes, `${name}/output_${output}`);
      nodes[identity] = identityOf(identity, `${name}:${output}`);
      nodeOf.set(value, identity);
      readsFrom.set(`${name}:${output}`, identity);
    }
  }
  const identities = new Set(readsFrom.values());
  for (const node of Object.values(nodes)) {
    if (!identities.has(node.name))
      node.inputNames = node.inputNames.map((name) => {
        const [of, output] = parseName(name);
        return readsFrom.get(`${of}:${output}`) ?? name;
      });
    for (const name of node.inputNames) {
      const input = nodes[parseName(name)[0]]!;
      node.inputs.push(input);
      input.children.push(node);
    }
  }
  const copies = (list: readonly GraphNode[]): GraphNode[] => list.map(({ name }) => nodes[name]!);
  return {
    graph: {
      ...graph,
      nodes,
      inputs: copies(graph.inputs),
      outputs: copies(graph.outputs),
      weights: copies(graph.weights),
      placeholders: copies(graph.placeholders),
      ...(graph.initNodes && { initNodes: copies(graph.initNodes) }),
      // Names that a signature gives would be looked for among the nodes.
      signature: undefined,
    },
    nodeOf,
    identities,
  };
}

function identityOf(name: string, of: string): Draft {
  return {
    name,
    op: "Identity",
    category: "graph",
    inputNames: [of],
    inputs: [],
    children: [],
    inputParams: { x: { type: "tensor", inputIndexStart: 0 } },
    attrParams: {},
    rawAttrs: {},
  };
}

function freeName(nodes: Readonly<Record<string, unknown>>, name: string): string {
  let free = name;
  while (Object.hasOwn(nodes, free)) free += "_";
  return free;
}
