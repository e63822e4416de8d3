import { type GraphIndex, indexGraph } from "../graph/graph-index.ts";
import { neededFor } from "../graph/required.ts";
import type { FileShape, ValueType, ValueTypes } from "../graph/value-type.ts";
import { elementTypeOf } from "../onnx/element-type.ts";
import type { ModelProto, NodeProto, ValueInfoProto } from "../onnx/proto.ts";
import { activeValues, backpropagate, type ConstantValues } from "./backpropagate.ts";
import { GraphBuilder, withoutInvented } from "./graph-builder.ts";
import { pickSeed, type SeedKind, writeSeed } from "./objective/seed.ts";
import { ReferencePass } from "./reference-pass.ts";
import { upgrade } from "./rewriting/upgrade.ts";
import type { OperatorRule } from "./rule.ts";
import { derivativeOf } from "./rules/registry.ts";
import type { Size } from "./types/sizes.ts";

/** A model made ready to be differentiated: in the operator set of the rules, with all that is known of its values. */
export interface Differentiable {
  readonly index: GraphIndex;
  readonly types: ReadonlyMap<string, ValueType>;
  readonly constants: ReadonlyMap<string, readonly number[]>;
  readonly contents: ReadonlyMap<string, readonly Size[]>;
  readonly counts: ReadonlyMap<string, number>;
}

/** Upgrades a model and works out the types of its values, beside those that are known of it (by the runtime or the file). */
export function makeDifferentiable(model: ModelProto, known: ValueTypes): Differentiable {
  const index = indexGraph(upgrade(model));
  const types = new Map<string, ValueType>();
  for (const [name, type] of known) if (type !== undefined) types.set(name, type);
  const values = { types, constants: new Map(), contents: new Map(), taken: new Set<string>(), counts: new Map() };
  const build = new GraphBuilder(values, "");
  for (const name of index.inputs) build.nameSizes(name);
  for (const tensor of index.constants.values()) build.learnConstant(tensor);
  for (const node of index.nodes) build.learn(node);
  return { index, ...values };
}

/** How operators pass cotangents back in place of the true derivative, and what counts as a constant on the way. */
export interface PropagationRules {
  /** Undefined for an operator that keeps its true derivative. */
  ruleOf(node: NodeProto): OperatorRule | undefined;
  readonly constants?: ConstantValues | undefined;
}

/** What is to be differentiated by what. */
export interface GradientQuestion {
  /** Values that are fed, as {@link Differentiable} names them. */
  readonly fed: ReadonlySet<string>;
  /** Fed values whose first axis may have another size than the file states. */
  readonly freed?: ReadonlySet<string> | undefined;
  readonly of: string;
  readonly seed: SeedKind;
  readonly wrt: readonly string[];
  /** Rules that go before the true derivatives. @defaultValue none */
  readonly rules?: PropagationRules | undefined;
  /** Fed values that have a second, reference value. @defaultValue none */
  readonly references?: ReadonlySet<string> | undefined;
}

/** A model with the backward pass in it. */
export interface GradientGraph {
  readonly model: ModelProto;
  readonly types: ValueTypes;
  /** The input that takes the objective's indices or cotangent; undefined where the seed needs none. */
  readonly seedInput: string | undefined;
  /** Value differentiated by → the value that is its gradient. */
  readonly gradientOf: ReadonlyMap<string, string>;
  /** Fed value → the input that takes its reference. */
  readonly referenceOf: ReadonlyMap<string, string>;
}

/** Prefix of the names of what the backward pass adds. */
const prefix = "gradient/";

/** Writes the backward pass into a model. */
export function gradientGraph(source: Differentiable, question: GradientQuestion): GradientGraph {
  const { index } = source;
  const { fed, of } = question;
  const taken = new Set<string>([...index.values, ...index.inner, ...index.constants.keys(), ...index.sparseConstants]);
  const types = new Map(source.types);
  const values = {
    types,
    constants: new Map(source.constants),
    contents: new Map(source.contents),
    taken,
    counts: new Map(source.counts),
  };
  const build = new GraphBuilder(values, prefix);
  const needed = neededFor(index, fed, [of, ...question.wrt]);
  const forward = needed.nodes.map((i) => index.nodes[i]!);
  freeFirstAxes(build, forward, question.freed ?? new Set(), fed);

  const given = new Map<string, string>();
  for (const name of question.references ?? []) {
    const made = build.name(`${name}_reference`);
    build.declare(made, build.type(name));
    given.set(name, made);
  }
  const references = given.size === 0 ? undefined : new ReferencePass(build, forward, given, fed);

  // True derivatives only: other rules may ask for more of an operator than its result.
  const plain = question.rules === undefined && references === undefined;
  const objective = plain ? pickSeed(build, forward, new Set([...fed, ...question.wrt]), of, question.seed) : undefined;
  const seed = objective?.seed ?? writeSeed(build, of, question.seed);
  const { nodes, gradients } = backpropagate({
    build,
    nodes: [...forward, ...(objective?.nodes ?? [])],
    fed,
    wrt: question.wrt,
    seeds: new Map([[objective?.picked ?? of, seed.cotangent]]),
    ruleOf: (node) => question.rules?.ruleOf(node) ?? derivativeOf(node),
    constants: question.rules?.constants,
    references,
  });
  const gradientOf = new Map<string, string>();
  for (const name of question.wrt) {
    const outside = build.name(name);
    const gradient = gradients.get(name) ?? build.zerosLike(name);
    build.write({ inputs: [gradient], outputs: [outside], name: outside, opType: "Identity", domain: "", attributes: [] });
    build.declare(outside, build.type(name));
    gradientOf.set(name, outside);
  }
  const second = references?.nodes(nodes) ?? [];
  const inputs = [...given].map(([name, input]): ValueInfoProto => valueInfo(input, types.get(name)));
  if (seed.input !== undefined) inputs.push(valueInfo(seed.input, types.get(seed.input)));
  const model: ModelProto = {
    ...index.model,
    graph: {
      ...index.model.graph,
      nodes: [
        ...withAll(index.nodes, needed.nodes, nodes.slice(0, forward.length)),
        ...second,
        ...nodes.slice(forward.length),
        ...build.nodes,
      ],
      initializers: [...index.model.graph.initializers, ...build.initializers],
      inputs: [...index.model.graph.inputs, ...inputs],
      valueInfos: [],
    },
  };
  return { model, types, seedInput: seed.input, gradientOf, referenceOf: given };
}

/** All nodes of the model, those of the forward pass as they are now. */
function withAll(all: readonly NodeProto[], places: readonly number[], nodes: readonly NodeProto[]): readonly NodeProto[] {
  const result = [...all];
  places.forEach((place, i) => {
    result[place] = nodes[i]!;
  });
  return result;
}

/** Takes back the fixed first sizes of what comes from values that may be fed with any number of rows. */
function freeFirstAxes(
  build: GraphBuilder,
  nodes: readonly NodeProto[],
  freed: ReadonlySet<string>,
  fed: ReadonlySet<string>,
): void {
  if (freed.size === 0) return;
  build.values.contents.clear();
  const free = (shape: FileShape): FileShape => shape?.map((size, axis) => (axis === 0 ? null : size));
  for (const name of activeValues(build, nodes, freed, fed)) {
    const type = build.type(name);
    if (type !== undefined) build.values.types.set(name, { element: type.element, shape: free(type.shape) });
  }
  for (const node of nodes) build.learnContents(node);
}

function valueInfo(name: string, type: ValueType | undefined): ValueInfoProto {
  const { element, shape } = withoutInvented(type ?? { element: elementTypeOf(1)! });
  const dims = shape?.map((size) => (size === null ? {} : typeof size === "number" ? { value: size } : { param: size }));
  return { name, type: { tensorType: { elemType: element.code, ...(dims && { shape: { dims } }) } } };
}
