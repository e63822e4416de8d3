import type { NodeView, SymbolicTensor } from "./node-view.ts";

/** How a window slides over the two last axes of an image `[n, channels, height, width]`. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** What TensorFlow.js calls these pads; `explicit` where it has no name for them. */
  readonly padding: "valid" | "same" | "explicit";
  /** Before and after each axis. */
  readonly pads: readonly [readonly [number, number], readonly [number, number]];
}

/** @throws NotConverted for other ranks, sizes that are not known, and windows that are cut off at the end (`ceil_mode`). */
export function windowOf(node: NodeView, image: SymbolicTensor, kernel: readonly number[]): Window {
  const size = image.shape.slice(2);
  if (image.shape.length !== 4 || kernel.length !== 2) throw node.refusal(`slides over ${image.shape.length - 2} axes`);
  if (!isPair(size) || !isPair(kernel)) throw node.refusal("slides over an image of unknown size");
  const strides = pairOf(node, "strides");
  const dilations = pairOf(node, "dilations");
  const same = size.map((length, axis) => samePads(length, kernel[axis]!, strides[axis]!, dilations[axis]!));
  const pads = padsOf(node, same as [[number, number], [number, number]]); // two axes
  if (node.integer("ceil_mode", 0) === 1 && !isWhole(size, { kernel, strides, dilations, pads }))
    throw node.refusal("has windows that reach beyond its pads (ceil_mode)");
  const none = pads.flat().every((pad) => pad === 0);
  const padding = none ? "valid" : String(pads) === String(same) ? "same" : "explicit";
  return { kernel, strides, dilations, padding, pads };
}

/** The pads of "same" as TensorFlow counts them: the odd one comes after. */
function samePads(length: number, kernel: number, stride: number, dilation: number): [number, number] {
  const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + (kernel - 1) * dilation + 1 - length);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function padsOf(node: NodeView, same: Window["pads"]): Window["pads"] {
  const auto = node.text("auto_pad", "NOTSET");
  if (auto === "SAME_UPPER") return same;
  if (auto === "SAME_LOWER") return [[same[0][1], same[0][0]], [same[1][1], same[1][0]]]; // biome-ignore format: pairs
  const [top = 0, left = 0, bottom = 0, right = 0] = (auto === "NOTSET" ? node.integers("pads") : undefined) ?? [];
  return [[top, bottom], [left, right]]; // biome-ignore format: pairs
}

function isWhole(size: readonly number[], { kernel, strides, dilations, pads }: Omit<Window, "padding">): boolean {
  return size.every((length, axis) => {
    const [before, after] = pads[axis]!;
    return (length + before + after - (kernel[axis]! - 1) * dilations[axis]! - 1) % strides[axis]! === 0;
  });
}

function pairOf(node: NodeView, name: string): [number, number] {
  const [first = 1, second = 1] = node.integers(name) ?? [];
  return [first, second];
}

function isPair(values: readonly (number | null)[]): values is [number, number] {
  return values.length === 2 && values.every((value) => typeof value === "number");
}
