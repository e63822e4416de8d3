import { InvalidArgumentError } from "@attr/core";
import type { ModelProto, NodeProto, ValueInfoProto } from "../onnx/proto.ts";
import type { GraphIndex } from "./graph-index.ts";
import { neededFor } from "./required.ts";

/** Initializers need not be listed as inputs from here on. */
const freeInitializers = 4;

/** A part of a model, and under which name it gives each value that was asked for. */
export interface Extracted {
  readonly model: ModelProto;
  /** Fetch → name of the output it comes out of. */
  readonly outputOf: ReadonlyMap<string, string>;
}

/**
 * The part of a model that computes `fetches` from `feeds`: a model of its own whose inputs are exactly the feeds it needs. A feed may be
 * any value: what only led to it is left out. A fetch may be any value; it needs no type, the runtime finds it. Weights are shared with
 * the model, not copied.
 *
 * An inner value comes out through an Identity node of its own: some of onnxruntime's fusions look only at a value's readers and would
 * fuse one away that is nothing but an output, and the run would then crash the process.
 *
 * @throws InvalidArgumentError where an input that is needed is not among the feeds.
 */
export function extract(index: GraphIndex, feeds: readonly ValueInfoProto[], fetches: readonly string[]): Extracted {
  const { model } = index;
  const fed = new Set(feeds.map((feed) => feed.name));
  const { nodes, sources } = neededFor(index, fed, fetches);
  const missing = index.inputs.filter((name) => sources.has(name) && !fed.has(name));
  if (missing.length > 0)
    throw new InvalidArgumentError(
      `input ${missing.map((name) => `"${name}"`).join(", ")} must be fed to compute ${fetches.map((name) => `"${name}"`).join(", ")}`,
    );

  const declared = new Map(model.graph.outputs.map((output) => [output.name, output]));
  const taken = new Set<string>([...index.values, ...index.inner, ...index.constants.keys(), ...index.sparseConstants]);
  const kept = nodes.map((i) => withoutOutputs(index.nodes[i]!, fed, taken));
  const made = new Set<string>(kept.flatMap((node) => node.outputs));
  const outputOf = new Map<string, string>();
  const outputs: ValueInfoProto[] = [];
  for (const name of new Set(fetches)) {
    const output = declared.get(name);
    if (output !== undefined && made.has(name)) {
      outputOf.set(name, name);
      outputs.push(output);
    } else {
      const outside = uniqueName(`${name}_fetched`, taken);
      kept.push(identity(name, outside));
      outputOf.set(name, outside);
      outputs.push({ name: outside });
    }
  }
  const part: ModelProto = {
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
      outputs,
      valueInfos: model.graph.valueInfos.filter(({ name }) => made.has(name)),
    },
  };
  return { model: part, outputOf };
}

function identity(from: string, to: string): NodeProto {
  return { inputs: [from], outputs: [to], name: to, opType: "Identity", domain: "", attributes: [] };
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
