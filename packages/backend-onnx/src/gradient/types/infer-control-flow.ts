import type { ValueType } from "../../graph/value-type.ts";
import { elementTypeOf } from "../../onnx/element-type.ts";
import type { GraphProto, NodeProto } from "../../onnx/proto.ts";
import { Attributes } from "../attributes.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { openGraph } from "../open-graph.ts";
import { isInvented, type Size } from "./sizes.ts";

type MaybeType = ValueType | undefined;

/** The types of the results of an If, a Loop or a Scan as far as its graphs tell; undefined for other nodes. */
export function inferControlFlow(node: NodeProto, build: GraphBuilder): readonly MaybeType[] | undefined {
  if (node.domain !== "") return undefined;
  const attributes = new Attributes(node);
  switch (node.opType) {
    case "If": {
      const branches = ["then_branch", "else_branch"].map((name) => attributes.graph(name));
      const [then, otherwise] = branches.map((graph) => (graph === undefined ? [] : resultTypes(build, graph, [])));
      return then!.map((type, i) => agreed(type, otherwise![i]));
    }
    case "Loop": {
      const body = attributes.graph("body");
      return body && loopTypes(build, node, body).results;
    }
    case "Scan": {
      const body = attributes.graph("body");
      return body && scanTypes(build, node, body).results;
    }
    default:
      return undefined;
  }
}

/** What is known of the values of a Loop. */
export interface LoopTypes {
  /** Of what the body is given: the number of the step, the condition, then what is carried from step to step. */
  readonly inputs: readonly MaybeType[];
  /** Whether a carried value has the same shape in all steps. */
  readonly steady: readonly boolean[];
  readonly results: readonly MaybeType[];
}

/** The types of a Loop's values: what is assumed of the carried ones is taken back until each step keeps to it. */
export function loopTypes(build: GraphBuilder, node: NodeProto, body: GraphProto): LoopTypes {
  const scalars: readonly MaybeType[] = [
    { element: elementTypeOf(7)!, shape: [] },
    { element: elementTypeOf(9)!, shape: [] },
  ];
  const names = body.inputs.slice(2).map(({ name }) => name);
  let carried = names.map((_, i): MaybeType => build.type(node.inputs[i + 2] ?? ""));
  for (;;) {
    const inputs = [...scalars, ...carried];
    const opened = openGraph(build, body, inputs);
    const typeOf = (name: string): MaybeType => opened.build.type(name);
    const steady = names.map((name, i) => sameShape(typeOf(name), typeOf(body.outputs[i + 1]?.name ?? "")));
    const next = names.map((name, i) =>
      steady[i] === true ? carried[i] : kept(carried[i], typeOf(name), typeOf(body.outputs[i + 1]?.name ?? "")),
    );
    if (next.every((type, i) => type === carried[i])) {
      const known = namedAround(build, node);
      const scanned = body.outputs.slice(1 + names.length).map(({ name }) => withAxis(outside(typeOf(name), known), 0));
      return { inputs, steady, results: [...carried, ...scanned] };
    }
    carried = next;
  }
}

/** What is known of the values of a Scan. */
export interface ScanTypes {
  /** Of what the body is given: states, then the elements of the sequences. */
  readonly inputs: readonly MaybeType[];
  readonly results: readonly MaybeType[];
}

/** The types of a Scan's values. Its states keep their shapes. */
export function scanTypes(build: GraphBuilder, node: NodeProto, body: GraphProto): ScanTypes {
  const attributes = new Attributes(node);
  const states = node.inputs.length - attributes.int("num_scan_inputs", 0);
  const axes = attributes.ints("scan_input_axes");
  const inputs = node.inputs.map((name, i): MaybeType => {
    const type = build.type(name);
    if (i < states || type?.shape === undefined) return type;
    const axis = axes?.[i - states] ?? 0;
    const at = axis < 0 ? axis + type.shape.length : axis;
    return { element: type.element, shape: type.shape.filter((_, other) => other !== at) };
  });
  const known = namedAround(build, node);
  const made = resultTypes(build, body, inputs);
  const outputAxes = attributes.ints("scan_output_axes");
  const results = made.map((type, i) =>
    i < states ? (inputs[i] ?? type) : withAxis(outside(type, known), outputAxes?.[i - states] ?? 0),
  );
  return { inputs, results };
}

function resultTypes(build: GraphBuilder, graph: GraphProto, inputs: readonly MaybeType[]): readonly MaybeType[] {
  const opened = openGraph(build, graph, inputs);
  return graph.outputs.map(({ name }) => opened.build.type(name));
}

function sameShape(a: MaybeType, b: MaybeType): boolean {
  if (a?.shape === undefined || b?.shape === undefined) return false;
  return a.shape.length === b.shape.length && a.shape.every((size, axis) => size !== null && size === b.shape![axis]);
}

/** What of an assumption about a carried value holds after a step as well; the same object where nothing is to be taken back. */
function kept(assumed: MaybeType, before: MaybeType, after: MaybeType): MaybeType {
  if (assumed?.shape === undefined) return assumed;
  if (after?.shape?.length !== assumed.shape.length) return { element: assumed.element };
  const holds = assumed.shape.map((_, axis) => before?.shape?.[axis] === after.shape![axis]);
  if (assumed.shape.every((size, axis) => holds[axis] === true || size === null)) return assumed;
  return { element: assumed.element, shape: assumed.shape.map((size, axis) => (holds[axis] === true ? size : null)) };
}

/** What two branches have in common. */
function agreed(a: MaybeType, b: MaybeType): MaybeType {
  const element = a?.element ?? b?.element;
  if (element === undefined) return undefined;
  if (a?.shape === undefined || a.shape.length !== b?.shape?.length) return { element };
  return { element, shape: a.shape.map((size, axis) => (size === b.shape![axis] ? size : null)) };
}

/** The names of sizes that a node's surroundings know. */
function namedAround(build: GraphBuilder, node: NodeProto): ReadonlySet<Size> {
  return new Set(node.inputs.flatMap((name) => build.shape(name) ?? []));
}

/** The type of a body's value as it is seen from around: names of sizes that were invented inside mean nothing there. */
function outside(type: MaybeType, known: ReadonlySet<Size>): MaybeType {
  if (type?.shape === undefined) return type;
  return { element: type.element, shape: type.shape.map((size) => (isInvented(size) && !known.has(size) ? null : size)) };
}

/** The type of values stacked along an axis. */
function withAxis(type: MaybeType, axis: number): MaybeType {
  if (type?.shape === undefined) return type;
  const at = axis < 0 ? axis + type.shape.length + 1 : axis;
  return { element: type.element, shape: [...type.shape.slice(0, at), null, ...type.shape.slice(at)] };
}
