import { InvalidArgumentError } from "../errors.ts";
import { formatShape, sameShape, sizeOf, stridesOf, unravel } from "../tensor/shape.ts";
import type { HostData, Shape } from "../tensor/tensor.ts";
import type { RowOrigin } from "./model.ts";

/**
 * Which number of the output is explained.
 *
 * - a number: that index of the output's last axis, for every example;
 * - an array: one entry an example, each a number (as above) or an index path, one index for every axis but the batch;
 * - `{ path }`: one index path for every example;
 * - absent: the output is one number an example, or every element of it is explained (attributions `[n, ...output, ...input]`).
 */
export type Target = number | readonly (number | readonly number[])[] | { readonly path: readonly number[] } | undefined;

/** A target held against an output's shape: reads the explained numbers out of the output of any rows. */
export interface TargetPlan {
  /** Shape of what is explained of one example: `[]` where it is one number. */
  readonly shape: Shape;
  /** How many numbers that is. */
  readonly outputs: number;
  /**
   * The explained numbers of every row, `[rows, outputs]` row-major.
   *
   * @throws InvalidArgumentError where the output has another shape than the plan was made for.
   */
  select(output: HostData, origin?: RowOrigin): Float64Array;
  /** The index path, without the batch axis, of one of the explained numbers of an example. */
  path(example: number, explained: number): readonly number[];
}

/**
 * Holds a target against the shape of an output.
 *
 * @param outputShape the output's shape, rows first; how many rows does not matter.
 * @param examples how many examples there are: the entries an array of targets must have.
 * @throws InvalidArgumentError naming the index, the axis and its length.
 */
export function resolveTarget(target: Target, outputShape: Shape, examples: number, outputName: string): TargetPlan {
  if (outputShape.length === 0)
    throw new InvalidArgumentError(`output "${outputName}" is one number for the whole batch; its first axis must be the batch`);
  const output: Output = { name: outputName, shape: outputShape };
  if (target === undefined || target === null) return planAll(output);
  if (typeof target === "number") return planPicks(output, [offsetOfNumber(target, output)], target);
  if (Array.isArray(target)) return planList(target, output, examples);
  if (typeof target === "object" && "path" in target && Array.isArray(target.path))
    return planPicks(output, [offsetOfPath(target.path, output)], target.path);
  throw new InvalidArgumentError(
    `target must be a number, an array with one entry an example, or { path: [indices] }, got ${typeof target === "object" ? "an object" : `${typeof target} ${String(target)}`}`,
  );
}

interface Output {
  readonly name: string;
  /** Rows first. */
  readonly shape: Shape;
}

/** Where one target lies in an example's part of the output: the middle axes are left when only the last one is indexed. */
interface Pick {
  readonly offset: number;
  /** Shape of what it leaves. */
  readonly left: Shape;
  /** Elements between neighbours of it. */
  readonly stride: number;
}

function planAll(output: Output): TargetPlan {
  const size = sizeOf(output.shape.slice(1));
  return planPicks(output, [{ offset: 0, left: size === 1 ? [] : output.shape.slice(1), stride: 1 }], undefined);
}

function planList(target: readonly (number | readonly number[])[], output: Output, examples: number): TargetPlan {
  if (target.length !== examples)
    throw new InvalidArgumentError(
      `target has ${target.length} entries for ${examples} ${examples === 1 ? "example" : "examples"}; an array has one entry an example, { path: [indices] } is one index path for all`,
    );
  const picks = target.map((entry) => (Array.isArray(entry) ? offsetOfPath(entry, output) : offsetOfNumber(entry, output)));
  const [first] = picks;
  if (first === undefined) throw new InvalidArgumentError("target is an empty array");
  if (picks.some((pick) => !sameShape(pick.left, first.left)))
    throw new InvalidArgumentError(
      `target mixes numbers and index paths, which leave different parts of "${output.name}" ${formatShape(output.shape)}`,
    );
  return planPicks(output, picks, target);
}

function planPicks(output: Output, picks: readonly Pick[], target: unknown): TargetPlan {
  const { left, stride } = picks[0]!;
  const outputs = sizeOf(left);
  const width = sizeOf(output.shape.slice(1));
  const perExample = picks.length > 1;
  return {
    shape: left,
    outputs,
    select({ data, shape }, origin) {
      if (!sameShape(shape.slice(1), output.shape.slice(1)) || shape.length === 0)
        throw new InvalidArgumentError(
          `output "${output.name}" has shape ${formatShape(shape)}, but had ${formatShape(output.shape)} before; what ${target === undefined ? "is explained" : "the target names"} must not change with the input`,
        );
      const rows = shape[0]!;
      const selected = new Float64Array(rows * outputs);
      for (let row = 0; row < rows; row++) {
        const example = perExample ? (origin === undefined ? row : origin.examples[row]!) : 0;
        const pick = picks[example];
        if (pick === undefined)
          throw new InvalidArgumentError(`target has ${picks.length} entries, but row ${row} is of example ${example}`);
        const start = row * width + pick.offset;
        for (let k = 0; k < outputs; k++) selected[row * outputs + k] = Number(data[start + k * stride]!);
      }
      return selected;
    },
    path(example, explained) {
      const pick = picks[perExample ? example : 0]!;
      return unravel(pick.offset + explained * pick.stride, output.shape.slice(1));
    },
  };
}

function offsetOfNumber(target: unknown, output: Output): Pick {
  const rank = output.shape.length;
  if (rank === 1)
    throw new InvalidArgumentError(
      `target ${String(target)} picks from an axis, but "${output.name}" is one number an example: leave the target out`,
    );
  checkIndex(target, rank - 1, output, String(target));
  return { offset: target, left: output.shape.slice(1, -1), stride: output.shape[rank - 1]! };
}

function offsetOfPath(path: readonly unknown[], output: Output): Pick {
  const axes = output.shape.length - 1;
  const shown = formatPath(path);
  if (path.length !== axes)
    throw new InvalidArgumentError(
      `target ${shown} has ${path.length} ${path.length === 1 ? "index" : "indices"}, but "${output.name}" ${formatShape(output.shape)} has ${axes} ${axes === 1 ? "axis" : "axes"} besides the batch`,
    );
  const strides = stridesOf(output.shape);
  let offset = 0;
  path.forEach((index, i) => {
    checkIndex(index, i + 1, output, shown);
    offset += index * strides[i + 1]!;
  });
  return { offset, left: [], stride: 1 };
}

function checkIndex(index: unknown, axis: number, output: Output, shown: string): asserts index is number {
  if (typeof index !== "number" || !Number.isInteger(index))
    throw new InvalidArgumentError(`target ${shown} is no index into "${output.name}": indices are whole numbers`);
  const length = output.shape[axis]!;
  if (index < 0 || index >= length)
    throw new InvalidArgumentError(`target ${shown} is outside axis ${axis} of "${output.name}" (length ${length})`);
}

function formatPath(path: readonly unknown[]): string {
  return `[${path.map(String).join(", ")}]`;
}
