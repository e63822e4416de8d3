import { freeValues, valuesRead } from "../../../graph/free-values.ts";
import { attributeType, type GraphProto, type NodeProto, type TensorProto, type ValueInfoProto } from "../../../onnx/proto.ts";
import type { GraphBuilder } from "../../graph-builder.ts";
import { bodyInput, closeGraph, type OpenGraph, openGraph, valuesNeeded } from "../../open-graph.ts";
import type { GradientRule, RuleCall } from "../../rule.ts";
import { type LoopTypes, loopTypes } from "../../types/infer-control-flow.ts";
import { addSeed, capturedSums, varyingBody } from "./control-flow-body.ts";

/**
 * The gradient of a Loop is a Loop that takes the steps back from the last to the first. The forward Loop hands out a tape: each carried
 * value that the way back needs, at the start of each step. Everything else of a step is computed again from it, so that what is kept does
 * not grow with what the body does. A value whose shape is the same in all steps is stacked; one that may change its shape lies in a list of arrays. How many steps
 * were done is read off the tape: the number may come from a run-time value or a condition.
 */
export const loop: GradientRule = (call) => {
  const { build, node } = call;
  const body = call.attributes.graph("body");
  if (body === undefined) throw call.refuse("it lacks its body");
  const places = body.inputs.slice(2).map(({ name, type }, i): Carried => {
    const initial = node.inputs[i + 2];
    const after = body.outputs[i + 1]?.name;
    if (initial === undefined || initial === "" || after === undefined) throw call.refuse("its body does not fit its inputs");
    return { initial, before: name, after, list: type !== undefined && type.tensorType === undefined };
  });
  const types = loopTypes(build, node, body);
  const opened = openGraph(build, body, types.inputs);
  const varying = varyingBody(
    call,
    opened,
    body,
    places.map(({ initial }) => initial),
    places.map(({ before }) => before),
    places.map(({ after }) => after),
  );
  const differing = differingValues(call, opened, body, places);
  places.forEach(({ list }, i) => {
    if (list) varying.carried[i] = false;
  });
  return backwardLoop({ call, body, opened, places, types, differing, ...varying });
};

/** One carried value: its name before the loop, and inside at the start and at the end of a step. */
interface Carried {
  readonly initial: string;
  readonly before: string;
  readonly after: string;
  /** Whether it is a list of arrays: these have no gradient, and may only be carried along. */
  readonly list: boolean;
}

/** What the forward Loop tells of its steps. */
interface Tape {
  /** As many elements as steps. */
  readonly steps: string;
  /** For each carried value: it at the start of each step, stacked or (`list`) as a list; or the one value that all steps have; or nothing. */
  readonly carried: readonly { readonly name: string; readonly kind: "stacked" | "list" | "same" | "none" }[];
}

/** Makes the forward Loop hand out a tape of the values that are `needed`. */
function writeTape(
  call: RuleCall,
  body: GraphProto,
  places: readonly Carried[],
  types: LoopTypes,
  needed: ReadonlySet<string>,
): Tape {
  const { build, node } = call;
  const [step] = body.inputs;
  const scanned = body.outputs.slice(1 + places.length);
  const nodes: NodeProto[] = [...body.nodes];
  const copy = (name: string, like: string): string => {
    const made = build.name(like);
    nodes.push({ inputs: [name], outputs: [made], name: made, opType: "Identity", domain: "", attributes: [] });
    return made;
  };
  const stacked: { readonly inside: ValueInfoProto; readonly outside: string }[] = [];
  const stack = (name: string, type: LoopTypes["inputs"][number]): string => {
    const outside = build.name(`${name}_steps`);
    const shape = type?.shape?.length === 0 ? { shape: { dims: [] } } : {};
    const inside = { name: copy(name, `${name}_step`), type: { tensorType: { elemType: type?.element.code ?? 1, ...shape } } };
    stacked.push({ inside, outside });
    return outside;
  };
  const lists: {
    readonly empty: string;
    readonly input: ValueInfoProto;
    readonly output: ValueInfoProto;
    readonly outside: string;
  }[] = [];
  const listed = (name: string, code: number): string => {
    const empty = build.op("SequenceEmpty", [], { dtype: code });
    const [before, after] = [build.name(`${name}_list`), build.name(`${name}_list`)];
    nodes.push({ inputs: [before, name], outputs: [after], name: after, opType: "SequenceInsert", domain: "", attributes: [] });
    const outside = build.name(`${name}_steps`);
    lists.push({ empty, input: listOf(before, code), output: listOf(after, code), outside });
    return outside;
  };
  const steps = stack(step!.name, types.inputs[0]);
  const carried = places.map(({ initial, before, after, list }, i): Tape["carried"][number] => {
    if (!needed.has(before)) return { name: "", kind: "none" };
    if (before === passedOn(body, after)) return { name: initial, kind: "same" };
    if (list) throw call.refuse("its steps read lists of arrays that they carry");
    const type = types.inputs[i + 2];
    if (types.steady[i] === true) return { name: stack(before, type), kind: "stacked" };
    return { name: listed(before, type?.element.code ?? 1), kind: "list" };
  });
  const results = Array.from({ length: places.length + scanned.length }, (_, i) => node.outputs[i] ?? "");
  // The runtime wants a name for each result of a Loop.
  const named = results.map((name) => (name === "" ? build.name("unused") : name));
  call.replace({
    ...node,
    inputs: [...node.inputs.slice(0, 2), ...places.map(({ initial }) => initial), ...lists.map(({ empty }) => empty)],
    outputs: [
      ...named.slice(0, places.length),
      ...lists.map(({ outside }) => outside),
      ...named.slice(places.length),
      ...stacked.map(({ outside }) => outside),
    ],
    attributes: node.attributes.map((attribute) =>
      attribute.name !== "body"
        ? attribute
        : {
            name: "body",
            type: attributeType.graph,
            g: {
              ...body,
              nodes,
              inputs: [...body.inputs, ...lists.map(({ input }) => input)],
              outputs: [
                ...body.outputs.slice(0, 1 + places.length),
                ...lists.map(({ output }) => output),
                ...scanned,
                ...stacked.map(({ inside }) => inside),
              ],
            },
          },
    ),
  });
  return { steps, carried };
}

/** What a value is a copy of. */
function passedOn(body: GraphProto, name: string): string {
  const copy = body.nodes.find(({ opType, domain, outputs }) => opType === "Identity" && domain === "" && outputs[0] === name);
  return copy === undefined ? name : passedOn(body, copy.inputs[0]!);
}

/** A value that is a list of arrays. The bytes are a TypeProto's field of sequences, which nothing else here writes. */
function listOf(name: string, code: number): ValueInfoProto {
  return { name, type: { unknown: [Uint8Array.of(0x22, 6, 0x0a, 4, 0x0a, 2, 0x08, code)] } };
}

/** The values at the start of a step that are others in the pass over the reference feeds. */
function differingValues(call: RuleCall, opened: OpenGraph, body: GraphProto, places: readonly Carried[]): ReadonlySet<string> {
  const differs = (name: string | undefined): boolean => name !== undefined && name !== "" && call.reference(name) !== name;
  const started = new Set(places.filter(({ initial }) => differs(initial)).map(({ before }) => before));
  const around = [...freeValues(body)].filter(differs);
  for (;;) {
    const reached = new Set([...started, ...around]);
    for (const node of opened.nodes) {
      let reads = false;
      for (const name of valuesRead(node)) if (reached.has(name)) reads = true;
      if (reads) for (const output of node.outputs) reached.add(output);
    }
    // The two passes could not be compared step by step.
    if (differs(call.node.inputs[0]) || differs(call.node.inputs[1]) || reached.has(body.outputs[0]?.name ?? ""))
      throw call.refuse("over the reference it may do another number of steps");
    const more = places.filter(({ before, after }) => reached.has(after) && !started.has(before));
    if (more.length === 0) return started;
    for (const { before } of more) started.add(before);
  }
}

interface Backward {
  readonly call: RuleCall;
  readonly body: GraphProto;
  readonly opened: OpenGraph;
  readonly places: readonly Carried[];
  readonly types: LoopTypes;
  readonly differing: ReadonlySet<string>;
  readonly captured: readonly string[];
  readonly carried: readonly boolean[];
}

function backwardLoop(backward: Backward): readonly (string | undefined)[] {
  const { call, body, opened, places, types, captured, carried } = backward;
  const { build } = call;
  const inner = opened.build;
  const [step, condition, at] = [inner.name("step"), inner.name("condition"), inner.name("at")];
  inner.declare(step, types.inputs[0]);
  inner.declare(at, types.inputs[0]);
  const references = new Map(
    places.flatMap(({ before }) => {
      if (!backward.differing.has(before)) return [];
      const reference = inner.name(`${before}_reference`);
      inner.declare(reference, inner.type(before));
      return [[before, reference] as const];
    }),
  );

  // What comes from the step after this one.
  const flowing = places.filter((_, i) => carried[i]).map((place, i) => ({ ...place, cotangent: inner.name(`cotangent_${i}`) }));
  const seeds = new Map<string, string>();
  for (const { before, after, cotangent } of flowing) {
    inner.declare(cotangent, inner.type(before));
    addSeed(inner, seeds, after, cotangent);
  }
  body.outputs.slice(1 + places.length).forEach(({ name }, i) => {
    const cotangent = call.cotangents[places.length + i];
    if (cotangent !== undefined) addSeed(inner, seeds, name, inner.op("Gather", [cotangent, at], { axis: 0 }));
  });
  const wrt = [...captured, ...flowing.map(({ before }) => before)];
  const passed = call.backpropagate(inner, opened.nodes, seeds, wrt, references);
  const sums = capturedSums(inner, captured, passed.gradients);
  const results = [
    inner.op("Identity", [condition]),
    ...flowing.map(({ before }) => passed.gradients.get(before) ?? inner.zerosLike(before)),
    ...sums.map(({ next }) => next),
  ];

  const read = valuesNeeded([...passed.nodes, ...inner.nodes], results);
  // A reference needs the same tape, of the other pass.
  const needed = new Set(
    places.flatMap(({ before }) => (read.has(before) || read.has(references.get(before) ?? "") ? [before] : [])),
  );
  const tape = writeTape(call, body, places, types, needed);
  const count = build.sizeOf(tape.steps, 0);
  const last = build.squeeze(build.sub(count, build.int64([1])), [0]);
  restore(inner, at, "Sub", [last, step]);
  restore(inner, body.inputs[0]!.name, "Identity", [at]);
  const yes: TensorProto = { name: "", dims: [], dataType: 9, rawData: Uint8Array.of(1) };
  restore(inner, body.inputs[1]!.name, "Identity", [inner.op("Constant", [], { value: { tensor: yes } })]);
  places.forEach(({ before }, i) => {
    const { name, kind } = tape.carried[i]!;
    const take = (whole: string, into: string): void => {
      if (kind === "same") restore(inner, into, "Identity", [whole]);
      else restore(inner, into, kind === "list" ? "SequenceAt" : "Gather", [whole, at]);
    };
    if (kind === "none") return;
    take(name, before);
    const reference = references.get(before);
    if (reference !== undefined) take(call.reference(name), reference);
  });
  const inputs = [
    { name: step, type: { tensorType: { elemType: 7, shape: { dims: [] } } } },
    { name: condition, type: { tensorType: { elemType: 9, shape: { dims: [] } } } },
    ...flowing.map(({ cotangent }) => bodyInput(cotangent, inner.type(cotangent))),
    ...sums.map(({ sum }) => bodyInput(sum, inner.type(sum))),
  ];
  const graph = closeGraph(opened, body, passed.nodes, inputs, results);
  const given = flowing.map(({ before }) => {
    const place = places.findIndex((other) => other.before === before);
    return call.cotangents[place] ?? build.zerosLike(call.output(place));
  });
  const zeros = sums.map(({ name }) => build.zerosLike(name));
  const trips = build.squeeze(count, [0]);
  const gradients =
    given.length + zeros.length === 0
      ? []
      : build.ops("Loop", [trips, undefined, ...given, ...zeros], given.length + zeros.length, { body: { graph } });
  sums.forEach(({ name }, i) => {
    call.contribute(name, gradients[flowing.length + i]!);
  });
  const toInitial = places.map(({ before }) => {
    const i = flowing.findIndex((other) => other.before === before);
    return i < 0 ? undefined : gradients[i];
  });
  return [undefined, undefined, ...toInitial];
}

/** Writes a node that makes a value of the body again, under its name. */
function restore(build: GraphBuilder, name: string, opType: string, inputs: readonly string[]): void {
  build.write({ inputs, outputs: [name], name: `${opType}_${name}`, opType, domain: "", attributes: [] });
}
