import { InvalidArgumentError } from "@attr/core";
import { extract } from "../graph/extract.ts";
import { indexGraph } from "../graph/graph-index.ts";
import { readOthers } from "../graph/rename-values.ts";
import { tidy } from "../graph/tidy.ts";
import type { ValueType } from "../graph/value-type.ts";
import { elementTypeOf } from "../onnx/element-type.ts";
import type { ModelProto, ValueInfoProto } from "../onnx/proto.ts";
import { gradientGraph, makeDifferentiable } from "./gradient-graph.ts";
import { withoutInvented } from "./graph-builder.ts";

/** Which gradient is written into a file. */
export interface GradientModelOptions {
  /** The value to differentiate: an output or any value of floats between. */
  readonly of: string;
  /** The values to differentiate by. */
  readonly wrt: readonly string[];
}

/**
 * The gradient of a model as a model of its own, of standard operators only, which any ONNX runtime can load: beside the inputs that are
 * needed it takes `OF_cotangent` (of the shape of the value differentiated), and it gives that value and, for each of `wrt`, `WRT_gradient`
 * (the vector-Jacobian product, of the shape of that value). A name that the model has already gets a number appended.
 *
 * @throws InvalidArgumentError where a name is none of the model's values of floats.
 * @throws UnsupportedOpError where an operator between has no gradient rule; it names the nearest value that has a gradient.
 */
export function gradientModel(model: ModelProto, options: GradientModelOptions): ModelProto {
  const clean = tidy(model);
  const source = makeDifferentiable(clean, declaredTypes(clean));
  const { index } = source;
  const { of, wrt } = options;
  for (const name of [of, ...wrt]) {
    if (!index.values.includes(name))
      throw new InvalidArgumentError(
        `the model has no value "${name}" to differentiate; its inputs are ${index.inputs.join(", ")}`,
      );
    const element = source.types.get(name)?.element;
    if (element !== undefined && ![1, 10, 11, 16].includes(element.code))
      throw new InvalidArgumentError(`"${name}" holds ${element.name}, which has no gradient: name a value of floats`);
  }
  const graph = gradientGraph(source, { fed: new Set(index.inputs), of, seed: { kind: "cotangent" }, wrt });
  const whole = indexGraph(graph.model);
  const used = neededInputs(whole.inputs, graph.types);
  const part = extract(whole, used, [of, ...graph.gradientOf.values()], graph.types);
  const names = new Map<string, string>();
  const taken = new Set([...whole.values, ...whole.constants.keys()]);
  const rename = (from: string | undefined, to: string): void => {
    if (from === undefined) return;
    let name = to;
    for (let i = 2; taken.has(name); i++) name = `${to}_${i}`;
    taken.add(name);
    names.set(from, name);
  };
  if (graph.seedInput !== undefined) rename(part.inputOf.get(graph.seedInput), `${of}_cotangent`);
  for (const [name, gradient] of graph.gradientOf) rename(part.outputOf.get(gradient), `${name}_gradient`);
  return renamed(part.model, names);
}

function neededInputs(inputs: readonly string[], types: ReadonlyMap<string, ValueType | undefined>): Map<string, ValueType> {
  return new Map(inputs.map((name) => [name, withoutInvented(types.get(name) ?? { element: elementTypeOf(1)! })]));
}

/** The types that a file states. */
function declaredTypes(model: ModelProto): Map<string, ValueType> {
  const types = new Map<string, ValueType>();
  const { inputs, outputs, valueInfos } = model.graph;
  for (const { name, type } of [...valueInfos, ...inputs, ...outputs]) {
    const element = elementTypeOf(type?.tensorType?.elemType ?? 0);
    const shape = type?.tensorType?.shape?.dims.map(({ value, param }) => value ?? (param || null));
    if (element !== undefined) types.set(name, { element, shape });
  }
  return types;
}

function renamed(model: ModelProto, names: ReadonlyMap<string, string>): ModelProto {
  const name = (old: string): string => names.get(old) ?? old;
  const info = (value: ValueInfoProto): ValueInfoProto => ({ ...value, name: name(value.name) });
  const { graph } = model;
  const nodes = graph.nodes.map((node) => ({ ...readOthers(node, name), outputs: node.outputs.map(name) }));
  return { ...model, graph: { ...graph, nodes, inputs: graph.inputs.map(info), outputs: graph.outputs.map(info) } };
}
