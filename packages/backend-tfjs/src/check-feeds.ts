import { formatShape, InvalidArgumentError, type RunRequest, type ValueInfo } from "@attr/core";

/**
 * Rows that all feeds have.
 *
 * @throws InvalidArgumentError where they differ, or there are none.
 */
export function checkRows(
  feeds: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  { shared, stacked, origin }: Pick<RunRequest, "shared" | "stacked" | "origin">,
): number {
  let rows: number | undefined;
  let first = "";
  for (const [name, { shape }] of feeds) {
    if (shape.length === 0 || shared?.includes(name) === true || stacked?.includes(name) === true) continue;
    const [count] = shape;
    if (rows === undefined) {
      rows = count!;
      first = name;
    } else if (rows !== count)
      throw new InvalidArgumentError(`feed "${name}" has ${count} rows (axis 0), but feed "${first}" has ${rows}`);
  }
  rows ??= origin?.examples.length;
  if (rows === undefined) throw new InvalidArgumentError("feeds are empty: at least one value with rows must be fed");
  if (rows === 0) throw new InvalidArgumentError(`feed "${first}" has no rows (axis 0 is 0)`);
  return rows;
}

/** @throws InvalidArgumentError where a feed is not of the rank and the fixed sizes that the model declares. */
export function checkShape(name: string, shape: readonly number[], declared: ValueInfo["shape"]): void {
  if (declared === undefined) return;
  const wanted = `the model takes ${formatShape(declared)}`;
  if (shape.length !== declared.length)
    throw new InvalidArgumentError(`feed "${name}" has rank ${shape.length} (shape ${formatShape(shape)}), but ${wanted}`);
  for (let axis = 1; axis < shape.length; axis++) {
    const size = declared[axis];
    if (typeof size === "number" && size !== shape[axis])
      throw new InvalidArgumentError(
        `feed "${name}" has ${shape[axis]} along axis ${axis} (shape ${formatShape(shape)}), but ${wanted}`,
      );
  }
}
