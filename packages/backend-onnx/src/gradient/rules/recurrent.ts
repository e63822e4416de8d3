import { elementTypeOf } from "../../onnx/element-type.ts";
import type { ValueInfoProto } from "../../onnx/proto.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../rule.ts";
import { type Activation, activate, activationSlope, activationsOf } from "./recurrent-activations.ts";

/**
 * Recurrent layers. Their result holds the state after every step, so the gates of all steps are found again at once by matrix products;
 * only what truly goes from step to step is scanned: the cell states forward (LSTM), the cotangents of the states backward.
 */

/** One direction of a recurrent layer with all its parts, time first: `[steps, batch, …]`. */
interface Direction {
  readonly build: GraphBuilder;
  /** The inputs in the order of this direction. */
  readonly x: string;
  /** The state before each step, and the states themselves. */
  readonly before: string;
  readonly states: string;
  /** Cotangent of the state after each step, and of the last one. */
  readonly given: string;
  readonly last: string | undefined;
  readonly lastCell: string | undefined;
  /** Weights of one direction: `[gates · hidden, input]`, `[gates · hidden, hidden]`, biases `[gates · hidden]`. */
  readonly weights: string;
  readonly recurrence: string;
  readonly inputBias: string | undefined;
  readonly stateBias: string | undefined;
  readonly initialCell: string;
  readonly activations: readonly Activation[];
  readonly hidden: number;
  readonly call: RuleCall;
}

/** The cotangents that one direction passes on. */
interface DirectionResult {
  readonly x: string;
  readonly initial: string;
  readonly initialCell: string | undefined;
}

type Step = (direction: Direction) => DirectionResult;

const recurrent =
  (gates: number, names: readonly Activation["kind"][], step: Step): GradientRule =>
  (call) => {
    const { build, attributes } = call;
    const [x, w, r] = [call.input(0), call.input(1), call.input(2)];
    const bias = call.optional(3);
    if (call.wants(1) || call.wants(2) || call.wants(3)) throw call.refuse("the gradient by its weights is not written");
    if (call.optional(4) !== undefined) throw call.refuse("its sequences have lengths of their own (sequence_lens)");
    if (call.optional(7) !== undefined) throw call.refuse("it has peepholes");
    if (attributes.has("clip")) throw call.refuse("it clips");
    if (attributes.int("layout", 0) !== 0) throw call.refuse("it has the batch first (layout 1)");
    if (attributes.int("input_forget", 0) !== 0) throw call.refuse("it couples its gates (input_forget)");
    const hidden = attributes.int("hidden_size", build.size(r, 2) ?? 0);
    const kind = attributes.text("direction", "forward");
    const count = kind === "bidirectional" ? 2 : 1;
    const functions = activationsOf(call, names, count);
    const steps = call.output(0); // [steps, directions, batch, hidden]
    const batch = build.sizeOf(x, 1);
    const zeros = build.zeros(build.concat([batch, build.int64([hidden])]), x);
    const toX: string[] = [];
    const toInitial: string[] = [];
    const toCell: string[] = [];
    for (let d = 0; d < count; d++) {
      const reverse = kind === "reverse" || d === 1;
      const turn = (name: string): string => (reverse ? turned(build, name) : name);
      const one = (name: string | undefined, axis = 0): string | undefined =>
        name === undefined ? undefined : build.squeeze(build.slice(name, d, d + 1, axis), [axis]);
      const states = turn(one(steps, 1)!); // it has an axis of directions
      const initial = one(call.optional(5)) ?? zeros;
      const whole = one(bias);
      const before = build.concat([build.unsqueeze(initial, [0]), build.slice(states, 0, -1)]);
      const given = call.cotangents[0] === undefined ? build.zerosLike(states) : turn(one(call.cotangents[0], 1)!);
      const result = step({
        build,
        call,
        x: turn(x),
        before,
        states,
        given,
        last: one(call.cotangents[1]),
        lastCell: one(call.cotangents[2]),
        weights: one(w)!,
        recurrence: one(r)!,
        inputBias: whole === undefined ? undefined : build.slice(whole, 0, gates * hidden),
        stateBias: whole === undefined ? undefined : build.slice(whole, gates * hidden, 2 * gates * hidden),
        initialCell: one(call.optional(6)) ?? zeros,
        activations: functions.slice(d * names.length, (d + 1) * names.length),
        hidden,
      });
      toX.push(turn(result.x));
      toInitial.push(build.unsqueeze(result.initial, [0]));
      if (result.initialCell !== undefined) toCell.push(build.unsqueeze(result.initialCell, [0]));
    }
    return [
      toX.length === 1 ? toX[0]! : build.add(toX[0]!, toX[1]!),
      undefined,
      undefined,
      undefined,
      undefined,
      call.optional(5) === undefined ? undefined : build.concat(toInitial),
      call.optional(6) === undefined || toCell.length === 0 ? undefined : build.concat(toCell),
    ];
  };

/** The steps in the opposite order. */
function turned(build: GraphBuilder, name: string): string {
  return build.op("Slice", [name, build.int64([-1]), build.int64([-(2 ** 31 - 1)]), build.int64([0]), build.int64([-1])]);
}

/** value · weightsᵀ + bias, for all steps at once. */
function affine(build: GraphBuilder, value: string, weights: string, bias: string | undefined): string {
  const product = build.op("MatMul", [value, build.op("Transpose", [weights], { perm: [1, 0] })]);
  return bias === undefined ? product : build.add(product, bias);
}

/** A gate's part of a list of gates along the last axis. */
function gate(build: GraphBuilder, name: string, at: number, hidden: number): string {
  return build.slice(name, at * hidden, (at + 1) * hidden, -1);
}

/** The rows of weights that belong to some gates. */
function rowsOf(build: GraphBuilder, weights: string, from: number, to: number, hidden: number): string {
  return build.slice(weights, from * hidden, to * hidden, 0);
}

interface Scanned {
  /** State values at the start. */
  readonly initial: readonly string[];
  /** Values with a first axis of steps. */
  readonly sequences: readonly string[];
  readonly backward: boolean;
  /** Writes one step: states and slices in; new states, and what is kept of the step, out. */
  step(
    build: GraphBuilder,
    states: readonly string[],
    slices: readonly string[],
  ): { readonly states: readonly string[]; readonly kept: readonly string[] };
}

/** A Scan node: last states, then what each step kept, in the order of the sequences. */
function scan(outer: GraphBuilder, scanned: Scanned): readonly string[] {
  const inner = outer.inner();
  const takes = (like: string, what: string, sequence: boolean): string => {
    const name = inner.name(what);
    const type = outer.type(like);
    if (type !== undefined) inner.declare(name, { element: type.element, shape: sequence ? type.shape?.slice(1) : type.shape });
    return name;
  };
  const states = scanned.initial.map((name) => takes(name, "state", false));
  const slices = scanned.sequences.map((name) => takes(name, "step", true));
  const made = scanned.step(inner, states, slices);
  const results = [...made.states, ...made.kept].map((name) => {
    const own = inner.name("result");
    inner.write({ inputs: [name], outputs: [own], name: own, opType: "Identity", domain: "", attributes: [] });
    return own;
  });
  const info = (name: string): ValueInfoProto => ({
    name,
    type: { tensorType: { elemType: (inner.type(name)?.element ?? elementTypeOf(1)!).code } },
  });
  const body = inner.asGraph(inner.name("body"), [...states, ...slices].map(info), results);
  const direction = scanned.backward ? 1 : 0;
  return outer.ops("Scan", [...scanned.initial, ...scanned.sequences], results.length, {
    body: { graph: body },
    num_scan_inputs: slices.length,
    scan_input_directions: slices.map(() => direction),
    scan_output_directions: made.kept.map(() => direction),
  });
}

/** Cotangents through a matrix product with weights: `[…, gates] · [gates, from]`. */
function back(build: GraphBuilder, cotangent: string, weights: string): string {
  return build.op("MatMul", [cotangent, weights]);
}

/** h = f(W x + R h' + b) */
const plainStep: Step = (direction) => {
  const { build, x, before, states, given, weights, recurrence } = direction;
  const total = build.add(affine(build, x, weights, direction.inputBias), affine(build, before, recurrence, direction.stateBias));
  const slope = activationSlope(build, direction.activations[0]!, total, states);
  const [first, pre] = scan(build, {
    initial: [direction.last ?? lastZeros(build, given)],
    sequences: [given, slope],
    backward: true,
    step: (inner, [carried], [here, bend]) => {
      const gradient = inner.mul(inner.add(carried!, here!), bend!);
      return { states: [back(inner, gradient, recurrence)], kept: [gradient] };
    },
  });
  return { x: back(build, pre!, weights), initial: first!, initialCell: undefined };
};

/** z, r: gates; n = g(W x + b + r·(R h' + b')) or g(W x + b + R (r·h') + b'); h = (1 − z)·n + z·h'. */
const gatedStep: Step = (direction) => {
  const { build, x, before, given, weights, recurrence, hidden, call, inputBias, stateBias } = direction;
  const [f, g] = [direction.activations[0]!, direction.activations[1]!];
  const late = call.attributes.int("linear_before_reset", 0) !== 0;
  const fromInput = affine(build, x, weights, inputBias);
  const biasPart = (from: number, to: number): string | undefined =>
    stateBias === undefined ? undefined : build.slice(stateBias, from * hidden, to * hidden);
  const gateWeights = rowsOf(build, recurrence, 0, 2, hidden);
  const newWeights = rowsOf(build, recurrence, 2, 3, hidden);
  const preGates = build.add(build.slice(fromInput, 0, 2 * hidden, -1), affine(build, before, gateWeights, biasPart(0, 2)));
  const gates = activate(build, f, preGates);
  const gateSlopes = activationSlope(build, f, preGates, gates);
  const [z, r] = [gate(build, gates, 0, hidden), gate(build, gates, 1, hidden)];
  const [zSlope, rSlope] = [gate(build, gateSlopes, 0, hidden), gate(build, gateSlopes, 1, hidden)];
  const inner = late
    ? affine(build, before, newWeights, biasPart(2, 3))
    : affine(build, build.mul(r, before), newWeights, biasPart(2, 3));
  const preNew = build.add(gate(build, fromInput, 2, hidden), late ? build.mul(r, inner) : inner);
  const n = activate(build, g, preNew);
  const nSlope = activationSlope(build, g, preNew, n);
  // What one unit of the state's cotangent gives to each gate's sum, step by step.
  const toNew = build.mul(build.sub(build.float(1, z), z), nSlope);
  const toUpdate = build.mul(build.sub(before, n), zSlope);
  const [first, kept] = scan(build, {
    initial: [direction.last ?? lastZeros(build, given)],
    sequences: [given, toNew, toUpdate, z, r, rSlope, late ? inner : before],
    backward: true,
    step: (one, [carried], [here, newFactor, updateFactor, zHere, rHere, rBend, resetFactor]) => {
      const state = one.add(carried!, here!);
      const dNew = one.mul(state, newFactor!);
      const dUpdate = one.mul(state, updateFactor!);
      const throughReset = late ? dNew : back(one, dNew, newWeights);
      const dReset = one.mul(one.mul(throughReset, resetFactor!), rBend!);
      const gatesBack = back(one, one.concat([dUpdate, dReset], -1), gateWeights);
      const newBack = late ? back(one, one.mul(dNew, rHere!), newWeights) : one.mul(throughReset, rHere!);
      const previous = one.add(one.add(one.mul(state, zHere!), gatesBack), newBack);
      return { states: [previous], kept: [one.concat([dUpdate, dReset, dNew], -1)] };
    },
  });
  return { x: back(build, kept!, weights), initial: first!, initialCell: undefined };
};

/** Gates i, o, f, and c̃: c = f·c' + i·c̃; h = o·h(c). */
const longStep: Step = (direction) => {
  const { build, x, before, given, weights, recurrence, hidden } = direction;
  const [f, g, h] = [direction.activations[0]!, direction.activations[1]!, direction.activations[2]!];
  const total = build.add(affine(build, x, weights, direction.inputBias), affine(build, before, recurrence, direction.stateBias));
  const preGates = build.slice(total, 0, 3 * hidden, -1);
  const gates = activate(build, f, preGates);
  const slopes = activationSlope(build, f, preGates, gates);
  const part = (at: number): string => gate(build, gates, at, hidden);
  const slope = (at: number): string => gate(build, slopes, at, hidden);
  const preCell = gate(build, total, 3, hidden);
  const candidate = activate(build, g, preCell);
  const [input, output, forget] = [part(0), part(1), part(2)];
  const [, previous, cells] = scan(build, {
    initial: [direction.initialCell],
    sequences: [forget, build.mul(input, candidate)],
    backward: false,
    step: (one, [cell], [keep, added]) => {
      const next = one.add(one.mul(cell!, keep!), added!);
      return { states: [next], kept: [cell!, next] };
    },
  });
  const shown = activate(build, h, cells!);
  const toCell = build.mul(output, activationSlope(build, h, cells!, shown));
  const factors = [
    build.mul(candidate, slope(0)),
    build.mul(shown, slope(1)),
    build.mul(previous!, slope(2)),
    build.mul(input, activationSlope(build, g, preCell, candidate)),
  ];
  const zeros = lastZeros(build, given);
  const [first, firstCell, kept] = scan(build, {
    initial: [direction.last ?? zeros, direction.lastCell ?? zeros],
    sequences: [given, toCell, forget, ...factors],
    backward: true,
    step: (one, [carried, cell], [here, cellFactor, keep, i, o, fo, c]) => {
      const state = one.add(carried!, here!);
      const dCell = one.add(cell!, one.mul(state, cellFactor!));
      const all = one.concat([one.mul(dCell, i!), one.mul(state, o!), one.mul(dCell, fo!), one.mul(dCell, c!)], -1);
      return { states: [back(one, all, recurrence), one.mul(dCell, keep!)], kept: [all] };
    },
  });
  return { x: back(build, kept!, weights), initial: first!, initialCell: firstCell! };
};

/** Zeros of the shape of one step. */
function lastZeros(build: GraphBuilder, sequence: string): string {
  return build.zeros(build.slice(build.op("Shape", [sequence]), 1), sequence);
}

export const recurrentRules: RulesOf<"recurrent"> = {
  GRU: { outputs: 2, rule: recurrent(3, ["Sigmoid", "Tanh"], gatedStep) },
  LSTM: { outputs: 3, rule: recurrent(4, ["Sigmoid", "Tanh", "Tanh"], longStep) },
  RNN: { outputs: 2, rule: recurrent(1, ["Tanh"], plainStep) },
};
