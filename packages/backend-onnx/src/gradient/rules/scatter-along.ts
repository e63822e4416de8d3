import type { GraphBuilder } from "../graph-builder.ts";

/**
 * Adds the slices of a cotangent along `axis` into zeros: slice i goes to `positions[i]`. `size` holds the length that the axis has
 * then. Positions may be negative, counted from the end.
 */
export function scatterAlong(
  build: GraphBuilder,
  cotangent: string,
  positions: string,
  axis: number,
  size: string,
  rank: number,
): string {
  const zero = build.int64([0], []);
  const counted = build.where(build.op("Less", [positions, zero]), build.add(positions, size), positions);
  const shape = build.op("Shape", [cotangent]);
  const parts = [
    ...(axis > 0 ? [build.slice(shape, 0, axis)] : []),
    size,
    ...(axis < rank - 1 ? [build.slice(shape, axis + 1, rank)] : []),
  ];
  const whole = build.concat(parts);
  // Along the first axis whole slices are added, which touches memory in order.
  if (axis === 0) return build.scatterND(whole, build.unsqueeze(counted, [1]), cotangent);
  const ones = (count: number): readonly number[] => new Array<number>(count).fill(1);
  const column = build.op("Reshape", [counted, build.int64([...ones(axis), -1, ...ones(rank - 1 - axis)])]);
  const wide = build.code(cotangent) === 11 ? cotangent : build.castTo(cotangent, 1);
  const indices = build.op("Expand", [column, shape]);
  const scattered = build.op("ScatterElements", [build.zeros(whole, wide), indices, wide], { axis, reduction: "add" });
  return build.cast(scattered, cotangent);
}
