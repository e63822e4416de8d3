import { InvalidArgumentError } from "../errors.ts";
import { broadcastTo } from "../tensor/arrange.ts";
import { isOpaqueTensor, toExactHostTensor } from "../tensor/from.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { formatShape, sizeOf, unravel } from "../tensor/shape.ts";
import type { Shape, Tensor, TensorLike } from "../tensor/tensor.ts";
import type { NamedTensors } from "./model.ts";
import { isByName, listNames } from "./names.ts";

/**
 * Which elements make one feature: by name a tensor of whole numbers that broadcasts to the input (its first axis 1, for all examples
 * alike, or one row an example; a lower rank broadcasts from the right). Equal ids are one feature, across inputs too; ids need not be
 * contiguous. The elements of a name that is left out are features of their own.
 */
export type FeatureMask = Readonly<Record<string, TensorLike>>;

/** A feature mask checked against what is attributed to: the player that each element belongs to. */
export interface ResolvedFeatureMask {
  /** How many features there are; where examples have masks of their own, the most of any example. */
  readonly players: number;
  /** For every value the player (0 .. players − 1) each of its elements belongs to, `[1 or examples, ...]` with the rest of its shape. */
  readonly features: Readonly<Record<string, HostTensor<"int32">>>;
  /** The ids the players had: one list for all examples, or one list an example (shorter where it has fewer features). */
  readonly ids: readonly (readonly number[])[];
}

/**
 * Feature masks with ids numbered through: ids in increasing order become players 0, 1, …. Where a mask has a row an example, each
 * example's own ids are numbered.
 *
 * @throws InvalidArgumentError for an unknown name, a fraction, or a shape that does not broadcast.
 */
export function resolveFeatureMask(values: NamedTensors, mask: FeatureMask | undefined, examples: number): ResolvedFeatureMask {
  checkNames(values, mask);
  const given = Object.entries(values).map(([name, value]) => {
    const of = mask !== undefined && Object.hasOwn(mask, name) ? mask[name] : undefined;
    return { name, value, ids: of === undefined ? undefined : readIds(name, of, value, examples) };
  });

  // Elements without a mask come after every id that is given.
  let next = 0;
  for (const { ids } of given) if (ids !== undefined) for (const id of ids.ids) if (id >= next) next = id + 1;
  const all: Ids[] = given.map(({ name, value, ids }) => {
    if (ids !== undefined) return ids;
    const shape = [1, ...value.shape.slice(1)];
    const own = new Float64Array(sizeOf(shape));
    for (let i = 0; i < own.length; i++) own[i] = next++;
    return { name, ids: own, shape };
  });
  return number(all, examples);
}

/** The ids of one value, `[1 or examples, ...]`. */
interface Ids {
  readonly name: string;
  /** Whole numbers, in float64: they may be larger than int32. */
  readonly ids: Float64Array;
  readonly shape: Shape;
}

function checkNames(values: NamedTensors, mask: FeatureMask | undefined): void {
  if (mask === undefined) return;
  if (!isByName(mask)) throw new InvalidArgumentError("featureMask must be an object of tensors by input name, as { x: … }");
  for (const name of Object.keys(mask))
    if (!Object.hasOwn(values, name))
      throw new InvalidArgumentError(
        `feature mask "${name}" is unknown; what is attributed to is ${listNames(Object.keys(values))}`,
      );
}

function readIds(name: string, mask: TensorLike, value: Tensor, examples: number): Ids {
  const what = `feature mask "${name}"`;
  if (isOpaqueTensor(mask))
    throw new InvalidArgumentError(`${what} is a tensor of another backend; feature masks are read on the host`);
  const tensor = toExactHostTensor(mask, what);
  const rank = value.shape.length;
  const shape = [...new Array<number>(Math.max(0, rank - tensor.shape.length)).fill(1), ...tensor.shape];
  const fits =
    shape.length === rank &&
    shape.every((length, axis) => length === 1 || length === (axis === 0 ? examples : value.shape[axis]));
  if (!fits)
    throw new InvalidArgumentError(
      `${what} has shape ${formatShape(tensor.shape)}, which does not broadcast to ${formatShape(value.shape)}; its first axis is 1 or ${examples}, one row an example`,
    );
  const numbers = new Float64Array(tensor.data.length);
  for (let i = 0; i < numbers.length; i++) {
    const id = Number(tensor.data[i]!);
    if (!Number.isSafeInteger(id))
      throw new InvalidArgumentError(
        `element ${formatShape(unravel(i, tensor.shape))} of ${what} is ${String(tensor.data[i])}; feature ids are whole numbers`,
      );
    numbers[i] = id;
  }
  const target = value.shape.map((length, axis) => (axis === 0 ? shape[0]! : length));
  const spread = broadcastTo(new HostTensor(numbers, shape, "float64"), target);
  // float64 in, float64 out.
  return { name, ids: spread.data as Float64Array, shape: target };
}

function number(all: readonly Ids[], examples: number): ResolvedFeatureMask {
  const perExample = examples > 1 && all.some(({ shape }) => shape[0] === examples);
  const rows = perExample ? examples : 1;
  const lists: number[][] = [];
  const players = all.map(({ shape }) => new Int32Array(rows * sizeOf(shape.slice(1))));
  for (let row = 0; row < rows; row++) {
    const parts = all.map(({ ids, shape }) => {
      const width = sizeOf(shape.slice(1));
      return shape[0] === rows ? ids.subarray(row * width, (row + 1) * width) : ids.subarray(0, width);
    });
    const ids = distinct(parts);
    lists.push(ids);
    parts.forEach((part, i) => {
      writePlayers(players[i]!, row * part.length, part, ids);
    });
  }
  return {
    players: lists.reduce((most, ids) => Math.max(most, ids.length), 0),
    features: Object.fromEntries(
      all.map(({ name, shape }, i) => [name, new HostTensor(players[i]!, [rows, ...shape.slice(1)], "int32")]),
    ),
    ids: lists,
  };
}

/** The different ids, in increasing order. */
function distinct(parts: readonly Float64Array[]): number[] {
  let [least, most, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const part of parts) {
    count += part.length;
    for (let i = 0; i < part.length; i++) {
      if (part[i]! < least) least = part[i]!;
      if (part[i]! > most) most = part[i]!;
    }
  }
  // Ids that lie close together, which is the usual case, are ticked off in a table: a set of millions takes seconds.
  if (most - least < 4 * count + 1024) {
    const ids: number[] = [];
    const seen = new Uint8Array(count === 0 ? 0 : most - least + 1);
    for (const part of parts) for (let i = 0; i < part.length; i++) seen[part[i]! - least] = 1;
    for (let i = 0; i < seen.length; i++) if (seen[i] === 1) ids.push(least + i);
    return ids;
  }
  const seen = new Set<number>();
  for (const part of parts) for (let i = 0; i < part.length; i++) seen.add(part[i]!);
  return [...seen].sort((a, b) => a - b);
}

function writePlayers(out: Int32Array, start: number, part: Float64Array, ids: readonly number[]): void {
  const first = ids[0] ?? 0;
  const last = ids.at(-1) ?? 0;
  // Ids that follow one another, which is the usual case, need no look-up.
  if (last - first + 1 === ids.length) {
    for (let i = 0; i < part.length; i++) out[start + i] = part[i]! - first;
    return;
  }
  const players = new Map(ids.map((id, player) => [id, player]));
  for (let i = 0; i < part.length; i++) out[start + i] = players.get(part[i]!)!;
}
