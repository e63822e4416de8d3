import { add, affine, type HostNode, hostGraph, linear, relu, reshape, tanh } from "../../../testing/src/host/host-graph.ts";
import type { DifferentiableGraphModel } from "../model/differentiable.ts";
import type { ValueInfo } from "../model/model.ts";
import { type Random, seededRandom } from "../tensor/random.ts";

/** The small networks that Captum's tests use, as graphs that can be differentiated, in float64. */

export function graph(
  inputs: readonly string[],
  nodes: readonly HostNode[],
  output: string,
  maxBatchSize?: number,
): DifferentiableGraphModel {
  const infos = inputs.map((name): ValueInfo => ({ name, dtype: "float64" }));
  return hostGraph({ inputs: infos, nodes, outputs: [output], maxBatchSize });
}

/** M1: `1 − relu(1 − x)`. */
export const m1: DifferentiableGraphModel = graph(
  ["x"],
  [affine("n", "x", -1, 1), relu("r", "n"), affine("out", "r", -1, 1)],
  "out",
);

/** M2: `relu(relu(a) − 1 − relu(b))`. */
export const m2: DifferentiableGraphModel = graph(
  ["a", "b"],
  [
    relu("ra", "a"),
    affine("less", "ra", 1, -1),
    relu("rb", "b"),
    affine("minus", "rb", -1),
    add("s", "less", "minus"),
    relu("out", "s"),
  ],
  "out",
);

/** M3: `relu(relu(a − 1) − relu(b))`: the same function as M2. */
export const m3: DifferentiableGraphModel = graph(
  ["a", "b"],
  [
    affine("less", "a", 1, -1),
    relu("ra", "less"),
    relu("rb", "b"),
    affine("minus", "rb", -1),
    add("s", "ra", "minus"),
    relu("out", "s"),
  ],
  "out",
);

const column = (...weights: number[]): number[][] => weights.map((weight) => [weight]);
const rows = (count: number, ...row: number[]): number[][] => Array.from({ length: count }, () => row);

/** RL: `relu([3, 1, 0] · x1) + relu([2, 3, 0] · x2)`; layers "both" (the two sums), "relu" and "out". */
export const rl: DifferentiableGraphModel = graph(
  ["x1", "x2"],
  [
    linear("l1", "x1", [[3, 0], [1, 0], [0, 0]]), // biome-ignore format: a matrix
    linear("l2", "x2", [[0, 2], [0, 3], [0, 0]]), // biome-ignore format: a matrix
    add("both", "l1", "l2"),
    relu("relu", "both"),
    linear("out", "relu", column(1, 1)),
  ],
  "out",
);

/** RD: `2 relu(x1) + 2 relu(x2 − 1.5)`. */
export const rd: DifferentiableGraphModel = graph(
  ["x1", "x2"],
  [relu("r1", "x1"), affine("m", "x2", 1, -1.5), relu("r2", "m"), add("s", "r1", "r2"), affine("out", "s", 2)],
  "out",
);

/** TD: `2 tanh(x1) + 2 tanh(x2 − 1.5)`. */
export const td: DifferentiableGraphModel = graph(
  ["x1", "x2"],
  [tanh("r1", "x1"), affine("m", "x2", 1, -1.5), tanh("r2", "m"), add("s", "r1", "r2"), affine("out", "s", 2)],
  "out",
);

/** SL: weights of 2 into three units, a rectifier, weights of 3 into one output; `first` stands in for one weight. */
export function sl(first = 2): DifferentiableGraphModel {
  const weight = [[first, 2, 2], [2, 2, 2], [2, 2, 2]]; // biome-ignore format: a matrix
  return graph(["x"], [linear("linear", "x", weight), relu("relu", "linear"), linear("linear2", "relu", rows(3, 3))], "linear2");
}

/** A 3 × 3 convolution of ones over 4 × 4, into two channels of 2 × 2, as one matrix. */
function convolution(): number[][] {
  return Array.from({ length: 16 }, (_, pixel) =>
    Array.from({ length: 8 }, (_unit, unit) => {
      const [y, x] = [Math.floor((unit % 4) / 2), unit % 2];
      const [row, col] = [Math.floor(pixel / 4), pixel % 4];
      return row >= y && row < y + 3 && col >= x && col < x + 3 ? 1 : 0;
    }),
  );
}

/** CN: a convolution into two channels, a linear layer, four equal outputs; takes `x + x2`. */
export const cn: DifferentiableGraphModel = graph(
  ["x", "x2"],
  [
    add("sum", "x", "x2"),
    reshape("flat", "sum", [16]),
    linear("conv", "flat", convolution(), [-50, -50, -50, -50, -75, -75, -75, -75]),
    reshape("conv1", "conv", [2, 2, 2]),
    relu("relu1", "conv1"),
    reshape("flat2", "relu1", [8]),
    linear(
      "fc",
      "flat2",
      [1, 1, 1, 1, 1, -1, -1, -1].map((weight) => [weight, weight, weight, weight]),
    ),
    relu("relu2", "fc"),
  ],
  "relu2",
);

/** MI: the reference network of `scale · (x1 + x2 + x3)`. */
export function mi(scale: number): DifferentiableGraphModel {
  return graph(
    ["x1", "x2", "x3"],
    [
      add("sum", "x1", "x2", "x3"),
      affine("linear0", "sum", scale),
      linear("linear1", "linear0", rows(3, 1, 1, 1, 1), [-10, 1, 1, 1]),
      relu("relu", "linear1"),
      linear("linear2", "relu", rows(4, 1, 1), [-1, 1]),
    ],
    "linear2",
  );
}

/** A smooth network of inputs `a` (three numbers) and `b` (two), with `outputs` outputs; `unused` columns (of `a`, then `b`) have no effect. */
export function smoothNetwork(
  seed: number,
  options: { outputs?: number; maxBatchSize?: number; unused?: readonly number[] } = {},
): DifferentiableGraphModel {
  const { outputs = 2, maxBatchSize, unused = [] } = options;
  const random = seededRandom(seed);
  const inner = matrix(random, 5, 4);
  for (const at of unused) inner[at]!.fill(0);
  return graph(
    ["a", "b"],
    [
      linear("ha", "a", inner.slice(0, 3)),
      linear("hb", "b", inner.slice(3)),
      add("hidden", "ha", "hb"),
      tanh("t", "hidden"),
      linear("second", "t", matrix(random, 4, 3)),
      tanh("u", "second"),
      linear("out", "u", matrix(random, 3, outputs)),
    ],
    "out",
    maxBatchSize,
  );
}

function matrix(random: Random, height: number, width: number): number[][] {
  return Array.from({ length: height }, () => Array.from({ length: width }, () => random.normal()));
}
