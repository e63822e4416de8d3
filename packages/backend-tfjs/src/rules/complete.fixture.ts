import type { NamedTensors } from "@attr/core";
import { expect } from "vitest";
import type { TfjsModel } from "../tfjs-model.ts";
import { numbersOf } from "./both-models.fixture.ts";

/** Holds the multipliers of every row to add up, times the differences of the inputs, to the difference of its output. */
export async function expectComplete(
  model: TfjsModel,
  options: {
    readonly feeds: NamedTensors;
    readonly reference: NamedTensors;
    readonly output: string;
    readonly index: readonly (readonly [number])[];
  },
): Promise<void> {
  const { feeds, reference, output, index } = options;
  const { backend } = model;
  const wrt = Object.keys(feeds);
  const objective = { value: output, index };
  const { gradients } = await model.gradient({ feeds, objective, wrt, rules: { kind: "deepLift", reference } });
  const sums = index.map(() => 0);
  for (const name of wrt) {
    const parts = await Promise.all([gradients[name], feeds[name], reference[name]].map((value) => numbersOf(backend, value)));
    const [multipliers, x, x0] = parts as [readonly number[], readonly number[], readonly number[]]; // of three
    const width = multipliers.length / index.length;
    for (const [i, multiplier] of multipliers.entries()) sums[Math.floor(i / width)]! += multiplier * (x[i]! - x0[i]!);
  }
  const outputs = async (at: NamedTensors) => {
    const numbers = await numbersOf(backend, (await model.run({ feeds: at, fetches: [output] }))[output]);
    return index.map(([path], row) => numbers[(row * numbers.length) / index.length + path]!);
  };
  const [own, other] = [await outputs(feeds), await outputs(reference)];
  for (const [row, sum] of sums.entries()) expect(sum).toBeCloseTo(own[row]! - other[row]!, 4);
}
