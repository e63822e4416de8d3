import type { GraphProto, NodeProto, ValueInfoProto } from "../../../onnx/proto.ts";
import { attributeType } from "../../../onnx/proto.ts";
import { writeAttributes } from "../../attributes.ts";
import { closeGraph, openGraph, shapedValue } from "../../open-graph.ts";
import type { GradientRule, RuleCall } from "../../rule.ts";
import { type ScanTypes, scanTypes } from "../../types/infer-control-flow.ts";
import { addSeed, capturedSums, varyingBody } from "./control-flow-body.ts";

/**
 * The gradient of a Scan is a Scan in the opposite direction. The forward Scan hands out its states before each step; all else of a step is
 * computed again from them.
 */
export const scan: GradientRule = (call) => {
  const { build, node, attributes } = call;
  const body = attributes.graph("body");
  if (body === undefined) throw call.refuse("it lacks its body");
  const elements = attributes.int("num_scan_inputs", 0);
  const count = node.inputs.length - elements;
  if (elements < 1 || count < 0 || body.inputs.length !== node.inputs.length || node.inputs.includes(""))
    throw call.refuse("its body does not fit its inputs");
  const types = scanTypes(build, node, body);
  const opened = openGraph(build, body, types.inputs);
  const inner = opened.build;
  const before = body.inputs.map(({ name }) => name);
  const after = body.outputs.map(({ name }) => name);
  const scannedIn = (name: string): number => before.indexOf(name) - count;
  const each = before.slice(count).filter((name) => call.varies(node.inputs[scannedIn(name) + count]!));
  const { captured, carried } = varyingBody(
    call,
    opened,
    body,
    node.inputs.slice(0, count),
    before.slice(0, count),
    after.slice(0, count),
    each,
  );
  const inputAxes = attributes.ints("scan_input_axes") ?? [];
  const outputAxes = attributes.ints("scan_output_axes") ?? [];
  const inputDirections = attributes.ints("scan_input_directions") ?? [];
  const outputDirections = attributes.ints("scan_output_directions") ?? [];
  const opposite = (direction: number | undefined): number => (direction === 1 ? 0 : 1);
  const states = before.slice(0, count);
  const tape = writeTape(call, body, count, types);

  // What the backward body is given: cotangents and sums as states; then the tape, the elements, and the results' cotangents.
  const sequences: { readonly inside: string; readonly outside: string; readonly axis: number; readonly direction: number }[] =
    [];
  const references = new Map<string, string>();
  const give = (inside: string, outside: string, axis: number, direction: number, i: number): void => {
    sequences.push({ inside, outside, axis, direction });
    const other = call.reference(outside);
    if (other === outside) return;
    const reference = inner.name(`${inside}_reference`);
    inner.declare(reference, types.inputs[i]);
    sequences.push({ inside: reference, outside: other, axis, direction });
    references.set(inside, reference);
  };
  states.forEach((name, i) => {
    give(name, tape[i]!, 0, 1, i);
  });
  before.slice(count).forEach((name, i) => {
    give(name, node.inputs[count + i]!, inputAxes[i] ?? 0, opposite(inputDirections[i]), count + i);
  });
  const seeds = new Map<string, string>();
  const flowing = states.filter((_, i) => carried[i]).map((name) => ({ name, cotangent: inner.name(`${name}_cotangent`) }));
  for (const { name, cotangent } of flowing) {
    inner.declare(cotangent, inner.type(name));
    addSeed(inner, seeds, after[before.indexOf(name)]!, cotangent);
  }
  after.slice(count).forEach((name, i) => {
    const cotangent = call.cotangents[count + i];
    if (cotangent === undefined) return;
    const inside = inner.name(`${name}_cotangent`);
    inner.declare(inside, inner.type(name));
    sequences.push({ inside, outside: cotangent, axis: outputAxes[i] ?? 0, direction: opposite(outputDirections[i]) });
    addSeed(inner, seeds, name, inside);
  });
  const wrt = [...captured, ...flowing.map(({ name }) => name), ...each];
  const passed = call.backpropagate(inner, opened.nodes, seeds, wrt, references);
  const sums = capturedSums(inner, captured, passed.gradients);
  const toElements = each.filter((name) => passed.gradients.get(name) !== undefined);
  const gradientOf = (name: string): string => passed.gradients.get(name) ?? inner.zerosLike(name);
  const results = [
    ...flowing.map(({ name }) => gradientOf(name)),
    ...sums.map(({ next }) => next),
    ...toElements.map(gradientOf),
  ];
  if (results.length === 0) return [];
  const inputs: readonly ValueInfoProto[] = [
    ...flowing.map(({ cotangent }) => shapedValue(cotangent, inner.type(cotangent))),
    ...sums.map(({ sum }) => shapedValue(sum, inner.type(sum))),
    ...sequences.map(({ inside }) => shapedValue(inside, inner.type(inside))),
  ];
  const closed = closeGraph(opened, body, passed.nodes, inputs, results);
  const graph = { ...closed, outputs: closed.outputs.map(({ name }) => shapedValue(name, inner.type(name))) };
  const given = flowing.map(({ name }) => {
    const place = before.indexOf(name);
    return call.cotangents[place] ?? build.zerosLike(node.inputs[place]!);
  });
  const zeros = sums.map(({ name }) => build.zerosLike(name));
  const gradients = build.ops("Scan", [...given, ...zeros, ...sequences.map(({ outside }) => outside)], results.length, {
    body: { graph },
    num_scan_inputs: sequences.length,
    scan_input_axes: sequences.map(({ axis }) => axis),
    scan_input_directions: sequences.map(({ direction }) => direction),
    scan_output_axes: toElements.map((name) => inputAxes[scannedIn(name)] ?? 0),
    scan_output_directions: toElements.map((name) => opposite(inputDirections[scannedIn(name)])),
  });
  sums.forEach(({ name }, i) => {
    call.contribute(name, gradients[flowing.length + i]!);
  });
  return before.map((name) => {
    const state = flowing.findIndex((other) => other.name === name);
    if (state >= 0) return gradients[state];
    const element = toElements.indexOf(name);
    return element < 0 ? undefined : gradients[flowing.length + sums.length + element];
  });
};

/** Makes the forward Scan hand out each state before each step: `[steps, …]`, in the order of the steps. */
function writeTape(call: RuleCall, body: GraphProto, count: number, types: ScanTypes): readonly string[] {
  const { build, node, attributes } = call;
  const scanned = body.outputs.length - count;
  const states = body.inputs.slice(0, count);
  const copies = states.map(({ name }, i): { readonly made: NodeProto; readonly info: ValueInfoProto } => {
    const copy = build.name(`${name}_step`);
    const made = { inputs: [name], outputs: [copy], name: copy, opType: "Identity", domain: "", attributes: [] };
    return { made, info: shapedValue(copy, types.inputs[i]) };
  });
  const tape = states.map(({ name }) => build.name(`${name}_steps`));
  const padded = (name: string): readonly number[] => {
    const list = attributes.ints(name) ?? [];
    return [...Array.from({ length: scanned }, (_, i) => list[i] ?? 0), ...tape.map(() => 0)];
  };
  const changed = {
    ...body,
    nodes: [...body.nodes, ...copies.map(({ made }) => made)],
    outputs: [...body.outputs, ...copies.map(({ info }) => info)],
  };
  const settings = writeAttributes({
    scan_output_axes: padded("scan_output_axes"),
    scan_output_directions: padded("scan_output_directions"),
  });
  const kept = node.attributes.filter(({ name }) => name !== "body" && !settings.some((other) => other.name === name));
  // The runtime wants a name for each result of a Scan.
  const named = Array.from({ length: count + scanned }, (_, i) => node.outputs[i] || build.name("unused"));
  call.replace({
    ...node,
    outputs: [...named, ...tape],
    attributes: [...kept, ...settings, { name: "body", type: attributeType.graph, g: changed }],
  });
  return tape;
}
