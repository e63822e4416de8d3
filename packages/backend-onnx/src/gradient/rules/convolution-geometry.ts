import type { RuleCall } from "../rule.ts";

/** How a window walks over the spatial axes. */
export interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and after; undefined where it depends on sizes that are only known at run time (`auto_pad`). */
  readonly before: readonly number[] | undefined;
  readonly after: readonly number[] | undefined;
  /** With `auto_pad`: whether the odd element of padding comes last. */
  readonly oddLast: boolean;
  readonly group: number;
}

/** Elements that a dilated kernel spans. */
export function span(geometry: Geometry, axis: number): number {
  return (geometry.kernel[axis]! - 1) * geometry.dilations[axis]! + 1;
}

/** Reads the geometry of a convolution or pooling node over `x`. @throws UnsupportedOpError where the kernel's size is unknown. */
export function readGeometry(call: RuleCall, x: string, weights: string | undefined): Geometry {
  const { build, attributes } = call;
  const kernel = attributes.ints("kernel_shape") ?? (weights === undefined ? undefined : build.sizes(weights)?.slice(2));
  if (kernel === undefined) throw call.refuse("the size of its kernel is unknown");
  const ones = kernel.map(() => 1);
  const strides = attributes.ints("strides") ?? ones;
  const dilations = attributes.ints("dilations") ?? ones;
  const group = attributes.int("group", 1);
  const automatic = attributes.text("auto_pad", "NOTSET");
  const shared = { kernel, strides, dilations, group, oddLast: automatic !== "SAME_LOWER" };
  if (!automatic.startsWith("SAME")) {
    const zeros = kernel.map(() => 0);
    const pads = automatic === "VALID" ? [...zeros, ...zeros] : (attributes.ints("pads") ?? [...zeros, ...zeros]);
    return { ...shared, before: pads.slice(0, kernel.length), after: pads.slice(kernel.length) };
  }
  const totals = kernel.map((_, axis) => {
    const size = build.size(x, axis + 2);
    const stride = strides[axis]!;
    if (size === undefined) return undefined;
    const reach = (Math.ceil(size / stride) - 1) * stride + (kernel[axis]! - 1) * dilations[axis]! + 1;
    return Math.max(0, reach - size);
  });
  if (!totals.every((total) => total !== undefined)) return { ...shared, before: undefined, after: undefined };
  const before = totals.map((total) => (shared.oddLast ? Math.floor(total / 2) : Math.ceil(total / 2)));
  return { ...shared, before, after: totals.map((total, axis) => total - before[axis]!) };
}
