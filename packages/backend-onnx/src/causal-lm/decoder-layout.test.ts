import { UnsupportedError, type ValueInfo } from "@attr/core";
import { describe, expect, test } from "vitest";
import { decoderLayout, type Interface } from "./decoder-layout.ts";

const ids: ValueInfo = { name: "input_ids", dtype: "int64", shape: ["batch", "sequence"] };
const logits: ValueInfo = { name: "logits", dtype: "float32", shape: ["batch", "sequence", 100] };

function layout(inputs: readonly ValueInfo[], outputs: readonly ValueInfo[] = [logits]) {
  return decoderLayout({ inputs, outputs } satisfies Interface, '"model.onnx"', {});
}

function past(name: string, shape: ValueInfo["shape"], dtype: ValueInfo["dtype"] = "float32"): ValueInfo {
  return { name, dtype, shape };
}

describe("roles are told from names", () => {
  test("of every usual input", () => {
    const cacheShape = ["batch", 4, "past", 8];
    const others = ["attention_mask", "position_ids", "token_type_ids"].map((name) => ({ ...ids, name }));
    const scalar: ValueInfo = { name: "num_logits_to_keep", dtype: "int64", shape: [null] };
    const flag: ValueInfo = { name: "use_cache_branch", dtype: "bool", shape: [null] };
    const found = layout(
      [ids, ...others, scalar, flag, past("past_key_values.0.key", cacheShape)],
      [logits, past("present.0.key", cacheShape)],
    );
    expect(found).toEqual({
      inputIds: "input_ids",
      attentionMask: "attention_mask",
      positionIds: "position_ids",
      tokenTypeIds: "token_type_ids",
      useCacheBranch: "use_cache_branch",
      constants: { num_logits_to_keep: 0 },
      cache: [{ past: "past_key_values.0.key", present: "present.0.key", shape: [4, "past", 8] }],
      logits: "logits",
    });
  });

  test("the only input of whole numbers is the token ids, whatever it is called; likewise the first output of three axes", () => {
    const found = layout(
      [{ name: "tokens", dtype: "int32", shape: ["n", "t"] }],
      [{ name: "output", dtype: "float32", shape: ["n", "t", 9] }],
    );
    expect(found).toMatchObject({ inputIds: "tokens", logits: "output", cache: [] });
  });

  test.each([
    ["past_key_values.0.key", "present_key_values.0.key"],
    ["past_0", "present_0"],
  ])("%s goes with %s", (name, present) => {
    const shape = ["batch", 4, "past", 8];
    expect(layout([ids, past(name, shape)], [logits, past(present, shape)]).cache).toEqual([
      { past: name, present, shape: [4, "past", 8] },
    ]);
  });

  test("the axis that grows may stand anywhere behind the batch", () => {
    const fused = layout(
      [ids, past("past_key_values.0.key_value", ["batch", "past", 64])],
      [logits, past("present.0.key_value", undefined)],
    );
    expect(fused.cache?.[0]?.shape).toEqual(["past", 64]);
    const turned = layout(
      [ids, past("past_key_values.0.key", ["batch", 4, 8, "past"])],
      [logits, past("present.0.key", undefined)],
    );
    expect(turned.cache?.[0]?.shape).toEqual([4, 8, "past"]);
  });
});

describe("other models get a sentence", () => {
  const embeds: ValueInfo = { name: "inputs_embeds", dtype: "float32", shape: ["batch", "sequence", 64] };
  const shape = ["batch", 4, "past", 8];
  test.each<readonly [string, readonly ValueInfo[], readonly ValueInfo[], string]>([
    [
      "embeddings",
      [embeds, { ...ids, name: "attention_mask" }],
      [logits],
      '"model.onnx" takes embeddings ("inputs_embeds"), not token ids',
    ],
    [
      "an encoder–decoder",
      [ids, { ...embeds, name: "encoder_hidden_states" }],
      [logits],
      '"model.onnx" has inputs of an encoder ("encoder_hidden_states")',
    ],
    ["a model of images and text", [ids, { ...embeds, name: "pixel_values" }], [logits], "takes more than text"],
    [
      "unknown inputs",
      [ids, { ...ids, name: "speaker" }],
      [logits],
      'inputs that a causal language model over token ids does not have: "speaker"',
    ],
    ["no ids", [{ ...embeds, name: "x" }], [logits], 'has no input "input_ids"; it has "x"'],
    ["hidden states", [ids], [{ ...logits, name: "last_hidden_state" }], "export the model with its language-model head"],
    [
      "no logits",
      [ids],
      [{ name: "y", dtype: "float32", shape: ["n", 3] }],
      'has no output "logits" of [rows, tokens, vocabulary]; it has "y"',
    ],
    [
      "a mask of four axes",
      [ids, past("attention_mask", ["b", 1, "t", "s"])],
      [logits],
      '"attention_mask" of "model.onnx" has 4 axes',
    ],
    [
      "a past without its present",
      [ids, past("past_key_values.0.key", shape)],
      [logits],
      'takes "past_key_values.0.key" but gives no "present.0.key" or "present_key_values.0.key"',
    ],
    [
      "a cache of fixed length",
      [ids, past("past.0.key", ["batch", 4, 128, 8])],
      [logits, past("present.0.key", shape)],
      "the number of cached tokens is fixed",
    ],
    [
      "heads and batch in one axis",
      [ids, past("past.0.key", ["batch x heads", 8, "past"])],
      [logits, past("present.0.key", shape)],
      "its first axis is not the batch",
    ],
    [
      "keys and values in one tensor",
      [ids, past("past_0", [2, "batch", 4, "past", 8])],
      [logits, past("present_0", shape)],
      "its first axis is not the batch",
    ],
    [
      "a cache of unknown rank",
      [ids, past("past.0.key", undefined)],
      [logits, past("present.0.key", shape)],
      "what its axes are cannot be told",
    ],
  ])("%s", (_, inputs, outputs, sentence) => {
    expect(() => layout(inputs, outputs)).toThrow(UnsupportedError);
    expect(() => layout(inputs, outputs)).toThrow(sentence);
  });
});
