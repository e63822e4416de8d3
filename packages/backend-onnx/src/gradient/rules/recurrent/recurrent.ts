import type { GraphBuilder } from "../../graph-builder.ts";
import type { GradientRule, RuleCall, RulesOf } from "../../rule.ts";
import { type ActivationKind, activationsOf } from "./recurrent-activations.ts";
import { back, type Direction, type DirectionResult, whileRunning } from "./recurrent-direction.ts";
import { gatedSteps, longSteps, plainSteps, type Steps } from "./recurrent-steps.ts";

/**
 * Recurrent layers. Their result holds the state after every step, so the gates of all steps are found again at once by matrix products;
 * only what truly goes from step to step is scanned: the cell states forward (LSTM), the cotangents of the states backward. The number of
 * steps need not be known before the model is run, and rows may have lengths of their own.
 */
const recurrent =
  (gates: number, names: readonly ActivationKind[], steps: Steps): GradientRule =>
  (call) => {
    const { build, attributes } = call;
    // The runtime has no kernel of it; files are brought into the other layout before.
    if (attributes.int("layout", 0) !== 0) throw call.refuse("it has the batch first (layout 1)");
    const x = call.input(0);
    const [w, r] = [call.input(1), call.input(2)];
    const hidden = attributes.int("hidden_size", build.size(r, 2) ?? 0);
    const kind = attributes.text("direction", "forward");
    const count = kind === "bidirectional" ? 2 : 1;
    const functions = activationsOf(call, names, count);
    const states = call.output(0); // [steps, directions, batch, hidden]
    const zeros = build.zeros(build.concat([build.sizeOf(x, 1), build.int64([hidden])]), x);
    const lengths = call.optional(4);
    const mask = lengths === undefined ? undefined : runningRows(build, x, lengths);
    const clip = attributes.has("clip") ? attributes.float("clip", 0) : undefined;
    const parts: Parts = { x: [], w: [], r: [], b: [], initial: [], cell: [], peepholes: [] };
    for (let d = 0; d < count; d++) {
      const reverse = kind === "reverse" || d === 1;
      const turn = (name: string): string => (reverse ? turned(build, name, lengths) : name);
      const one = (name: string | undefined, axis = 0): string | undefined =>
        name === undefined ? undefined : build.squeeze(build.slice(name, d, d + 1, axis), [axis]);
      const own = turn(one(states, 1)!); // it has an axis of directions
      const initial = one(call.optional(5)) ?? zeros;
      const bias = one(call.optional(3));
      const given = call.cotangents[0] === undefined ? build.zerosLike(own) : turn(one(call.cotangents[0], 1)!);
      const plain: Direction = {
        build,
        call,
        x: turn(x),
        before: build.concat([build.unsqueeze(initial, [0]), build.slice(own, 0, -1)]),
        states: own,
        given,
        last: ofRowsWithElements(build, one(call.cotangents[1]), lengths),
        lastCell: ofRowsWithElements(build, one(call.cotangents[2]), lengths),
        weights: one(w)!,
        recurrence: one(r)!,
        inputBias: bias === undefined ? undefined : build.slice(bias, 0, gates * hidden),
        stateBias: bias === undefined ? undefined : build.slice(bias, gates * hidden, 2 * gates * hidden),
        peepholes: one(call.optional(7)),
        initialCell: one(call.optional(6)) ?? zeros,
        activations: functions.slice(d * names.length, (d + 1) * names.length),
        clip: clip === 0 ? undefined : clip,
        mask,
        hidden,
      };
      // After a row's end the layer hands out zeros, whatever its state.
      const direction = { ...plain, given: whileRunning(plain, given) };
      const result = steps(direction);
      parts.x.push(turn(back(build, result.sums, direction.weights)));
      collectWeights(call, direction, result, parts);
      parts.initial.push(build.unsqueeze(result.initial, [0]));
      if (result.initialCell !== undefined) parts.cell.push(build.unsqueeze(result.initialCell, [0]));
      if (result.peepholes !== undefined) parts.peepholes.push(build.unsqueeze(result.peepholes, [0]));
    }
    const all = (index: number, list: readonly string[]): string | undefined =>
      call.wants(index) && list.length > 0 ? build.concat(list) : undefined;
    return [
      parts.x.length === 1 ? parts.x[0]! : build.add(parts.x[0]!, parts.x[1]!),
      all(1, parts.w),
      all(2, parts.r),
      all(3, parts.b),
      undefined,
      all(5, parts.initial),
      all(6, parts.cell),
      all(7, parts.peepholes),
    ];
  };

/** What each direction gives to the node's inputs. */
type Parts = Readonly<Record<"x" | "w" | "r" | "b" | "initial" | "cell" | "peepholes", string[]>>;

/** Sums the products of cotangents and factors over all steps and rows. */
function collectWeights(call: RuleCall, direction: Direction, result: DirectionResult, parts: Parts): void {
  const { build } = call;
  const rows = (name: string): string => build.op("Flatten", [name], { axis: 2 });
  const product = (sums: string, factor: string): string =>
    build.op("MatMul", [build.op("Transpose", [rows(sums)], { perm: [1, 0] }), rows(factor)]);
  const recurrences = result.recurrences ?? [{ sums: result.sums, factor: direction.before }];
  if (call.wants(1)) parts.w.push(build.unsqueeze(product(result.sums, direction.x), [0]));
  if (call.wants(2)) {
    const products = recurrences.map(({ sums, factor }) => product(sums, factor));
    parts.r.push(build.unsqueeze(build.concat(products), [0]));
  }
  if (call.wants(3)) {
    const totals = [result.sums, ...recurrences.map(({ sums }) => sums)].map((sums) => build.sum(sums, [0, 1], false));
    parts.b.push(build.unsqueeze(build.concat(totals), [0]));
  }
}

/** The steps in the opposite order; where rows have lengths of their own, the steps that a row has. */
function turned(build: GraphBuilder, name: string, lengths: string | undefined): string {
  if (lengths !== undefined) {
    const turn = build.op("ReverseSequence", [name, build.castTo(lengths, 7)], { batch_axis: 1, time_axis: 0 });
    build.declare(turn, build.type(name));
    return turn;
  }
  return build.op("Slice", [name, build.int64([-1]), build.int64([-(2 ** 31 - 1)]), build.int64([0]), build.int64([-1])]);
}

/** A cotangent of last states: of a row without elements the runtime hands out zeros, not the initial state. */
function ofRowsWithElements(build: GraphBuilder, cotangent: string | undefined, lengths: string | undefined): string | undefined {
  if (cotangent === undefined || lengths === undefined) return cotangent;
  const some = build.op("Greater", [build.castTo(lengths, 7), build.int64([0], [])]);
  return build.where(build.unsqueeze(some, [1]), cotangent, build.float(0, cotangent));
}

/** Whether a row has an element at a step: truth values `[steps, batch, 1]`. */
function runningRows(build: GraphBuilder, x: string, lengths: string): string {
  const steps = build.squeeze(build.sizeOf(x, 0), [0]);
  const range = build.op("Range", [build.int64([0], []), steps, build.int64([1], [])]);
  return build.unsqueeze(build.op("Less", [build.unsqueeze(range, [1]), build.unsqueeze(build.castTo(lengths, 7), [0])]), [2]);
}

export const recurrentRules: RulesOf<"recurrent"> = {
  GRU: { outputs: 2, rule: recurrent(3, ["Sigmoid", "Tanh"], gatedSteps) },
  LSTM: { outputs: 3, rule: recurrent(4, ["Sigmoid", "Tanh", "Tanh"], longSteps) },
  RNN: { outputs: 2, rule: recurrent(1, ["Tanh"], plainSteps) },
};
