import { InvalidArgumentError } from "@attr/core";
import type { ModelProto, NodeProto, ValueInfoProto } from "../onnx/proto.ts";
import type { GraphIndex } from "./graph-index.ts";
import { neededFor } from "./required.ts";

/** Initializers need not be listed as inputs from here on. */
const freeInitializers = 4;

/**
 * The part of a model that computes `fetches` from `feeds`: a model of its own whose inputs are exactly the feeds it needs and whose
 * outputs are the fetches. A feed may be any value: what only led to it is left out. A fetch may be any value; it needs no
 * type, the runtime finds it. Weights are shared with the model, not copied.
 *
 * @throws InvalidArgumentError where an input that is needed is not among the feeds.
 */
export function extract(index: GraphIndex, feeds: readonly ValueInfoProto[], fetches: readonly string[]): ModelProto {
  const { model } = index;
  const fed = new Set(feeds.map((feed) => feed.name));
  const { nodes, sources } = neededFor(index, fed, fetches);
  const missing = index.inputs.filter((name) => sources.has(name) && !fed.has(name));
  if (missing.length > 0)
    throw new InvalidArgumentError(
      `${missing.map((name) => `"${name}"`).join(", ")} must be fed to compute ${fetches.map((name) => `"${name}"`).join(", ")}`,
    );

  const known = new Map<string, ValueInfoProto>();
  for (const info of [...model.graph.valueInfos, ...model.graph.outputs, ...model.graph.inputs]) known.set(info.name, info);
  const taken = new Set<string>([...index.values, ...index.inner, ...index.constants.keys(), ...index.sparseConstants]);
  const kept = nodes.map((i) => withoutOutputs(index.nodes[i]!, fed, taken));
  const made = new Set<string>(kept.flatMap((node) => node.outputs));
  const outputs = new Set(fetches);
  return {
    ...model,
    irVersion: Math.max(model.irVersion, freeInitializers),
    graph: {
      ...model.graph,
      nodes: kept,
      initializers: model.graph.initializers.filter(({ name }) => sources.has(name) && !fed.has(name)),
      sparseInitializers: model.graph.sparseInitializers.filter(
        ({ values }) => sources.has(values.name) && !fed.has(values.name),
      ),
      inputs: feeds.filter(({ name }) => sources.has(name)),
      outputs: fetches.map((name) => known.get(name) ?? { name }),
      valueInfos: model.graph.valueInfos.filter(({ name }) => made.has(name) && !outputs.has(name)),
    },
  };
}

/** A node that is kept for one output may make a fed value as well: that one is computed under a name nobody reads. */
function withoutOutputs(node: NodeProto, fed: ReadonlySet<string>, taken: Set<string>): NodeProto {
  if (!node.outputs.some((output) => fed.has(output))) return node;
  return { ...node, outputs: node.outputs.map((output) => (fed.has(output) ? uniqueName(`${output}_replaced`, taken) : output)) };
}

/** `wanted`, with a number appended where it is taken; the result is taken from then on. */
export function uniqueName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
  taken.add(name);
  return name;
}
