import { describe, expect, test } from "vitest";
import { hostBackend } from "../tensor/host-backend.ts";
import { checkLayout } from "./causal-lm-layout.ts";
import { decoderFeeds } from "./decoder-feeds.ts";
import { tinyTransformer } from "./tiny-transformer.fixture.ts";

describe("a call of two rows of unlike length and past", () => {
  const tiny = tinyTransformer({ cache: true, mask: true, positions: true });
  const layout = checkLayout(tiny.model, tiny.layout);
  const past = layout.cache.map(() => ({
    data: new Float64Array(2 * 2 * 3 * 4),
    shape: [2, 2, 3, 4],
    dtype: "float64" as const,
  }));
  const rows = [
    { tokens: Int32Array.of(5, 6), start: 3 },
    { tokens: Int32Array.of(7, 8, 9, 10), start: 1 },
  ];
  const feeds = decoderFeeds(hostBackend, layout, { rows, width: 4, past, pastLength: 3, keep: true }, 4, 12);
  const read = async (name: string) => {
    const { data, shape } = await hostBackend.read(feeds[name]!);
    return { data: Array.from(data, Number), shape };
  };

  test("pads ids at the right", async () => {
    expect(await read("ids")).toEqual({ data: [5, 6, 12, 12, 7, 8, 9, 10], shape: [2, 4] });
  });

  test("masks what is padding, before the past and behind the tokens", async () => {
    expect(await read("mask")).toEqual({ data: [1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1], shape: [2, 7] });
  });

  test("counts places from the past on, and never past the last token", async () => {
    expect(await read("positions")).toEqual({ data: [3, 4, 4, 4, 1, 2, 3, 4], shape: [2, 4] });
  });
});

test("a first call is fed a cache of no tokens", () => {
  const tiny = tinyTransformer({ cache: true });
  const layout = checkLayout(tiny.model, tiny.layout);
  const rows = [{ tokens: Int32Array.of(5), start: 0 }];
  const feeds = decoderFeeds(hostBackend, layout, { rows, width: 1, pastLength: 0, keep: false }, 1, 0);
  for (const { past } of layout.cache) expect(feeds[past]!.shape).toEqual([1, 2, 0, 4]);
});

test("token types, flags and constants are fed one a token or one a row", async () => {
  const inputs = [
    { name: "ids", dtype: "int64" as const },
    { name: "types", dtype: "int64" as const },
    { name: "flag", dtype: "bool" as const },
    { name: "kept", dtype: "int64" as const },
  ];
  const model = { ...tinyTransformer().model, inputs };
  const layout = checkLayout(model, {
    inputIds: "ids",
    tokenTypeIds: "types",
    useCacheBranch: "flag",
    constants: { kept: 3 },
    logits: "logits",
  });
  const rows = [1, 2].map((token) => ({ tokens: Int32Array.of(token), start: 0 }));
  const feed = async (pastLength: number) => {
    const feeds = decoderFeeds(hostBackend, layout, { rows, width: 1, pastLength, keep: false }, 1, 0);
    const read = async (name: string) => Array.from((await hostBackend.read(feeds[name]!)).data, Number);
    return { types: await read("types"), flag: await read("flag"), kept: await read("kept") };
  };
  expect(await feed(0)).toEqual({ types: [0, 0], flag: [0, 0], kept: [3, 3] });
  expect(await feed(2)).toEqual({ types: [0, 0], flag: [1, 1], kept: [3, 3] });
});
