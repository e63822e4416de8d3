import {
  deletionCurve,
  type Estimate,
  FeatureAblation,
  functionGame,
  functionModel,
  HostTensor,
  insertionCurve,
  rankPlayers,
  ShapleyValueSampling,
  shapleySampling,
  sufficiency,
} from "@attr/core";
import { describe, expect, test } from "vitest";
import { toAnsi } from "../ansi.ts";
import { display } from "../display.ts";
import { toHtml } from "../html.ts";
import { toSvg } from "../svg.ts";
import { convergenceDocument } from "./convergence-document.ts";
import { faithfulnessDocument } from "./faithfulness-document.ts";
import { imageDocument, imagesDocument } from "./image-document.ts";
import { layersDocument } from "./layers-document.ts";
import { tabularDocument } from "./tabular-document.ts";

const host = (data: readonly number[], shape: readonly number[]): HostTensor =>
  new HostTensor(Float64Array.from(data), shape, "float64");
/** Rows of a tensor's example as numbers. */
const row = (x: HostTensor, index: number): number[] => {
  const size = x.data.length / x.shape[0]!;
  return Array.from({ length: size }, (_, i) => Number(x.data[index * size + i]));
};
/** A model whose output 0 is the sum of its input's elements, each times its place from 1. */
const weighted = functionModel<"x">(({ x }) =>
  Array.from({ length: x.shape[0]! }, (_, n) => row(x, n).reduce((sum, value, i) => sum + value * (i + 1), 0)),
);

describe("imageDocument", () => {
  test("takes channels first or last, sums them, and carries value and method", async () => {
    const first = host([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1, 2, 2, 3]);
    const result = await new FeatureAblation(weighted).attribute({ x: first });
    const document = imageDocument(result);
    expect(document).toMatchObject({
      kind: "image",
      method: "FeatureAblation",
      value: 650,
      explained: "the output",
    });
    expect(document.panels).toEqual([
      { label: "", width: 3, height: 2, scores: [1 + 49, 4 + 64, 9 + 81, 16 + 100, 25 + 121, 36 + 144] },
    ]);
    const last = imageDocument(result, { layout: "channels-last", channels: "each" });
    expect(last.panels.map(({ label, width, height, scores }) => [label, width, height, scores])).toEqual([
      ["channel 0", 2, 2, [1, 16, 49, 100]],
      ["channel 1", 2, 2, [4, 25, 64, 121]],
      ["channel 2", 2, 2, [9, 36, 81, 144]],
    ]);
    expect(toSvg(document)).toContain("sum of scores +650");
  });

  test("a segment of a mask counts once, over pixels and channels", async () => {
    const x = host(new Array<number>(12).fill(1), [1, 3, 2, 2]);
    const mask = new HostTensor(Int32Array.from([0, 0, 1, 1]), [1, 1, 2, 2], "int32");
    const result = await new FeatureAblation(weighted).attribute({ x }, { featureMask: { x: mask } });
    const document = imageDocument(result, { featureMask: mask });
    expect(document.panels[0]!.groups).toEqual([0, 0, 1, 1]);
    expect(toSvg(document)).toContain("sum of scores +78");
  });

  test("pictures of 0 to 1, 0 to 255 and of any numbers become colours", async () => {
    const result = await new FeatureAblation(weighted).attribute({ x: host([1, 2, 3, 4], [1, 2, 2]) });
    const colors = (data: number[], shape: number[]) => imageDocument(result, { picture: { data, shape } });
    expect(colors([0, 0.5, 1, 0], [2, 2]).picture).toEqual({ width: 2, height: 2, channels: 1, data: [0, 127.5, 255, 0] });
    expect(colors([0, 51, 102, 255], [1, 2, 2]).picture!.data).toEqual([0, 51, 102, 255]);
    const stretched = colors([-2, 0, 2, 0], [1, 1, 2, 2]);
    expect(stretched.picture!.data).toEqual([0, 127.5, 255, 127.5]);
    expect(stretched.notes.at(-1)).toContain("-2.00 to 2.00, are stretched");
    expect(
      imageDocument(result, { picture: { data: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], shape: [3, 2, 2] } }).picture!.data.slice(
        0,
        6,
      ),
    ).toEqual([255, 0, 0, 0, 255, 0]);
  });

  test("what is no picture, and what is not there, is refused by name", async () => {
    const flat = await new FeatureAblation(weighted).attribute({ x: host([1, 2, 3], [1, 3]) });
    expect(() => imageDocument(flat)).toThrow(
      'attributions["x"] without its examples must have the shape of a picture ([h, w], [c, h, w] or [h, w, c]), got [3]',
    );
    expect(() => imageDocument(flat, { input: "y" })).toThrow('input "y" is none of the result\'s: "x"');
    expect(() => imageDocument(flat, { example: 1 })).toThrow("example 1 is outside the 1 examples of the result");
    expect(() => imagesDocument({})).toThrow("results must hold at least one result");
  });

  test("several results stand side by side, each with its values", async () => {
    const at = (data: number[]) => new FeatureAblation(weighted).attribute({ x: host(data, [1, 2, 2]) });
    const document = imagesDocument({ conv1: await at([1, 2, 3, 4]), conv2: await at([0, 1, 0, 1]) });
    expect(document.scale).toBe("each");
    expect(document.panels.map(({ label, value }) => [label, value])).toEqual([
      ["conv1", 30],
      ["conv2", 6],
    ]);
  });
});

describe("tabularDocument", () => {
  test("one example is bars with the features' names and values; the waterfall is a view of it", async () => {
    const x = host([2, -1, 0.5], [1, 3]);
    const result = await new ShapleyValueSampling(weighted).attribute({ x }, { samples: 4, seed: 1 });
    const document = tabularDocument(result, { names: ["age", "fare", "sex"], inputs: { x }, view: "waterfall", unit: "logits" });
    expect(document.features).toEqual(["age", "fare", "sex"]);
    expect(document.rows[0]).toMatchObject({
      scores: [2, -2, 1.5].map((score) => expect.closeTo(score) as number),
      inputs: [2, -1, 0.5],
      value: 1.5,
      baseValue: 0,
    });
    expect(toSvg(document)).toContain("age = 2");
    expect(toAnsi(document, { color: false })).toContain("fare = −1  -2.00");
  });

  test("many examples are many rows, features named after their places", async () => {
    const result = await new FeatureAblation(weighted).attribute({ x: host([1, 2, 3, 4], [2, 2]) });
    const document = tabularDocument(result);
    expect(document.features).toEqual(["x[0]", "x[1]"]);
    expect(document.rows.map(({ label, scores, value }) => [label, scores, value])).toEqual([
      ["example 0", [1, 4], 5],
      ["example 1", [3, 8], 11],
    ]);
    expect(() => tabularDocument(result, { names: ["one"] })).toThrow("names must hold a name for each of the 2 features, got 1");
    expect(() => tabularDocument(result, { feature: "age" })).toThrow('feature "age" is none of the 2 features');
  });

  test("a group of features is one line and counts once", async () => {
    const mask = new HostTensor(Int32Array.from([0, 0, 1]), [1, 3], "int32");
    const result = await new FeatureAblation(weighted).attribute({ x: host([1, 1, 1], [1, 3]) }, { featureMask: { x: mask } });
    const document = tabularDocument(result, { names: ["a", "b", "c"], groups: [0, 0, 1] });
    const svg = toSvg(document);
    expect(svg).toContain("a + b");
    expect(svg).toContain("sum of scores +6.00");
  });

  test("of many outputs one is chosen", async () => {
    const two = functionModel<"x">(({ x }) =>
      host(
        Array.from({ length: 2 * x.shape[0]! }, (_, i) => row(x, i >> 1)[i & 1]!),
        [x.shape[0]!, 2],
      ),
    );
    const result = await new FeatureAblation(two).attribute({ x: host([5, 7], [1, 2]) });
    expect(() => tabularDocument(result)).toThrow("output must choose one of the 2 outputs the result explains");
    expect(tabularDocument(result, { output: 1 }).rows[0]).toMatchObject({ scores: [0, 7], value: 7 });
  });
});

test("layersDocument gives the sum of every layer's attributions, in order", async () => {
  const at = (data: number[], shape: number[]) => new FeatureAblation(weighted).attribute({ x: host(data, shape) });
  const document = layersDocument({ conv1: await at([1, 2, -3, 4], [1, 2, 2]), dense: await at([1, 1], [1, 2]) });
  expect(document.layers).toEqual([
    { name: "conv1", score: 12, shape: [2, 2] },
    { name: "dense", score: 3, shape: [2] },
  ]);
  expect(toAnsi(document, { color: false })).toMatch(/conv1 .*\+12\.00/);
});

test("convergenceDocument follows an estimator's stream", async () => {
  const game = functionGame(4, (present) => (present.has(0) ? 2 : 0) + (present.has(1) && present.has(2) ? 1 : 0));
  const estimates: Estimate[] = [];
  for await (const estimate of shapleySampling(game, { samples: 40, seed: 3 })) estimates.push(estimate);
  const document = convergenceDocument(estimates, { names: ["a", "b", "c", "d"], total: 1e6 });
  expect(document.curves[0]!.label).toBe("a");
  expect(document.curves[0]!.y.at(-1)).toBeCloseTo(2);
  expect(document.partial).toEqual({ done: estimates.at(-1)!.coalitions, total: 1e6, unit: "evaluations" });
  expect(toHtml(document)).toContain("Partial result:");
});

test("convergenceDocument has a band of each player's own standard error, of the output shown, where it is known", () => {
  const estimate = (coalitions: number, standardErrors?: number[]): Estimate => ({
    values: Float64Array.of(1, -2, 3, 4),
    players: 2,
    outputs: 2,
    coalitions,
    warnings: [],
    ...(standardErrors && { standardErrors: Float64Array.from(standardErrors) }),
  });
  const estimates = [estimate(10), estimate(20, [0.5, 0.6, 0.7, 0.8]), estimate(30, [0.1, 0.2, 0.3, 0.4])];
  const document = convergenceDocument(estimates, { output: 1 });
  expect(document.curves).toEqual([
    { label: "player 1", x: [10, 20, 30], y: [4, 4, 4], standardErrors: [Number.NaN, 0.8, 0.4] },
    { label: "player 0", x: [10, 20, 30], y: [3, 3, 3], standardErrors: [Number.NaN, 0.7, 0.3] },
  ]);
  expect(toSvg(document).match(/<path class="band/g)).toHaveLength(2);
  expect(toAnsi(document, { color: false })).toContain("dotted: one standard error to either side");
  const exact = convergenceDocument(estimates.slice(0, 1));
  expect(exact.curves[0]).not.toHaveProperty("standardErrors");
  expect(toSvg(exact)).not.toContain('<path class="band');
});

test("notebooks show a document as a picture, a page's part and text, without scripts", async () => {
  const result = await new FeatureAblation(weighted).attribute({ x: [[1, 2]] });
  const shown = display(tabularDocument(result));
  const bundle = shown[Symbol.for("Jupyter.display") as keyof typeof shown] as unknown as () => Record<string, string>; // found by its name, as a kernel does
  const media = bundle();
  expect(Object.keys(media)).toEqual(["text/plain", "image/svg+xml", "text/html"]);
  expect(media["text/html"]).toContain("<svg ");
  expect(media["text/html"]).not.toMatch(/<script|<style>(?!\.attr-)/);
});

describe("faithfulnessDocument", () => {
  const game = functionGame(4, (present) => [...present].reduce((sum, player) => sum + player, 1));
  const [good, bad] = [
    rankPlayers(game, [0, 1, 2, 3], { method: "Right" }),
    rankPlayers(game, [3, 2, 1, 0], { method: "Wrong" }),
  ];

  test("draws several methods and, once, the random orders with their band", async () => {
    const options = { randomOrders: 6, seed: 2 };
    const results = { right: await deletionCurve(good, options), wrong: await deletionCurve(bad, options) };
    const document = faithfulnessDocument(results, { unit: "points", explained: "the sum" });
    expect(document).toMatchObject({
      title: "How the sum falls as features are taken away",
      method: "Right, Wrong",
      area: true,
      x: { label: "features taken away", unit: "share" },
      y: { label: "output" },
    });
    expect(document.curves).toEqual([
      { label: "right", x: [0, 0.25, 0.5, 0.75, 1], y: [7, 4, 2, 1, 1] },
      { label: "wrong", x: [0, 0.25, 0.5, 0.75, 1], y: [7, 7, 6, 4, 1] },
      {
        label: "in random order (mean of 6)",
        x: [0, 0.25, 0.5, 0.75, 1],
        y: results.right.random!.values[0],
        standardErrors: results.right.random!.standardErrors![0],
      },
    ]);
    expect(toAnsi(document, { color: false })).toContain("● right: from 7 to 1, area 2.75");
    expect(toSvg(document)).toContain('class="band');
    expect(results.right.score[0]).toBe(2.75);
    const won = (rate: readonly number[]): number => Math.round(100 * rate[0]!);
    expect(document.notes).toEqual([
      `right: better than ${won(results.right.random!.winRate)} % of 6 random orders, by its area.`,
      `wrong: better than ${won(results.wrong.random!.winRate)} % of 6 random orders, by its area.`,
    ]);
  });

  test("tells deletion from insertion, and refuses falls beside them", async () => {
    const results = { away: await deletionCurve(good, { randomOrders: 1 }), in: await insertionCurve(good, { randomOrders: 1 }) };
    const { curves, x } = faithfulnessDocument(results);
    expect(curves.map(({ label }) => label)).toEqual([
      "away",
      "in",
      "deletion in random order (one)",
      "insertion in random order (one)",
    ]);
    expect(x.label).toBe("features taken away, or features present");
    const falls = { falls: await sufficiency(good) };
    expect(faithfulnessDocument(falls)).toMatchObject({ y: { label: "fall of the output" }, area: false });
    expect(() => faithfulnessDocument({ ...results, ...falls })).toThrow("results mix deletion and insertion and sufficiency");
    expect(() => faithfulnessDocument(falls, { example: 1 })).toThrow("example 1 is outside the 1 examples of the results");
    expect(() => faithfulnessDocument({})).toThrow("results must hold at least one result");
  });
});
