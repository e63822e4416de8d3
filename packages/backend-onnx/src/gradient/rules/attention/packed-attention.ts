import type { GraphBuilder } from "../../graph-builder.ts";
import type { RuleCall, RulesOf } from "../../rule.ts";
import { composed } from "../composed.ts";
import { dequantised } from "../quantised/quantised-operators.ts";
import { attend, both, causalMask, keyMask, mergeHeads, scaleOf, splitHeads } from "./dot-product-attention.ts";

/** What the operators that project their input themselves have in common. */
interface Projected {
  /** Queries, keys and values side by side, `[batch, length, width]`. */
  readonly packed: string;
  /** Width of the queries, the keys and the values; undefined where they have the same. */
  readonly widths: readonly number[] | undefined;
  readonly mask: string | undefined;
  /** Kept keys and values, `[2, batch, heads, length, width]`. */
  readonly past: string | undefined;
  /** Added to the scores. */
  readonly bias: string | undefined;
}

function projectedAttention(build: GraphBuilder, call: RuleCall, projected: Projected): readonly string[] {
  const { attributes } = call;
  const { packed, widths, past, bias } = projected;
  if (attributes.int("do_rotary", 0) !== 0) throw call.refuse("it turns queries and keys by their positions");
  if (attributes.int("past_present_share_buffer", 0) !== 0) throw call.refuse("it writes keys and values into what it is given");
  const heads = attributes.int("num_heads", 1);
  const parts =
    widths === undefined
      ? build.ops("Split", [packed], 3, { axis: 2, num_outputs: 3 })
      : build.ops("Split", [packed, build.int64(widths)], 3, { axis: 2 });
  const [query, ownKey, ownValue] = parts.map((part) => splitHeads(build, part, heads));
  const kept = (part: number): string => build.squeeze(build.slice(past!, part, part + 1), [0]);
  const key = past === undefined ? ownKey! : build.concat([kept(0), ownKey!], 2);
  const value = past === undefined ? ownValue! : build.concat([kept(1), ownValue!], 2);
  let mask = bias;
  if (projected.mask !== undefined) mask = both(build, mask, keyMask(call, build, projected.mask, query!, key));
  if (attributes.int("unidirectional", 0) !== 0) mask = both(build, mask, causalMask(build, query!, key, true));
  const scale = scaleOf(build, call, query!);
  const { result } = attend(build, { query: query!, key, value, heads, keyHeads: heads, scale, mask, softcap: 0 });
  const merged = mergeHeads(build, result);
  if (call.cotangents[1] === undefined) return [merged];
  return [merged, build.concat([build.unsqueeze(key, [0]), build.unsqueeze(value, [0])])];
}

/** onnxruntime's attention of transformers: it multiplies its input with the weights of queries, keys and values itself. */
const attention = composed((build, call) => {
  const [x, weights, shift] = [call.input(0), call.input(1), call.optional(2)];
  const product = build.op("MatMul", [x, weights]);
  return projectedAttention(build, call, {
    packed: shift === undefined ? product : build.add(product, shift),
    widths: call.attributes.ints("qkv_hidden_sizes"),
    mask: call.optional(3),
    past: call.optional(4),
    bias: call.optional(5),
  });
}, 2);

/** The same with quantised input and weights, straight through. */
const quantisedAttention = composed((build, call) => {
  const product = build.op("MatMul", [dequantised(build, call, [0, 3, 6]), dequantised(build, call, [1, 4, 7], 1)]);
  return projectedAttention(build, call, {
    packed: build.add(product, call.input(2)),
    widths: undefined,
    mask: call.optional(5),
    past: call.optional(8),
    bias: undefined,
  });
}, 2);

/** Word, position and segment embeddings, added up and normalised; the third result is their sum. */
const embedding = composed((build, call) => {
  const rows = (table: string, ids: string): string => build.op("Gather", [table, ids], { axis: 0 });
  const [ids, segments, words, places, kinds] = [call.input(0), call.optional(1), call.input(2), call.input(3), call.optional(4)];
  const given = call.optional(8);
  const length = build.op("Shape", [ids], { start: 1, end: 2 });
  const placed = given === undefined ? build.op("Slice", [places, build.int64([0]), length]) : rows(places, given);
  const plain = build.add(rows(words, ids), placed);
  const sum = segments === undefined || kinds === undefined ? plain : build.add(plain, rows(kinds, segments));
  const epsilon = { float: call.attributes.float("epsilon", 1e-12) };
  const normal = build.op("LayerNormalization", [sum, call.input(5), call.input(6)], { axis: -1, epsilon });
  return [normal, undefined, sum];
}, 3);

export const packedAttentionRules: RulesOf<"packedAttention"> = {
  "com.microsoft:Attention": attention,
  "com.microsoft:EmbedLayerNormalization": embedding,
  "com.microsoft:QAttention": quantisedAttention,
};
