import type { GraphBuilder } from "../../graph-builder.ts";
import type { RulesOf } from "../../rule.ts";
import { composed } from "../composed.ts";
import {
  attend,
  barred,
  both,
  causalMask,
  count,
  keyMask,
  lengthMask,
  lengthOf,
  mergeHeads,
  scaleOf,
  splitHeads,
} from "./dot-product-attention.ts";

/** The standard operator (set 23): three or four axes, grouped heads, past keys, a mask. */
const standard = composed((build, call) => {
  const { attributes } = call;
  const [q, k, v] = [call.input(0), call.input(1), call.input(2)];
  const [given, pastKey, pastValue] = [call.optional(3), call.optional(4), call.optional(5)];
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
  const lengths = call.optional(6);
  if (lengths !== undefined) mask = both(build, mask, lengthMask(build, key, lengths, build.float(barred, q)));
  const softcap = attributes.float("softcap", 0);
  const all = attend(build, { query, key, value, heads, keyHeads, scale: scaleOf(build, call, query), mask, softcap });
  const mode = attributes.int("qk_matmul_output_mode", 0);
  const scores = mode === 0 ? all.products : mode === 3 ? all.weights : undefined;
  if (scores === undefined && call.cotangents[3] !== undefined) throw call.refuse(`its result of products is of mode ${mode}`);
  return [flat ? mergeHeads(build, all.result) : all.result, key, value, scores];
}, 4);

/** onnxruntime's attention of encoders and decoders, queries, keys and values apart. */
const multiHead = composed((build, call) => {
  const { attributes } = call;
  const q = call.input(0);
  const [k, v, bias] = [call.optional(1), call.optional(2), call.optional(3)];
  if (k === undefined || v === undefined)
    throw call.refuse("it packs queries, keys and values together, which the runtime does not run on the CPU");
  const heads = attributes.int("num_heads", 1);
  let shifts: readonly string[] | undefined;
  if (bias !== undefined) {
    const width = build.sizeOf(q, 2);
    // The values come last, and may be of another width.
    const rest = build.sub(build.sizeOf(bias, 0), build.add(width, width));
    shifts = build.ops("Split", [bias, build.concat([width, width, rest])], 3, { axis: 0 });
  }
  const biased = (name: string, part: number): string => (shifts === undefined ? name : build.add(name, shifts[part]!));
  const query = splitHeads(build, biased(q, 0), heads);
  const heading = (name: string, part: number): string =>
    call.rank(name) === 4 ? name : splitHeads(build, biased(name, part), heads);
  const [ownKey, ownValue] = [heading(k, 1), heading(v, 2)];
  const [pastKey, pastValue] = [call.optional(6), call.optional(7)];
  const key = pastKey === undefined ? ownKey : build.concat([pastKey, ownKey], 2);
  const value = pastValue === undefined ? ownValue : build.concat([pastValue, ownValue], 2);
  let mask = call.optional(5);
  const padding = call.optional(4);
  if (padding !== undefined) mask = both(build, mask, keyMask(call, build, padding, query, key));
  if (attributes.int("unidirectional", 0) !== 0) mask = both(build, mask, causalMask(build, query, key, true));
  const scale = scaleOf(build, call, query);
  const { result } = attend(build, { query, key, value, heads, keyHeads: heads, scale, mask, softcap: 0 });
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
  const following = build.add(past, build.unsqueeze(count(build, length), [0]));
  if (attributes.int("do_rotary", 0) !== 0) {
    const [cosine, sine] = [call.input(7), call.input(8)];
    const half = build.size(cosine, 1);
    if (half === undefined) throw call.refuse("the width it turns is only known at run time");
    const interleaved = attributes.int("rotary_interleaved", 0) !== 0;
    const positions = call.optional(9) ?? following;
    const [c, s] = [anglesAt(build, cosine, positions), anglesAt(build, sine, positions)];
    query = rotate(build, query, c, s, 2 * half, interleaved);
    ownKey = rotate(build, ownKey, c, s, 2 * half, interleaved);
  }
  const [pastKey, pastValue] = [call.optional(3), call.optional(4)];
  const key = pastKey === undefined ? ownKey : build.concat([pastKey, ownKey], 2);
  const value = pastValue === undefined ? ownValue : build.concat([pastValue, ownValue], 2);
  const own = build.unsqueeze(following, [2]);
  const places = build.unsqueeze(placesOfKeys(build, past, following, pastKey), [1]);
  let closed = build.op("Greater", [places, own]);
  const window = attributes.int("local_window_size", -1);
  if (window > 0) closed = build.op("Or", [closed, build.op("LessOrEqual", [places, build.sub(own, build.int64([window], []))])]);
  const causal = build.unsqueeze(build.where(closed, build.float(barred, packed), build.float(0, packed)), [1]);
  const mask = both(build, causal, call.optional(10));
  const softcap = attributes.float("softcap", 0);
  const smooth = attributes.int("smooth_softmax", 0) === 1 ? build.float(0, packed) : undefined;
  const sink = call.optional(11) ?? smooth;
  const scale = scaleOf(build, call, query);
  const { result } = attend(build, { query, key, value, heads, keyHeads, scale, mask, softcap, sink });
  return [mergeHeads(build, result), key, value];
}, 3);

/** Beyond every position. */
const nowhere = 2 ** 40;

/**
 * The positions of all keys `[batch, keys]`: kept ones where they lie, new ones after them. What lies in the kept ones past an example's
 * own length is nowhere.
 */
function placesOfKeys(build: GraphBuilder, past: string, following: string, pastKey: string | undefined): string {
  if (pastKey === undefined) return following;
  const kept = build.unsqueeze(count(build, lengthOf(build, pastKey, 2)), [0]);
  const held = build.where(build.op("Less", [kept, past]), kept, build.int64([nowhere], []));
  return build.concat([held, following], 1);
}

export const attentionRules: RulesOf<"attention"> = {
  Attention: standard,
  RotaryEmbedding: rotaryStandard,
  "com.microsoft:GroupQueryAttention": grouped,
  "com.microsoft:MultiHeadAttention": multiHead,
  "com.microsoft:RotaryEmbedding": rotaryFused,
};
