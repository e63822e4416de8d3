import type { GraphBuilder } from "../../graph-builder.ts";
import { shapedValue } from "../../open-graph.ts";
import type { RuleCall } from "../../rule.ts";
import { type Activation, activate, activationSlope } from "./recurrent-activations.ts";

/** One direction of a recurrent layer with all its parts, in the order of its steps: `[steps, batch, …]`. */
export interface Direction {
  readonly build: GraphBuilder;
  readonly call: RuleCall;
  readonly x: string;
  /** The state before each step, and the states themselves. */
  readonly before: string;
  readonly states: string;
  /** Cotangents of the state after each step, of the last one, and of the last cell state. */
  readonly given: string;
  readonly last: string | undefined;
  readonly lastCell: string | undefined;
  /** Weights: `[gates · hidden, input]`, `[gates · hidden, hidden]`; biases `[gates · hidden]`; peepholes `[3 · hidden]`. */
  readonly weights: string;
  readonly recurrence: string;
  readonly inputBias: string | undefined;
  readonly stateBias: string | undefined;
  readonly peepholes: string | undefined;
  readonly initialCell: string;
  readonly activations: readonly Activation[];
  /** What the gates' sums are cut off at before the activations; undefined without a limit. */
  readonly clip: number | undefined;
  /** Whether a row still has elements at a step: truth values `[steps, batch, 1]`; undefined where all rows have all. */
  readonly mask: string | undefined;
  readonly hidden: number;
}

/** The cotangents that one direction passes on. */
export interface DirectionResult {
  /** Of the gates' sums, where the input's part of them comes in: `[steps, batch, gates · hidden]`. */
  readonly sums: string;
  /** The same where the state's part comes in, before and after its weights. @defaultValue `sums`, and the state before each step */
  readonly recurrences?: readonly { readonly sums: string; readonly factor: string }[] | undefined;
  readonly initial: string;
  readonly initialCell?: string | undefined;
  readonly peepholes?: string | undefined;
}

/** value · weightsᵀ + bias, for all steps at once. */
export function affine(build: GraphBuilder, value: string, weights: string, bias: string | undefined): string {
  const product = build.op("MatMul", [value, build.op("Transpose", [weights], { perm: [1, 0] })]);
  return bias === undefined ? product : build.add(product, bias);
}

/** Cotangents through a matrix product with weights: `[…, gates] · [gates, from]`. */
export function back(build: GraphBuilder, cotangent: string, weights: string): string {
  return build.op("MatMul", [cotangent, weights]);
}

/** A gate's part of a list of gates along the last axis. */
export function gate(build: GraphBuilder, name: string, at: number, hidden: number): string {
  return build.slice(name, at * hidden, (at + 1) * hidden, -1);
}

/** The activation of a gate's sum, and how it changes with the sum; cut off at the layer's limit first. */
export function gateOf(
  { build, clip }: Direction,
  activation: Activation,
  sum: string,
): { readonly y: string; readonly slope: string } {
  if (clip === undefined) {
    const y = activate(build, activation, sum);
    return { y, slope: activationSlope(build, activation, sum, y) };
  }
  const cut = cutOff(build, sum, clip);
  const y = activate(build, activation, cut);
  const inside = build.op("Less", [build.op("Abs", [sum]), build.float(clip, sum)]);
  return { y, slope: build.where(inside, activationSlope(build, activation, cut, y), build.float(0, y)) };
}

export function cutOff(build: GraphBuilder, sum: string, clip: number | undefined): string {
  return clip === undefined ? sum : build.op("Clip", [sum, build.float(-clip, sum), build.float(clip, sum)]);
}

/** A value of each step, 0 where a row has ended. */
export function whileRunning({ build, mask }: Direction, name: string): string {
  return mask === undefined ? name : build.where(mask, name, build.float(0, name));
}

/** What goes from step to step: `next`, or for a row that has ended what it was. `mask` is the step's. */
export function carriedOn(build: GraphBuilder, mask: string | undefined, next: string, unchanged: string): string {
  return mask === undefined ? next : build.where(mask, next, unchanged);
}

/** Zeros of the shape of one step. */
export function stepZeros(build: GraphBuilder, sequence: string): string {
  return build.zeros(build.slice(build.op("Shape", [sequence]), 1), sequence);
}

interface Scanned {
  /** State values at the start. */
  readonly initial: readonly string[];
  /** Values with a first axis of steps. */
  readonly sequences: readonly string[];
  /** The step's truth values of rows that still have elements; `step` is given those of its step. */
  readonly mask: string | undefined;
  readonly backward: boolean;
  /** Writes one step: states and slices in; new states, and what is kept of the step, out. */
  step(
    build: GraphBuilder,
    states: readonly string[],
    slices: readonly string[],
    mask: string | undefined,
  ): { readonly states: readonly string[]; readonly kept: readonly string[] };
}

/** A Scan node: last states, then what each step kept, in the order of the sequences. */
export function scanSteps(outer: GraphBuilder, scanned: Scanned): readonly string[] {
  const inner = outer.inner();
  const sequences = scanned.mask === undefined ? scanned.sequences : [...scanned.sequences, scanned.mask];
  const takes = (like: string, what: string, sequence: boolean): string => {
    const name = inner.name(what);
    const type = outer.type(like);
    if (type !== undefined) inner.declare(name, { element: type.element, shape: sequence ? type.shape?.slice(1) : type.shape });
    return name;
  };
  const states = scanned.initial.map((name) => takes(name, "state", false));
  const slices = sequences.map((name) => takes(name, "step", true));
  const made = scanned.step(inner, states, slices, scanned.mask === undefined ? undefined : slices.at(-1));
  const results = [...made.states, ...made.kept].map((name) => {
    const own = inner.name("result");
    inner.write({ inputs: [name], outputs: [own], name: own, opType: "Identity", domain: "", attributes: [] });
    return own;
  });
  const info = (name: string): ReturnType<typeof shapedValue> => shapedValue(name, inner.type(name));
  const written = inner.asGraph(inner.name("body"), [...states, ...slices].map(info), results);
  // Of a result whose shape the runtime cannot tell it wants to know the number of axes.
  const outputs = results.map((name) => {
    const type = inner.type(name);
    return shapedValue(name, type && { element: type.element, shape: type.shape ?? [null, null] });
  });
  const direction = scanned.backward ? 1 : 0;
  return outer.ops("Scan", [...scanned.initial, ...sequences], results.length, {
    body: { graph: { ...written, outputs } },
    num_scan_inputs: slices.length,
    scan_input_directions: slices.map(() => direction),
    scan_output_directions: made.kept.map(() => direction),
  });
}
