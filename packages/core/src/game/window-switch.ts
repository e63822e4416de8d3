import { sizeOf, stridesOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/tensor.ts";
import type { FeatureSwitch } from "./feature-switch.ts";

/** A window that slides over one input; all three have one entry an axis, the batch left out. */
export interface SlidingWindow {
  readonly shape: Shape;
  readonly size: readonly number[];
  readonly strides: readonly number[];
}

/**
 * Windows that slide over inputs, one input at a time: every position is a player, and they may overlap. A window at the border is
 * cut off there, so that every element is covered.
 */
export function windowSwitch(windows: Readonly<Record<string, SlidingWindow>>): FeatureSwitch {
  const inputs = Object.entries(windows).map(([name, window]) => {
    const counts = positions(window);
    return { name, window, counts, players: sizeOf(window.shape) === 0 ? 0 : sizeOf(counts), strides: stridesOf(window.shape) };
  });
  const starts = new Map<string, number>();
  let players = 0;
  for (const input of inputs) {
    starts.set(input.name, players);
    players += input.players;
  }
  const byName = new Map(inputs.map((input) => [input.name, input]));
  return {
    players,
    isPartition: false,
    runs(name, _example, player) {
      const input = byName.get(name)!; // made of the same inputs as the game
      const position = player - starts.get(name)!;
      if (position < 0 || position >= input.players) return [];
      return boxRuns(input.window, input.counts, input.strides, position);
    },
  };
}

/** How many positions a window has along every axis; the last one may be cut off. */
function positions({ shape, size, strides }: SlidingWindow): number[] {
  return shape.map((length, axis) => Math.ceil((length - size[axis]!) / strides[axis]!) + 1);
}

function boxRuns(
  { shape, size, strides }: SlidingWindow,
  counts: readonly number[],
  elementStrides: readonly number[],
  position: number,
): number[] {
  const rank = shape.length;
  if (rank === 0) return [0, 1];
  const begin = new Array<number>(rank);
  const end = new Array<number>(rank);
  let rest = position;
  for (let axis = rank - 1; axis >= 0; axis--) {
    begin[axis] = (rest % counts[axis]!) * strides[axis]!;
    end[axis] = Math.min(shape[axis]!, begin[axis]! + size[axis]!);
    rest = Math.floor(rest / counts[axis]!);
  }
  const runs: number[] = [];
  const at = begin.slice();
  for (;;) {
    let offset = 0;
    for (let axis = 0; axis < rank; axis++) offset += at[axis]! * elementStrides[axis]!;
    runs.push(offset, offset + end[rank - 1]! - begin[rank - 1]!);
    let axis = rank - 2;
    while (axis >= 0 && ++at[axis]! === end[axis]) {
      at[axis] = begin[axis]!;
      axis--;
    }
    if (axis < 0) return runs;
  }
}
