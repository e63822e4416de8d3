import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { linear, reshape, tanh } from "../../../testing/src/host/host-graph.ts";
import { lineBlur } from "../gradient/gaussian-blur.ts";
import { limitBatch } from "../model/limit-batch.ts";
import { seededRandom } from "../tensor/random.ts";
import { BlurIntegratedGradients } from "./blur-integrated-gradients.ts";
import { graph, smoothNetwork } from "./gradient-models.fixture.ts";

const seeds = fc.integer({ min: 0, max: 10_000 });
const few = { numRuns: 6 };
const [channels, height, width] = [2, 4, 5];

/** A smooth network of images of two channels. */
function network(seed: number, last = false) {
  const random = seededRandom(seed);
  const matrix = (rows: number, columns: number): number[][] =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal() / 2));
  const weights = matrix(channels * height * width, 4);
  const order = Array.from({ length: weights.length }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    return last ? weights[channel * height * width + pixel]! : weights[i]!;
  });
  return graph(
    ["image"],
    [
      reshape("flat", "image", [weights.length]),
      linear("hidden", "flat", order),
      tanh("bent", "hidden"),
      linear("out", "bent", matrix(4, 2)),
    ],
    "out",
  );
}

function images(seed: number, count = 2): number[][][][] {
  const random = seededRandom(seed + 1);
  const list = <T>(length: number, make: () => T): T[] => Array.from({ length }, make);
  return list(count, () => list(channels, () => list(height, () => list(width, () => random.normal()))));
}

/** A plane blurred sample by sample: the kernel exp(−(dy² + dx²) / 2σ²) over what the edges reflect, over its own sum. */
function blurred(plane: readonly (readonly number[])[], sigma: number): number[][] {
  const radius = Math.ceil(8 * sigma);
  const fold = (position: number, length: number): number => {
    let at = position;
    while (at < 0 || at >= length) at = at < 0 ? -1 - at : 2 * length - 1 - at;
    return at;
  };
  return plane.map((line, y) =>
    line.map((_, x) => {
      let [sum, total] = [0, 0];
      for (let dy = -radius; dy <= radius; dy++)
        for (let dx = -radius; dx <= radius; dx++) {
          const weight = Math.exp(-(dy * dy + dx * dx) / (2 * sigma * sigma));
          sum += weight * plane[fold(y + dy, plane.length)]![fold(x + dx, line.length)]!;
          total += weight;
        }
      return sum / total;
    }),
  );
}

describe("BlurIntegratedGradients", () => {
  test.prop([seeds, fc.constantFrom(0.7, 1.5, 3)], few)(
    "follows the path of blurs: a fine sum of gradients times differences of blurred images is what it gives",
    async (seed, maxSigma) => {
      const model = network(seed);
      const image = images(seed, 1);
      const result = await new BlurIntegratedGradients(model).attribute({ image }, { maxSigma, steps: 40, target: 1 });
      const parts = 60;
      const sum = new Float64Array(channels * height * width);
      const at = (part: number): number[][][][] => {
        const sigma = maxSigma * (1 - part / parts);
        return [image[0]!.map((plane) => (sigma < 1e-9 ? plane : blurred(plane, sigma)))];
      };
      const gradientAt = async (x: number[][][][]): Promise<number[]> => {
        const feeds = { image: model.backend.from(x, "float64") };
        const { gradients } = await model.gradient({ feeds, objective: { value: "out", index: [[1]] }, wrt: ["image"] });
        return [...(await model.backend.read(gradients["image"]!)).data].map(Number);
      };
      let before = at(0);
      for (let part = 1; part <= parts; part++) {
        const now = at(part);
        const gradient = await gradientAt(at(part - 0.5));
        const [from, to] = [before.flat(3), now.flat(3)];
        gradient.forEach((slope, i) => {
          sum[i]! += slope * (to[i]! - from[i]!);
        });
        before = now;
      }
      result.attributions["image"]!.data.forEach((value, i) => {
        expect(Number(value)).toBeCloseTo(sum[i]!, 2);
      });
    },
  );

  test.prop([seeds, fc.constantFrom(0.5, 2, 10)], few)(
    "sums up to the change from the blurred image, for every number of the output",
    async (seed, maxSigma) => {
      const model = network(seed);
      const image = images(seed);
      const { delta, baseValue } = await new BlurIntegratedGradients(model).attribute({ image }, { maxSigma, steps: 120 });
      for (const gap of delta!.data) expect(Math.abs(Number(gap))).toBeLessThan(2e-3);
      const blurs = image.map((planes) => planes.map((plane) => blurred(plane, maxSigma)));
      const outputs = await model.run({ feeds: { image: model.backend.from(blurs, "float64") }, fetches: ["out"] });
      const expected = [...(await model.backend.read(outputs["out"]!)).data].map(Number);
      baseValue!.data.forEach((value, i) => {
        expect(Number(value)).toBeCloseTo(expected[i]!, 9);
      });
    },
  );

  test.prop([seeds, fc.integer({ min: 1, max: 5 })], few)(
    "gives the same in calls of any size, and with channels last",
    async (seed, limit) => {
      const image = images(seed);
      const options = { maxSigma: 2, steps: 7 };
      const whole = await new BlurIntegratedGradients(network(seed)).attribute({ image }, options);
      const parts = await new BlurIntegratedGradients(limitBatch(network(seed), limit)).attribute({ image }, options);
      expect([...parts.attributions["image"]!.data]).toEqual([...whole.attributions["image"]!.data]);
      const turned = image.map((planes) => planes[0]!.map((line, y) => line.map((_, x) => planes.map((plane) => plane[y]![x]!))));
      const last = await new BlurIntegratedGradients(network(seed, true), { layout: "channels-last" }).attribute(
        { image: turned },
        options,
      );
      const at = (i: number): number => {
        const [unit, c, y, x] = [Math.floor(i / 40), Math.floor(i / 20) % 2, Math.floor(i / 5) % 4, i % 5];
        return unit * 40 + (y * width + x) * channels + c;
      };
      whole.attributions["image"]!.data.forEach((value, i) => {
        expect(Number(last.attributions["image"]!.data[at(i)])).toBeCloseTo(Number(value), 9);
      });
    },
  );

  test.prop([fc.integer({ min: 1, max: 9 }), fc.double({ min: 0.05, max: 12, noNaN: true })], few)(
    "blurs lines by weights that sum to 1, and knows how they change",
    (length, sigma) => {
      const { matrix, slope } = lineBlur(length, sigma);
      const [up, down] = [lineBlur(length, sigma * 1.0001).matrix, lineBlur(length, sigma * 0.9999).matrix];
      for (let row = 0; row < length; row++) {
        expect(matrix.subarray(row * length, (row + 1) * length).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
        for (let i = row * length; i < (row + 1) * length; i++)
          expect(slope[i]!).toBeCloseTo((up[i]! - down[i]!) / (0.0002 * sigma), 4);
      }
    },
  );

  test("leaves a line without a blur as it is", () => {
    expect([...lineBlur(3, 0).matrix]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect([...lineBlur(3, 0).slope].every((value) => value === 0)).toBe(true);
  });

  test("refuses what is no image, and options out of range", async () => {
    const flat = new BlurIntegratedGradients(smoothNetwork(1));
    await expect(flat.attribute({ a: [[1, 2, 3]], b: [[1, 2]] })).rejects.toThrow(
      'input "a" has shape [1, 3]: it must be an image of four axes',
    );
    const method = new BlurIntegratedGradients(network(1));
    await expect(method.attribute({ image: images(1) }, { maxSigma: 0 })).rejects.toThrow(
      "maxSigma must be a number above 0, got 0",
    );
    await expect(method.attribute({ image: images(1) }, { steps: 0 })).rejects.toThrow("steps must be");
    expect(() => new BlurIntegratedGradients(network(1), { layout: "nchw" as never })).toThrow('layout must be "channels-first"');
  });
});
