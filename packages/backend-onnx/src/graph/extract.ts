import { InvalidArgumentError } from "@attr/core";
import { attributeType, type DimensionProto, type ModelProto, type NodeProto, type ValueInfoProto } from "../onnx/proto.ts";
import type { GraphIndex } from "./graph-index.ts";
import { neededFor } from "./required.ts";
import { uniqueName } from "./unique-name.ts";
import type { FileShape, ValueType, ValueTypes } from "./value-type.ts";

/** Initializers need not be listed as inputs from here on. */
const freeInitializers = 4;

/** A part of a model, and under which names it takes and gives values. */
export interface Extracted {
  readonly model: ModelProto;
  /** Feed that is needed → name of the input it goes into. */
  readonly inputOf: ReadonlyMap<string, string>;
  /** Fetch → name of the output it comes out of. */
  readonly outputOf: ReadonlyMap<string, string>;
}

/**
 * The part of a model that computes `fetches` from `feeds`: a model of its own whose inputs are exactly the feeds it needs. A feed may be
 * any value: what only led to it is left out. A fetch may be any value; one of unknown type needs none, the runtime finds it. Weights
 * are shared with the model, not copied.
 *
 * A value whose type has a carrier (float16) is converted inside: its input or output has the carrier's type. An inner value comes out
 * through an Identity node of its own: some of onnxruntime's fusions look only at a value's readers and would fuse one away that is
 * nothing but an output, and the run would then crash the process.
 *
 * @throws InvalidArgumentError where an input that is needed is not among the feeds.
 */
export function extract(
  index: GraphIndex,
  feeds: ReadonlyMap<string, ValueType>,
  fetches: Iterable<string>,
  types: ValueTypes,
): Extracted {
  const { model } = index;
  const wanted = [...new Set(fetches)];
  const fed = new Set(feeds.keys());
  const { nodes, sources } = neededFor(index, fed, wanted);
  const missing = index.inputs.filter((name) => sources.has(name) && !fed.has(name));
  if (missing.length > 0) throw new InvalidArgumentError(`input ${quoted(missing)} must be fed to compute ${quoted(wanted)}`);

  const taken = new Set<string>([...index.values, ...index.inner, ...index.constants.keys(), ...index.sparseConstants]);
  for (const { name } of index.nodes) taken.add(name); // the nodes that are added are named as their results
  const inputOf = new Map<string, string>();
  const inputs: ValueInfoProto[] = [];
  const before: NodeProto[] = [];
  for (const [name, { element, shape }] of feeds) {
    if (!sources.has(name)) continue;
    const { carrier } = element;
    const outside = carrier === undefined ? name : uniqueName(`${name}_fed`, taken);
    if (carrier !== undefined) before.push(cast(outside, name, element.code));
    inputOf.set(name, outside);
    inputs.push(valueInfo(outside, carrier ?? element.code, shape));
  }

  const kept = nodes.map((i) => withoutOutputs(index.nodes[i]!, fed, taken));
  const made = new Set<string>(kept.flatMap((node) => node.outputs));
  const declared = new Map(model.graph.outputs.map((output) => [output.name, output]));
  const outputOf = new Map<string, string>();
  const outputs: ValueInfoProto[] = [];
  const after: NodeProto[] = [];
  for (const name of wanted) {
    const carrier = types.get(name)?.element.carrier;
    const output = declared.get(name);
    if (carrier === undefined && output !== undefined && made.has(name)) {
      outputOf.set(name, name);
      outputs.push(output);
      continue;
    }
    const outside = uniqueName(`${name}_fetched`, taken);
    after.push(carrier === undefined ? plainNode("Identity", name, outside) : cast(name, outside, carrier));
    outputOf.set(name, outside);
    outputs.push({ name: outside });
  }

  const part: ModelProto = {
    ...model,
    irVersion: Math.max(model.irVersion, freeInitializers),
    graph: {
      ...model.graph,
      nodes: [...before, ...kept, ...after],
      initializers: model.graph.initializers.filter(({ name }) => sources.has(name) && !fed.has(name)),
      sparseInitializers: model.graph.sparseInitializers.filter(
        ({ values }) => sources.has(values.name) && !fed.has(values.name),
      ),
      inputs,
      outputs,
      valueInfos: model.graph.valueInfos.filter(({ name }) => made.has(name)),
    },
  };
  return { model: part, inputOf, outputOf };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

function plainNode(opType: string, from: string, to: string): NodeProto {
  return { inputs: [from], outputs: [to], name: to, opType, domain: "", attributes: [] };
}

function cast(from: string, to: string, code: number): NodeProto {
  return { ...plainNode("Cast", from, to), attributes: [{ name: "to", type: attributeType.int, i: BigInt(code) }] };
}

/** Shapes are told as far as they are known: the runtime's fusions take for granted what they find in every ordinary file. */
function valueInfo(name: string, elemType: number, shape: FileShape): ValueInfoProto {
  if (shape === undefined) return { name, type: { tensorType: { elemType } } };
  const dims = shape.map(
    (size): DimensionProto => (size === null ? {} : typeof size === "number" ? { value: size } : { param: size }),
  );
  return { name, type: { tensorType: { elemType, shape: { dims } } } };
}

/** A node that is kept for one output may make a fed value as well: that one is computed under a name nobody reads. */
function withoutOutputs(node: NodeProto, fed: ReadonlySet<string>, taken: Set<string>): NodeProto {
  if (!node.outputs.some((output) => fed.has(output))) return node;
  return { ...node, outputs: node.outputs.map((output) => (fed.has(output) ? uniqueName(`${output}_replaced`, taken) : output)) };
}
