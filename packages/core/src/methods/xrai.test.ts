import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { linear, reshape } from "../../../testing/src/host/host-graph.ts";
import { gridSegments, rankRegions } from "../gradient/rank-regions.ts";
import { ExpectedGradients } from "./expected-gradients.ts";
import { graph, smoothNetwork } from "./gradient-models.fixture.ts";
import { InputXGradient } from "./input-x-gradient.ts";
import { IntegratedGradients } from "./integrated-gradients.ts";
import { NoiseTunnel } from "./noise-tunnel.ts";
import { Saliency } from "./saliency.ts";
import { Xrai } from "./xrai.ts";

/** The definition, with every mean taken anew. */
function naive(map: readonly number[], segmentations: readonly (readonly number[])[]): number[] {
  const result = [...map];
  const taken = map.map(() => false);
  const regions = segmentations.flatMap((segments) =>
    [...new Set(segments)]
      .filter((label) => label >= 0)
      .map((label) => segments.flatMap((one, at) => (one === label ? [at] : []))),
  );
  for (;;) {
    const open = regions.map((region) => region.filter((at) => !taken[at])).filter((region) => region.length > 0);
    if (open.length === 0) return result;
    const means = open.map((region) => region.reduce((sum, at) => sum + map[at]!, 0) / region.length);
    const best = open[means.indexOf(Math.max(...means))]!;
    for (const at of best) {
      taken[at] = true;
      result[at] = Math.max(...means);
    }
  }
}

/** `3 · (upper left 2 × 2 of the first channel) − (last pixel of the second)` over two channels of 4 × 4. */
function corner(last = false) {
  const weights = Array.from({ length: 32 }, (_, i) => {
    const [channel, pixel] = last ? [i % 2, Math.floor(i / 2)] : [Math.floor(i / 16), i % 16];
    const inside = pixel % 4 < 2 && pixel < 8;
    return channel === 0 ? (inside ? [3, 0] : [0, 1]) : pixel === 15 ? [-1, 0] : [0, 0];
  });
  return graph(["image"], [reshape("flat", "image", [32]), linear("out", "flat", weights)], "out");
}

const ones = [[0, 1].map(() => Array.from({ length: 4 }, () => [1, 1, 1, 1]))];
const quarters = Array.from({ length: 4 }, (_, y) =>
  Array.from({ length: 4 }, (_column, x) => 10 * Math.floor(y / 2) + Math.floor(x / 2)),
);

describe("regions", () => {
  test.prop([
    fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 12, maxLength: 12 }),
    fc.array(fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 12, maxLength: 12 }), { maxLength: 3 }),
  ])("are ranked as the definition says", (values, segmentations) => {
    // Means that differ: equal ones may be taken in any order.
    const map = values.map((value, i) => value + Math.sin(i + 1));
    const got = rankRegions(
      Float64Array.from(map),
      segmentations.map((segments) => Int32Array.from(segments)),
    );
    naive(map, segmentations).forEach((value, at) => {
      expect(got[at]!).toBeCloseTo(value, 9);
    });
  });

  test("of a grid are squares, cut off at the edges", () => {
    expect([...gridSegments(3, 5, 2)]).toEqual([0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5]);
  });
});

describe("Xrai", () => {
  test("gives the pixels of a region their mean, the regions that matter most the highest", async () => {
    const xrai = new Xrai(new InputXGradient(corner()));
    const result = await xrai.attribute({ image: ones }, { target: 0, segments: [{ image: quarters }] });
    expect(result.method).toBe("Xrai(InputXGradient)");
    expect(result.attributions["image"]!.shape).toEqual([1, 1, 4, 4]);
    expect([...result.attributions["image"]!.data]).toEqual([3, 3, 0, 0, 3, 3, 0, 0, 0, 0, -0.25, -0.25, 0, 0, -0.25, -0.25]);
    expect(result.evaluations.gradients).toBe(1);
  });

  test("takes grids where there are no segments, every number of the output, and channels last", async () => {
    const first = await new Xrai(new IntegratedGradients(corner())).attribute({ image: ones }, { steps: 3 });
    expect(first.attributions["image"]!.shape).toEqual([1, 2, 1, 4, 4]);
    expect(Number(first.attributions["image"]!.data[0])).toBeCloseTo(3, 9);
    expect(first.value!.shape).toEqual([1, 2]);
    const turned = [Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => [1, 1]))];
    const last = await new Xrai(new IntegratedGradients(corner(true)), { layout: "channels-last" }).attribute(
      { image: turned },
      { steps: 3 },
    );
    expect(last.attributions["image"]!.shape).toEqual([1, 2, 4, 4, 1]);
    expect([...last.attributions["image"]!.data]).toEqual([...first.attributions["image"]!.data]);
  });

  test("goes with black and white baselines, and into a noise tunnel", async () => {
    const black = new Array<number[][]>(2).fill(new Array<number[]>(4).fill([0, 0, 0, 0]));
    const xrai = new Xrai(new ExpectedGradients(corner()));
    const both = await xrai.attribute({ image: ones }, { target: 0, samples: 8, baselines: { image: [black, ones[0]!] } });
    expect(Number(both.attributions["image"]!.data[0])).toBeCloseTo(1.5, 9);
    const noisy = await new NoiseTunnel(xrai).attribute(
      { image: ones },
      { target: 0, stdev: 0, samples: 2, methodOptions: { samples: 4 } },
    );
    expect(Number(noisy.attributions["image"]!.data[0])).toBeCloseTo(3, 9);
  });

  test("takes labels of single examples", async () => {
    const image = [ones[0]!, ones[0]!];
    const whole = Array.from({ length: 4 }, () => [7, 7, 7, 7]);
    const { attributions } = await new Xrai(new InputXGradient(corner())).attribute(
      { image },
      { target: 0, segments: [{ image: [quarters, whole] }] },
    );
    expect(Number(attributions["image"]!.data[0])).toBe(3);
    expect(Number(attributions["image"]!.data[16])).toBeCloseTo(11 / 16, 12);
  });

  test.each([
    [[{ picture: quarters }], 'segments[0] "picture" is unknown; the inputs are "image"'],
    [[{}], 'segments have no labels for "image"'],
    [[{ image: [[1, 2]] }], 'segments[0] "image" has shape [1, 2]: labels of these images are [4, 4] or [1, 4, 4]'],
    [[{ image: quarters.map((row) => row.map((label) => label + 0.5)) }], "labels are whole numbers"],
    [{ image: quarters }, "segments must be an array of segmentations"],
  ])("refuses segments %#", async (segments, sentence) => {
    const xrai = new Xrai(new InputXGradient(corner()));
    await expect(xrai.attribute({ image: ones }, { target: 0, segments: segments as never })).rejects.toThrow(sentence);
  });

  test("refuses what is no method, and what are no images", async () => {
    expect(() => new Xrai(corner() as never)).toThrow("method must be an attribution method");
    const flat = new Xrai(new Saliency(smoothNetwork(1)));
    await expect(flat.attribute({ a: [[1, 2, 3]], b: [[1, 2]] }, { target: 0 })).rejects.toThrow(
      "they must be of images of four axes",
    );
  });
});
