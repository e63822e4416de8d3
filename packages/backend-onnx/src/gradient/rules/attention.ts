import type { GraphBuilder } from "../graph-builder.ts";
import type { RuleCall, RulesOf } from "../rule.ts";
import { composed } from "./contrib.ts";

/** Stands for −∞ where attention is barred: a sum with a true one could be no number. */
const barred = -3e38;

/** `[batch, length, heads · width]` as `[batch, heads, length, width]`. */
function splitHeads(build: GraphBuilder, name: string, heads: number): string {
  return build.transpose(build.reshape(name, build.int64([0, 0, heads, -1])), [0, 2, 1, 3]);
}

function mergeHeads(build: GraphBuilder, name: string): string {
  return build.reshape(build.transpose(name, [0, 2, 1, 3]), build.int64([0, 0, -1]));
}

interface DotProduct {
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
}

function attend(build: GraphBuilder, { query, key, value, heads, keyHeads, scale, mask, softcap }: DotProduct): string {
  const repeat = (name: string): string => {
    if (heads === keyHeads) return name;
    // Each head of keys serves several of queries, one after the other.
    const group = heads / keyHeads;
    const apart = build.unsqueeze(name, [2]);
    const repeated = build.concat(new Array<string>(group).fill(apart), 2);
    return build.reshape(repeated, build.concat([build.int64([0, heads]), build.slice(build.op("Shape", [name]), 2, 4)]));
  };
  const turned = build.op("Transpose", [repeat(key)], { perm: [0, 1, 3, 2] });
  let scores = build.op("MatMul", [build.mul(query, scale), turned]);
  if (softcap !== 0) scores = build.scale(build.op("Tanh", [build.scale(scores, 1 / softcap)]), softcap);
  if (mask !== undefined) scores = build.add(scores, mask);
  return build.op("MatMul", [build.op("Softmax", [scores], { axis: -1 }), repeat(value)]);
}

/** The given factor, or 1/√width. */
function scaleOf(build: GraphBuilder, call: RuleCall, query: string): string {
  const given = call.attributes.float("scale", 0);
  if (given !== 0) return build.float(given, query);
  const width = build.squeeze(build.sizeOf(query, 3), [0]);
  return build.op("Reciprocal", [build.op("Sqrt", [build.cast(width, query)])]);
}

/** The length along an axis, as a number. */
function lengthOf(build: GraphBuilder, name: string, axis: number): string {
  return build.squeeze(build.sizeOf(name, axis), [0]);
}

function count(build: GraphBuilder, length: string): string {
  return build.op("Range", [build.int64([0], []), length, build.int64([1], [])]);
}

/** Bars keys after the query's own position; queries are the last of the keys, or the first (`aligned` to the start). */
function causalMask(build: GraphBuilder, query: string, key: string, last: boolean): string {
  const [length, whole] = [lengthOf(build, query, 2), lengthOf(build, key, 2)];
  const rows = count(build, length);
  const own = build.unsqueeze(last ? build.add(rows, build.sub(whole, length)) : rows, [1]);
  const later = build.op("Greater", [build.unsqueeze(count(build, whole), [0]), own]);
  return build.where(later, build.float(barred, query), build.float(0, query));
}

function both(build: GraphBuilder, a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return build.add(a, b);
}

/** The standard operator (set 23): three or four axes, grouped heads, past keys, a mask. */
const standard = composed((build, call) => {
  const { attributes } = call;
  const [q, k, v] = [call.input(0), call.input(1), call.input(2)];
  const [given, pastKey, pastValue] = [call.optional(3), call.optional(4), call.optional(5)];
  if (call.optional(6) !== undefined) throw call.refuse("its keys have lengths of their own");
  const flat = call.rank(q) === 3;
  const [heads, keyHeads] = flat
    ? [attributes.int("q_num_heads", 1), attributes.int("kv_num_heads", 1)]
    : [build.size(q, 1), build.size(k, 1)];
  if (heads === undefined || keyHeads === undefined) throw call.refuse("how many heads it has is only known at run time");
  const query = flat ? splitHeads(build, q, heads) : q;
  const own = flat ? [splitHeads(build, k, keyHeads), splitHeads(build, v, keyHeads)] : [k, v];
  const key = pastKey === undefined ? own[0]! : build.concat([pastKey, own[0]!], 2);
  const value = pastValue === undefined ? own[1]! : build.concat([pastValue, own[1]!], 2);
  let mask = given;
  if (given !== undefined && build.code(given) === 9) mask = build.where(given, build.float(0, q), build.float(barred, q));
  if (attributes.int("is_causal", 0) !== 0) mask = both(build, mask, causalMask(build, query, key, pastKey !== undefined));
  const softcap = attributes.float("softcap", 0);
  const result = attend(build, { query, key, value, heads, keyHeads, scale: scaleOf(build, call, query), mask, softcap });
  return [flat ? mergeHeads(build, result) : result, key, value];
}, 3);

/** onnxruntime's attention of encoders and decoders, queries, keys and values apart. */
const multiHead = composed((build, call) => {
  const { attributes } = call;
  const q = call.input(0);
  const [k, v, bias] = [call.optional(1), call.optional(2), call.optional(3)];
  if (k === undefined || v === undefined) throw call.refuse("it packs queries, keys and values together");
  const heads = attributes.int("num_heads", 1);
  const all = bias === undefined ? undefined : build.size(bias, 0);
  const width = build.size(q, 2) ?? (all === undefined ? undefined : all / 3);
  const biased = (name: string, part: number): string => {
    if (bias === undefined) return name;
    if (width === undefined) throw call.refuse("the width of its queries is only known at run time");
    return build.add(name, build.slice(bias, part * width, (part + 1) * width));
  };
  const query = splitHeads(build, biased(q, 0), heads);
  const heading = (name: string, part: number): string =>
    call.rank(name) === 4 ? name : splitHeads(build, biased(name, part), heads);
  const [ownKey, ownValue] = [heading(k, 1), heading(v, 2)];
  const [pastKey, pastValue] = [call.optional(6), call.optional(7)];
  const key = pastKey === undefined ? ownKey : build.concat([pastKey, ownKey], 2);
  const value = pastValue === undefined ? ownValue : build.concat([pastValue, ownValue], 2);
  let mask = call.optional(5);
  const padding = call.optional(4);
  if (padding !== undefined) {
    if (call.rank(padding) !== 2) throw call.refuse("its mask of keys does not have one row an example");
    const closed = build.op("Equal", [padding, build.cast(build.int64([0], []), padding)]);
    const low = build.float(attributes.float("mask_filter_value", -10_000), q);
    mask = both(build, mask, build.unsqueeze(build.where(closed, low, build.float(0, q)), [1, 2]));
  }
  if (attributes.int("unidirectional", 0) !== 0) mask = both(build, mask, causalMask(build, query, key, true));
  const scale = scaleOf(build, call, query);
  const result = attend(build, { query, key, value, heads, keyHeads: heads, scale, mask, softcap: 0 });
  return [mergeHeads(build, result), key, value];
}, 3);

/** Turns pairs of elements by angles: halves of the width, or neighbours. `x` is `[batch, heads, length, width]`. */
function rotate(build: GraphBuilder, x: string, cosine: string, sine: string, turned: number, interleaved: boolean): string {
  const half = turned / 2;
  const part = (from: number, to?: number): string => build.slice(x, from, to, 3);
  const spread = (a: string, b: string): readonly [string, string] => [
    build.sub(build.mul(a, cosine), build.mul(b, sine)),
    build.add(build.mul(b, cosine), build.mul(a, sine)),
  ];
  let result: string;
  if (interleaved) {
    const pairs = build.reshape(part(0, turned), build.int64([0, 0, 0, half, 2]));
    const [a, b] = spread(build.squeeze(build.slice(pairs, 0, 1, 4), [4]), build.squeeze(build.slice(pairs, 1, 2, 4), [4]));
    const joined = build.concat([build.unsqueeze(a, [4]), build.unsqueeze(b, [4])], 4);
    result = build.reshape(joined, build.int64([0, 0, 0, turned]));
  } else result = build.concat(spread(part(0, half), part(half, turned)), 3);
  return build.concat([result, part(turned)], 3);
}

/** Rows of a table of angles for positions `[batch, length]`, for all heads. */
function anglesAt(build: GraphBuilder, table: string, positions: string): string {
  return build.unsqueeze(build.op("Gather", [table, positions], { axis: 0 }), [1]);
}

/** onnxruntime's rotary embedding: positions given, or the first one alone. */
const rotaryFused = composed((build, call) => {
  const { attributes } = call;
  const [x, positions, cosine, sine] = [call.input(0), call.input(1), call.input(2), call.input(3)];
  const half = build.size(cosine, 1);
  if (half === undefined) throw call.refuse("the width it turns is only known at run time");
  const turned = attributes.int("rotary_embedding_dim", 0) || 2 * half;
  const flat = call.rank(x) === 3;
  const width = build.size(x, 2);
  const heads = attributes.int("num_heads", 0) || (width === undefined ? 0 : width / turned);
  if (flat && heads === 0) throw call.refuse("how many heads it has is only known at run time");
  const four = flat ? splitHeads(build, x, heads) : x;
  const whole =
    call.rank(positions) === 2 ? positions : build.unsqueeze(build.add(positions, count(build, lengthOf(build, four, 2))), [0]);
  const [c, s] = [anglesAt(build, cosine, whole), anglesAt(build, sine, whole)];
  const result = rotate(build, four, c, s, turned, attributes.int("interleaved", 0) !== 0);
  return [flat ? mergeHeads(build, result) : result];
});

/** The standard rotary embedding (set 23). */
const rotaryStandard = composed((build, call) => {
  const { attributes } = call;
  const [x, cosine, sine, positions] = [call.input(0), call.input(1), call.input(2), call.optional(3)];
  const half = build.shape(cosine)?.at(-1);
  if (typeof half !== "number") throw call.refuse("the width it turns is only known at run time");
  const flat = call.rank(x) === 3;
  const four = flat ? splitHeads(build, x, attributes.int("num_heads", 1)) : x;
  const at = (table: string): string =>
    positions === undefined ? build.unsqueeze(table, [1]) : anglesAt(build, table, positions);
  const turned = attributes.int("rotary_embedding_dim", 0) || 2 * half;
  const result = rotate(build, four, at(cosine), at(sine), turned, attributes.int("interleaved", 0) !== 0);
  return [flat ? mergeHeads(build, result) : result];
});

/** onnxruntime's attention of language models: grouped heads, kept keys and values, rotary positions, a sliding window. */
const grouped = composed((build, call) => {
  const { attributes } = call;
  const packed = call.input(0);
  const [heads, keyHeads] = [attributes.int("num_heads", 1), attributes.int("kv_num_heads", 1)];
  const apart = (): readonly string[] => {
    const width = build.size(packed, 2);
    if (width === undefined) throw call.refuse("the width of its queries is only known at run time");
    const each = width / (heads + 2 * keyHeads);
    const sizes = build.int64([heads * each, keyHeads * each, keyHeads * each]);
    return build.ops("Split", [packed, sizes], 3, { axis: 2 });
  };
  const [q, k, v] = call.optional(1) === undefined ? apart() : [packed, call.input(1), call.input(2)];
  let [query, ownKey] = [splitHeads(build, q!, heads), splitHeads(build, k!, keyHeads)];
  const ownValue = splitHeads(build, v!, keyHeads);
  const length = lengthOf(build, query, 2);
  // Rows are as long as `seqlens_k` says, less one; what lies before the new positions is past.
  const total = build.add(build.castTo(build.reshape(call.input(5), build.int64([-1, 1])), 7), build.int64([1]));
  const past = build.op("Max", [build.sub(total, length), build.int64([0])]);
  const positions = build.add(past, build.unsqueeze(count(build, length), [0]));
  if (attributes.int("do_rotary", 0) !== 0) {
    const [cosine, sine] = [call.input(7), call.input(8)];
    const half = build.size(cosine, 1);
    if (half === undefined) throw call.refuse("the width it turns is only known at run time");
    const interleaved = attributes.int("rotary_interleaved", 0) !== 0;
    const [c, s] = [anglesAt(build, cosine, positions), anglesAt(build, sine, positions)];
    query = rotate(build, query, c, s, 2 * half, interleaved);
    ownKey = rotate(build, ownKey, c, s, 2 * half, interleaved);
  }
  const [pastKey, pastValue] = [call.optional(3), call.optional(4)];
  const key = pastKey === undefined ? ownKey : build.concat([pastKey, ownKey], 2);
  const value = pastValue === undefined ? ownValue : build.concat([pastValue, ownValue], 2);
  const places = build.unsqueeze(count(build, lengthOf(build, key, 2)), [0, 1]);
  const own = build.unsqueeze(positions, [2]);
  let closed = build.op("Greater", [places, own]);
  const window = attributes.int("local_window_size", -1);
  if (window > 0) closed = build.op("Or", [closed, build.op("LessOrEqual", [places, build.sub(own, build.int64([window], []))])]);
  const causal = build.unsqueeze(build.where(closed, build.float(barred, packed), build.float(0, packed)), [1]);
  const mask = both(build, causal, call.optional(10));
  const softcap = attributes.float("softcap", 0);
  const result = attend(build, { query, key, value, heads, keyHeads, scale: scaleOf(build, call, query), mask, softcap });
  return [mergeHeads(build, result), key, value];
}, 3);

export const attentionRules: RulesOf<"attention"> = {
  Attention: standard,
  RotaryEmbedding: rotaryStandard,
  "com.microsoft:GroupQueryAttention": grouped,
  "com.microsoft:MultiHeadAttention": multiHead,
  "com.microsoft:RotaryEmbedding": rotaryFused,
};
