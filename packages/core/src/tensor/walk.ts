import { sizeOf } from "./shape.ts";
import type { Shape } from "./tensor.ts";

/** Several strided views of one shape, with axes that lie evenly in all of them merged: what the loops walk over. */
export interface Walk {
  /** Lengths of the axes that are left, outermost first; at least one. */
  readonly lengths: readonly number[];
  /** For every view, one stride an axis. */
  readonly strides: readonly (readonly number[])[];
}

/** Merges the axes of views that share `shape`: equal shapes become one axis, a leading broadcast two. */
export function planWalk(shape: Shape, views: readonly (readonly number[])[]): Walk {
  const lengths: number[] = [];
  const strides: number[][] = views.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const length = shape[axis]!;
    if (length === 1) continue;
    const last = lengths.length - 1;
    const merges = last >= 0 && views.every((view, i) => strides[i]![last] === view[axis]! * length);
    if (merges) {
      lengths[last] = lengths[last]! * length;
      for (let i = 0; i < views.length; i++) strides[i]![last] = views[i]![axis]!;
    } else {
      lengths.push(length);
      for (let i = 0; i < views.length; i++) strides[i]!.push(views[i]![axis]!);
    }
  }
  if (lengths.length === 0) {
    lengths.push(1);
    for (const view of strides) view.push(0);
  }
  return { lengths, strides };
}

/** A last axis shorter than this is not worth a run of its own where a longer one can take its place. */
const shortAxis = 16;

/**
 * The same walk with its longest axis last, where the last one is short: then there are few runs, and long ones. Runs of three elements
 * (colours, say) cost ten times as much.
 *
 * @param mayMove which axes may change their place; all when absent.
 */
export function longestLast(walk: Walk, mayMove: (axis: number) => boolean = () => true): Walk {
  const { lengths, strides } = walk;
  const last = lengths.length - 1;
  if (lengths[last]! >= shortAxis) return walk;
  let longest = last;
  for (let axis = 0; axis < last; axis++) if (lengths[axis]! > lengths[longest]! && mayMove(axis)) longest = axis;
  if (longest === last) return walk;
  const move = (list: readonly number[]): number[] => [...list.slice(0, longest), ...list.slice(longest + 1), list[longest]!];
  return { lengths: move(lengths), strides: strides.map(move) };
}

/**
 * Calls `run` once for every innermost run of elements, with the position where it starts in every view. The loop over the elements
 * is the caller's, written out.
 */
export function forEachRun(walk: Walk, run: (starts: readonly number[]) => void): void {
  const { lengths, strides } = walk;
  if (sizeOf(lengths) === 0) return;
  const outer = lengths.length - 1;
  const starts = strides.map(() => 0);
  const counter = new Array<number>(outer).fill(0);
  for (;;) {
    run(starts);
    let axis = outer - 1;
    for (; axis >= 0; axis--) {
      counter[axis] = counter[axis]! + 1;
      const wrapped = counter[axis] === lengths[axis];
      const steps = wrapped ? 1 - lengths[axis]! : 1;
      for (let i = 0; i < starts.length; i++) starts[i] = starts[i]! + strides[i]![axis]! * steps;
      if (!wrapped) break;
      counter[axis] = 0;
    }
    if (axis < 0) return;
  }
}
