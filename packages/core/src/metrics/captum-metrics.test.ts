import { describe, expect, test } from "vitest";
import { add, linear, referenceNetwork, relu, reshape } from "../../../testing/src/host/host-graph.ts";
import { DeepLift } from "../methods/deep-lift.ts";
import { FeatureAblation } from "../methods/feature-ablation.ts";
import { graph, m2 } from "../methods/gradient-models.fixture.ts";
import { IntegratedGradients } from "../methods/integrated-gradients.ts";
import { Saliency } from "../methods/saliency.ts";
import { bind } from "../model/bind.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import { infidelity } from "./infidelity.ts";
import type { Perturb } from "./perturb.ts";
import { sensitivityMax } from "./sensitivity-max.ts";

/* Numbers that Captum's tests assert, or that follow from its formulas. */

const x = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]; // biome-ignore format: a matrix
const ones = x.map((row) => row.map(() => 1));
/** The three-input network with eight outputs, `out_i · (1, 2)_j · (1, 4)_k`, of `x + other`. */
const spread = [0, 1].flatMap((unit) => [1, 4, 2, 8].map((times) => [0, 1].map((own) => (own === unit ? times : 0))));
const both = graph(
  ["x", "other"],
  [
    add("linear0", "x", "other"),
    linear("linear1", "linear0", [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]], [-10, 1, 1, 1]), // biome-ignore format: a matrix
    relu("relu", "linear1"),
    linear("linear2", "relu", [[1, 1], [1, 1], [1, 1], [1, 1]], [-1, 1]), // biome-ignore format: a matrix
    linear(
      "flat",
      "linear2",
      [0, 1].map((own) => spread.map((row) => row[own]!)),
    ),
    reshape("out", "flat", [2, 2, 2]),
  ],
  "out",
);
const multidim = bind(both, { other: x });
const target = [[0, 1, 1], [0, 1, 1], [1, 1, 1], [0, 1, 1]]; // biome-ignore format: a matrix

function expectClose(got: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(got).toHaveLength(wanted.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]!), `[${i}]: got ${value}, expected ${wanted[i]}`).toBeLessThanOrEqual(tolerance);
  });
}

const numbers = (tensor: HostTensor): number[] => [...tensor.data].map(Number);

describe("infidelity", () => {
  test("C129: of M2 at (3, 1)", async () => {
    const perturb: Perturb = () => ({ perturbed: { a: [[3 - 0.0009]], b: [[1 - 0.0121]] } });
    const explanation = { attributions: { a: [[1.5]], b: [[-0.5]] } };
    const { score } = await infidelity(m2, { a: [[3]], b: [[1]] }, explanation, { perturb, samples: 3, multiplyByInputs: false });
    expectClose(score, [((1.5 - 1) * 0.0009 - (0.5 - 1) * 0.0121) ** 2], 1e-12);
    expectClose(score, [4.225e-5], 1e-8);
  });

  test("C130: scaled to where it is least", async () => {
    // One input with the attribution 1: it moves by 1 and 2, and the output by 2 and 3.
    const model = graph(["x"], [linear("out", "x", [[1]])], "out");
    const moves = [1, 2];
    const perturb = (): Perturb => {
      let sample = 0;
      return () => ({ perturbed: { x: [[-moves[sample]! - 1]] }, perturbations: { x: [[moves[sample++]!]] } });
    };
    const ask = (normalize: boolean): Promise<{ score: readonly number[] }> =>
      infidelity(model, { x: [[0]] }, { attributions: { x: [[1]] } }, { perturb: perturb(), samples: 2, normalize });
    expectClose((await ask(true)).score, [0.1], 1e-12);
    expectClose((await ask(false)).score, [1], 1e-12);
  });

  test("C131: against the baseline it is the square of the convergence delta", async () => {
    const result = await new IntegratedGradients(multidim).attribute({ x }, { target, baselines: { x: ones } });
    const row = numbers(result.attributions["x"]!).slice(0, 3);
    expectClose(row, [0, 29.2244, 58.4487], 1e-4);
    expectClose(numbers(result.delta!), [-0.326901, 0, 0, 0], 1e-4);
    const perturb: Perturb = () => ({ perturbed: { x: ones }, perturbations: { x: ones } });
    const { score } = await infidelity(multidim, { x }, result, { perturb });
    expectClose(score, [0.106864, 0, 0, 0], 1e-4);
    const derived = await infidelity(multidim, { x }, result, {
      perturb: () => ({ perturbed: { x: ones } }),
      baselines: { x: ones },
    });
    expectClose(derived.score, score, 1e-9);
  });

  test("C132: contributions of a linear stretch have none, whatever is taken away", async () => {
    const ml = referenceNetwork();
    const at = [[1, 2.5, 3.3]];
    const results = [
      await new IntegratedGradients(ml).attribute({ x: at }, { target: 0 }),
      await new FeatureAblation(ml).attribute({ x: at }, { target: 0 }),
    ];
    for (const result of results)
      for (const size of [1, 2, 3]) {
        const perturb: Perturb = (_, random) => {
          const gone = new Set([...random.permutation(3)].slice(0, size));
          return { perturbed: { x: at.map((row) => row.map((value, i) => (gone.has(i) ? 0 : value))) } };
        };
        expectClose((await infidelity(ml, { x: at }, result, { perturb })).score, [0], 1e-9);
      }
  });
});

describe("sensitivityMax", () => {
  test("C133: where the gradient is the same all around there is none", async () => {
    expect((await sensitivityMax(new Saliency(m2), { a: [[3]], b: [[1]] }, {})).score).toEqual([0]);
  });

  test("C134: integrated gradients and DeepLIFT, every feature moved by its own distance", async () => {
    const perturb: Perturb = () => ({
      perturbed: { x: x.map((row) => row.map((value, i) => value + [-0.02, -0.01, 0][i]!)) },
    });
    const alone = bind(both, { other: x.map((row) => row.map(() => 0)) });
    const paths = await sensitivityMax(new IntegratedGradients(alone), { x }, { target }, { perturb, samples: 3 });
    expectClose(paths.score, [0.00598, 0.0106, 0.00161, 0.00859], 1e-5);
    const lift = await sensitivityMax(new DeepLift(multidim), { x }, { target, baselines: { x: ones } }, { perturb });
    expectClose(lift.score, [0.01021, 0.00316, 0.00183, 0.00129], 1e-5);
  });
});
