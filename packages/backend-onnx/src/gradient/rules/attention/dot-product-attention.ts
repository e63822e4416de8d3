import type { GraphBuilder } from "../../graph-builder.ts";
import type { RuleCall } from "../../rule.ts";
import { int64Tensor } from "../../small-constants.ts";

/** Stands for −∞ where attention is barred: a sum with a true one could be no number. */
export const barred = -3e38;

/** `[batch, length, heads · width]` as `[batch, heads, length, width]`. */
export function splitHeads(build: GraphBuilder, name: string, heads: number): string {
  return build.transpose(build.reshape(name, build.int64([0, 0, heads, -1])), [0, 2, 1, 3]);
}

export function mergeHeads(build: GraphBuilder, name: string): string {
  return build.reshape(build.transpose(name, [0, 2, 1, 3]), build.int64([0, 0, -1]));
}

export interface DotProduct {
  /** `[batch, heads, length, width]`. */
  readonly query: string;
  /** `[batch, key heads, whole length, width]`. */
  readonly key: string;
  readonly value: string;
  readonly heads: number;
  readonly keyHeads: number;
  readonly scale: string;
  /** Added to the scores; broadcasts to `[batch, heads, length, whole length]`. */
  readonly mask: string | undefined;
  readonly softcap: number;
  /** The score of nothing, which takes its share of the weights: `[heads]`, or one number for all. @defaultValue there is none */
  readonly sink?: string | undefined;
}

/** Attention as far as something is made of it. */
export interface Attended {
  readonly result: string;
  /** Products of queries and keys, times the scale. */
  readonly products: string;
  /** What is added up by these weights. */
  readonly weights: string;
}

export function attend(build: GraphBuilder, product: DotProduct): Attended {
  const { query, key, value, heads, keyHeads, scale, mask, softcap, sink } = product;
  const repeat = (name: string): string => {
    if (heads === keyHeads) return name;
    // Each head of keys serves several of queries, one after the other.
    const group = heads / keyHeads;
    const apart = build.unsqueeze(name, [2]);
    const repeated = build.concat(new Array<string>(group).fill(apart), 2);
    return build.reshape(repeated, build.concat([build.int64([0, heads]), build.slice(build.op("Shape", [name]), 2, 4)]));
  };
  const turned = build.op("Transpose", [repeat(key)], { perm: [0, 1, 3, 2] });
  const products = build.op("MatMul", [build.mul(query, scale), turned]);
  let scores = products;
  if (softcap !== 0) scores = build.scale(build.op("Tanh", [build.scale(scores, 1 / softcap)]), softcap);
  if (mask !== undefined) scores = build.add(scores, mask);
  const weights = sink === undefined ? build.op("Softmax", [scores], { axis: -1 }) : withSink(build, scores, sink);
  return { result: build.op("MatMul", [weights, repeat(value)]), products, weights };
}

/** The softmax of the scores and one more, without the share of that one. */
function withSink(build: GraphBuilder, scores: string, sink: string): string {
  const each = build.rank(sink) === 1 ? build.unsqueeze(sink, [0, 2, 3]) : sink;
  const rows = build.slice(build.op("Shape", [scores]), 0, 3);
  const column = build.op("Expand", [each, build.concat([rows, build.int64([1])])]);
  const all = build.op("Softmax", [build.concat([scores, column], 3)], { axis: -1 });
  return build.slice(all, 0, -1, 3);
}

/** The given factor, or 1/√width. */
export function scaleOf(build: GraphBuilder, call: RuleCall, query: string): string {
  const given = call.attributes.float("scale", 0);
  if (given !== 0) return build.float(given, query);
  const width = build.squeeze(build.sizeOf(query, 3), [0]);
  return build.op("Reciprocal", [build.op("Sqrt", [build.cast(width, query)])]);
}

/** The length along an axis, as a number. */
export function lengthOf(build: GraphBuilder, name: string, axis: number): string {
  return build.squeeze(build.sizeOf(name, axis), [0]);
}

export function count(build: GraphBuilder, length: string): string {
  return build.op("Range", [build.int64([0], []), length, build.int64([1], [])]);
}

/** Bars keys after the query's own position; queries are the last of the keys, or the first (`aligned` to the start). */
export function causalMask(build: GraphBuilder, query: string, key: string, last: boolean): string {
  const [length, whole] = [lengthOf(build, query, 2), lengthOf(build, key, 2)];
  const rows = count(build, length);
  const own = build.unsqueeze(last ? build.add(rows, build.sub(whole, length)) : rows, [1]);
  const later = build.op("Greater", [build.unsqueeze(count(build, whole), [0]), own]);
  return build.where(later, build.float(barred, query), build.float(0, query));
}

export function both(build: GraphBuilder, a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return build.add(a, b);
}

/** Bars keys from the given number on, for each example: `lengths` is `[batch]`. */
export function lengthMask(build: GraphBuilder, key: string, lengths: string, filter: string): string {
  const places = build.unsqueeze(count(build, lengthOf(build, key, 2)), [0]);
  const outside = build.op("GreaterOrEqual", [places, build.unsqueeze(build.castTo(lengths, 7), [1])]);
  return build.unsqueeze(build.where(outside, filter, build.float(0, filter)), [1, 2]);
}

/**
 * A mask of keys as onnxruntime's operators take it: 1 and 0 for each key `[batch, keys]`, for each query and key
 * `[batch, queries, keys]`, or the number of keys of each example `[batch]`, followed where it is `[2 · batch]` by where they begin.
 */
export function keyMask(call: RuleCall, build: GraphBuilder, given: string, query: string, key: string): string {
  const filter = build.float(call.attributes.float("mask_filter_value", -10_000), query);
  const rank = call.rank(given);
  if (rank === 1) {
    const batch = build.sizeOf(query, 0);
    const [ends, more] = [
      build.op("Slice", [given, build.int64([0]), batch]),
      build.op("Slice", [given, batch, build.int64([2 ** 31 - 1])]),
    ];
    const [listed, examples] = [build.size(given, 0), build.size(query, 0)];
    const once = listed !== undefined && listed === examples;
    const outside = lengthMask(build, key, ends, filter);
    if (once) return outside;
    // Where only lengths are given, all begin at 0.
    const filled = build.concat([
      build.castTo(more, 7),
      build.op("ConstantOfShape", [batch], { value: { tensor: int64Tensor("", [1], [0]) } }),
    ]);
    const starts = build.unsqueeze(build.op("Slice", [filled, build.int64([0]), batch]), [1]);
    const places = build.unsqueeze(count(build, lengthOf(build, key, 2)), [0]);
    const before = build.unsqueeze(build.where(build.op("Less", [places, starts]), filter, build.float(0, filter)), [1, 2]);
    return build.op("Min", [outside, before]);
  }
  const closed = build.op("Equal", [given, build.cast(build.int64([0], []), given)]);
  const mask = build.where(closed, filter, build.float(0, filter));
  if (rank === 2) return build.unsqueeze(mask, [1, 2]);
  if (rank === 3) return build.unsqueeze(mask, [1]);
  throw call.refuse(`its mask has ${rank} axes`);
}
