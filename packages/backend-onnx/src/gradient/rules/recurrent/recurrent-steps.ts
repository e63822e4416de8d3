import { activate, activationSlope } from "./recurrent-activations.ts";
import {
  affine,
  back,
  carriedOn,
  cutOff,
  type Direction,
  type DirectionResult,
  gate,
  gateOf,
  scanSteps,
  stepZeros,
  whileRunning,
} from "./recurrent-direction.ts";

/** Passes cotangents back through the steps of one direction. */
export type Steps = (direction: Direction) => DirectionResult;

/** h = f(W x + R h' + b) */
export const plainSteps: Steps = (direction) => {
  const { build, x, before, states, given, recurrence, mask, clip } = direction;
  const total = build.add(
    affine(build, x, direction.weights, direction.inputBias),
    affine(build, before, recurrence, direction.stateBias),
  );
  const [f] = direction.activations;
  // Without a limit the states are the activations themselves.
  const bends = clip === undefined ? activationSlope(build, f!, total, states) : gateOf(direction, f!, total).slope;
  const slope = whileRunning(direction, bends);
  const [first, sums] = scanSteps(build, {
    initial: [direction.last ?? stepZeros(build, given)],
    sequences: [given, slope],
    mask,
    backward: true,
    step: (one, [carried], [here, bend], running) => {
      const gradient = one.mul(one.add(carried!, here!), bend!);
      return { states: [carriedOn(one, running, back(one, gradient, recurrence), carried!)], kept: [gradient] };
    },
  });
  return { sums: sums!, initial: first! };
};

/** z, r: gates; n = g(W x + b + r·(R h' + b')) or g(W x + b + R (r·h') + b'); h = (1 − z)·n + z·h'. */
export const gatedSteps: Steps = (direction) => {
  const { build, x, before, given, weights, recurrence, hidden, call, inputBias, stateBias, mask } = direction;
  const [f, g] = [direction.activations[0]!, direction.activations[1]!];
  const late = call.attributes.int("linear_before_reset", 0) !== 0;
  const fromInput = affine(build, x, weights, inputBias);
  const biasPart = (from: number, to: number): string | undefined =>
    stateBias === undefined ? undefined : build.slice(stateBias, from * hidden, to * hidden);
  const gateWeights = build.slice(recurrence, 0, 2 * hidden, 0);
  const newWeights = build.slice(recurrence, 2 * hidden, 3 * hidden, 0);
  const preGates = build.add(build.slice(fromInput, 0, 2 * hidden, -1), affine(build, before, gateWeights, biasPart(0, 2)));
  const gates = gateOf(direction, f, preGates);
  const [z, r] = [gate(build, gates.y, 0, hidden), gate(build, gates.y, 1, hidden)];
  const [zSlope, rSlope] = [gate(build, gates.slope, 0, hidden), gate(build, gates.slope, 1, hidden)];
  const reset = late ? before : build.mul(r, before);
  const inner = affine(build, reset, newWeights, biasPart(2, 3));
  const preNew = build.add(gate(build, fromInput, 2, hidden), late ? build.mul(r, inner) : inner);
  const fresh = gateOf(direction, g, preNew);
  // What one unit of the state's cotangent gives to each gate's sum, step by step.
  const toNew = whileRunning(direction, build.mul(build.sub(build.float(1, z), z), fresh.slope));
  const toUpdate = whileRunning(direction, build.mul(build.sub(before, fresh.y), zSlope));
  const [first, kept] = scanSteps(build, {
    initial: [direction.last ?? stepZeros(build, given)],
    sequences: [given, toNew, toUpdate, z, r, rSlope, late ? inner : before],
    mask,
    backward: true,
    step: (one, [carried], [here, newFactor, updateFactor, zHere, rHere, rBend, resetFactor], running) => {
      const state = one.add(carried!, here!);
      const dNew = one.mul(state, newFactor!);
      const dUpdate = one.mul(state, updateFactor!);
      const throughReset = late ? dNew : back(one, dNew, newWeights);
      const dReset = one.mul(one.mul(throughReset, resetFactor!), rBend!);
      const gatesBack = back(one, one.concat([dUpdate, dReset], -1), gateWeights);
      const newBack = late ? back(one, one.mul(dNew, rHere!), newWeights) : one.mul(throughReset, rHere!);
      const previous = one.add(one.add(one.mul(state, zHere!), gatesBack), newBack);
      return { states: [carriedOn(one, running, previous, carried!)], kept: [one.concat([dUpdate, dReset, dNew], -1)] };
    },
  });
  const toGates = build.slice(kept!, 0, 2 * hidden, -1);
  const toFresh = gate(build, kept!, 2, hidden);
  const recurrences = [
    { sums: toGates, factor: before },
    { sums: late ? build.mul(toFresh, r) : toFresh, factor: reset },
  ];
  return { sums: kept!, recurrences, initial: first! };
};

/**
 * Gates i, o, f, and c̃: c = f·c' + i·c̃; h = o·h(c). With peepholes i and f see c', and o sees c. With `input_forget` f is 1 − i.
 */
export const longSteps: Steps = (direction) => {
  const { build, x, before, given, weights, recurrence, hidden, call, mask, clip } = direction;
  const [f, g, h] = [direction.activations[0]!, direction.activations[1]!, direction.activations[2]!];
  const coupled = call.attributes.int("input_forget", 0) !== 0;
  const peep = (at: number): string | undefined =>
    direction.peepholes === undefined ? undefined : build.slice(direction.peepholes, at * hidden, (at + 1) * hidden);
  const [peepInput, peepOutput, peepForget] = [peep(0), peep(1), peep(2)];
  const total = build.add(affine(build, x, weights, direction.inputBias), affine(build, before, recurrence, direction.stateBias));
  const part = (at: number): string => gate(build, total, at, hidden);
  const candidate = gateOf(direction, g, part(3));
  const [, previous, cells] = scanSteps(build, {
    initial: [direction.initialCell],
    sequences: [part(0), part(2), candidate.y],
    mask,
    backward: false,
    step: (one, [cell], [inputSum, forgetSum, added], running) => {
      const opened = (sum: string, peephole: string | undefined): string =>
        activate(one, f, cutOff(one, peephole === undefined ? sum : one.add(sum, one.mul(peephole, cell!)), clip));
      const input = opened(inputSum!, peepInput);
      const forget = coupled ? one.sub(one.float(1, input), input) : opened(forgetSum!, peepForget);
      const next = one.add(one.mul(cell!, forget), one.mul(added!, input));
      return { states: [carriedOn(one, running, next, cell!)], kept: [cell!, next] };
    },
  });
  const seeing = (at: number, peephole: string | undefined, cell: string): string =>
    peephole === undefined ? part(at) : build.add(part(at), build.mul(peephole, cell));
  const input = gateOf(direction, f, seeing(0, peepInput, previous!));
  const output = gateOf(direction, f, seeing(1, peepOutput, cells!));
  const forget = coupled ? undefined : gateOf(direction, f, seeing(2, peepForget, previous!));
  // The limit is one of the gates, not of the cell.
  const shown = gateOf({ ...direction, clip: undefined }, h, cells!);
  const keep = forget?.y ?? build.sub(build.float(1, input.y), input.y);
  // Of one unit of the state's cotangent: what the cell gets and the output gate's sum; of the cell's: what the other sums get.
  const toCell = build.mul(output.y, shown.slope);
  const toOutput = build.mul(shown.y, output.slope);
  const toInput = build.mul(forget === undefined ? build.sub(candidate.y, previous!) : candidate.y, input.slope);
  const toForget = forget === undefined ? build.zerosLike(previous!) : build.mul(previous!, forget.slope);
  const toCandidate = build.mul(input.y, candidate.slope);
  const zeros = stepZeros(build, given);
  const [first, firstCell, sums] = scanSteps(build, {
    initial: [direction.last ?? zeros, direction.lastCell ?? zeros],
    sequences: [given, keep, ...[toCell, toInput, toOutput, toForget, toCandidate].map((name) => whileRunning(direction, name))],
    mask,
    backward: true,
    step: (one, [carried, cell], [here, stays, cellFactor, i, o, fo, c], running) => {
      const state = one.add(carried!, here!);
      const dOutput = one.mul(state, o!);
      const direct = one.add(cell!, one.mul(state, cellFactor!));
      const dCell = peepOutput === undefined ? direct : one.add(direct, one.mul(dOutput, peepOutput));
      const [dInput, dForget] = [one.mul(dCell, i!), one.mul(dCell, fo!)];
      const all = one.concat([dInput, dOutput, dForget, one.mul(dCell, c!)], -1);
      const kept = one.mul(dCell, stays!);
      const before =
        peepInput === undefined || peepForget === undefined
          ? kept
          : one.add(kept, one.add(one.mul(dInput, peepInput), one.mul(dForget, peepForget)));
      return {
        states: [carriedOn(one, running, back(one, all, recurrence), carried!), carriedOn(one, running, before, cell!)],
        kept: [all],
      };
    },
  });
  const peepholes = (): string => {
    const seen = build.concat([previous!, cells!, previous!], -1);
    return build.sum(build.mul(build.slice(sums!, 0, 3 * hidden, -1), seen), [0, 1], false);
  };
  return {
    sums: sums!,
    initial: first!,
    initialCell: firstCell!,
    peepholes: peepInput === undefined ? undefined : peepholes(),
  };
};
