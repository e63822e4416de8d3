import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { linear } from "../../../testing/src/host/host-graph.ts";
import type { LinearRule } from "../model/gradient-rules.ts";
import { smallTransformer } from "../model/small-transformer.fixture.ts";
import { seededRandom } from "../tensor/random.ts";
import type { AttributionResult } from "./attribution-result.ts";
import { graph, smoothNetwork } from "./gradient-models.fixture.ts";
import { InputXGradient } from "./input-x-gradient.ts";
import { Lrp } from "./lrp.ts";

const seeds = fc.integer({ min: 0, max: 10_000 });
const few = { numRuns: 15 };

function tokens(seed: number): number[][][] {
  const random = seededRandom(seed + 1);
  return [0, 1].map(() => [0, 1, 2].map(() => [0, 1, 2, 3].map(() => random.normal())));
}

/** By how much the sum of the relevances is off, of the largest relevance. */
function gaps({ delta, attributions }: AttributionResult): number[] {
  const largest = Math.max(1e-6, ...Object.values(attributions).flatMap(({ data }) => [...data].map((x) => Math.abs(Number(x)))));
  return [...delta!.data].map((gap) => Number(gap) / largest);
}

describe("Lrp", () => {
  test.prop([seeds, fc.boolean()], few)(
    "with constant attention conserves the number of a transformer",
    async (seed, centred) => {
      const { model } = smallTransformer(seed, { centred });
      const result = await new Lrp(model, { attention: "cpLrp" }).attribute({ x: tokens(seed) });
      for (const gap of gaps(result)) expect(Math.abs(gap)).toBeLessThan(1e-4);
    },
  );

  test.prop([seeds], few)("loses what the biases take", async (seed) => {
    const { model, bias } = smallTransformer(seed, { biases: true });
    const result = await new Lrp(model, { attention: "cpLrp" }).attribute({ x: tokens(seed) }, { target: 1 });
    for (const gap of result.delta!.data) expect(Number(gap)).toBeCloseTo(-bias[1]!, 3);
  });

  test.prop([seeds], few)("through attention loses what the softmax's expansion leaves behind", async (seed) => {
    const { model } = smallTransformer(seed);
    const x = tokens(seed);
    const result = await new Lrp(model).attribute({ x }, { target: 0 });
    const request = { feeds: { x: model.backend.from(x, "float64") }, objective: { value: "out", index: [[0], [0]] } } as const;
    const { gradients } = await model.gradient({
      ...request,
      wrt: ["attention", "scores"],
      rules: { kind: "lrp", linear: { rule: "epsilon" } },
    });
    const total = async (name: string, row: number): Promise<number> => {
      const { data } = await model.backend.read(gradients[name]!);
      return [...data].slice(9 * row, 9 * row + 9).reduce<number>((sum, value) => sum + Number(value), 0);
    };
    for (const row of [0, 1]) {
      const left = (await total("attention", row)) - (await total("scores", row));
      const scale = Math.max(1, Math.abs(left));
      expect(Math.abs(Number(result.delta!.data[row]) + left) / scale).toBeLessThan(1e-4);
    }
  });

  test.prop([seeds, fc.constantFrom<LinearRule>({ rule: "wSquare" }, { rule: "flat" }, { rule: "zBox", low: -6, high: 6 })], few)(
    "by rules without a bias conserves the number behind the layer that has one",
    async (seed, rule) => {
      const random = seededRandom(seed);
      const matrix = (height: number, width: number): number[][] =>
        Array.from({ length: height }, () => Array.from({ length: width }, () => random.normal()));
      const model = graph(
        ["x"],
        [linear("first", "x", matrix(3, 4), [1, -1, 2, 0.5]), linear("out", "first", matrix(4, 2))],
        "out",
      );
      const result = await new Lrp(model, { layers: { first: rule } }).attribute({ x: [[1, -2, 0.5]] });
      for (const gap of gaps(result)) expect(Math.abs(gap)).toBeLessThan(1e-4);
      const plain = await new Lrp(model).attribute({ x: [[1, -2, 0.5]] });
      expect(Math.max(...gaps(plain).map(Math.abs))).toBeGreaterThan(1e-3);
    },
  );

  test("of a linear model is input times gradient", async () => {
    const model = graph(["x"], [linear("out", "x", [[2], [-3], [0.5]], [4])], "out");
    const x = [[1, 2, 3]];
    const [relevance, product] = [await new Lrp(model).attribute({ x }), await new InputXGradient(model).attribute({ x })];
    relevance.attributions["x"]!.data.forEach((value, i) => {
      expect(Number(value)).toBeCloseTo(Number(product.attributions["x"]!.data[i]), 6);
    });
  });

  test.each([
    [{ rule: { rule: "epsilonn" } }, 'rule must be { rule } with one of "epsilon"'],
    [{ rule: "epsilon" }, "rule must be { rule } with one of"],
    [{ rule: { rule: "gamma", gamma: -1 } }, "rule has gamma -1: it must be a number from 0 up"],
    [{ rule: { rule: "alphaBeta", alpha: 2, beta: 0 } }, "rule has alpha 2 and beta 0: alpha − beta must be 1"],
    [{ rule: { rule: "alphaBeta", alpha: 0, beta: -1 } }, "rule has beta -1"],
    [{ rule: { rule: "alphaBeta", signs: "both" } }, 'rule has signs "both"'],
    [{ rule: { rule: "zBox", low: 1, high: 0 } }, "rule has low 1 and high 0"],
    [{ layers: { t: { rule: "flatt" } } }, 'layers["t"] must be { rule }'],
    [{ layers: { tt: { rule: "flat" } } }, 'layers has "tt", which is no value of the model'],
    [{ attention: "none" }, 'attention must be "attnLrp" or "cpLrp", got "none"'],
  ])("refuses %j", (settings, sentence) => {
    expect(() => new Lrp(smoothNetwork(1), settings as never)).toThrow(sentence);
  });
});
