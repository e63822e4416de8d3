import { functionModel } from "../model/function-model.ts";
import type { Model } from "../model/model.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";

/** The small networks that Captum's tests use, written down as plain functions; outputs are float64. */

type Rows = number[][];

const relu = (x: number): number => Math.max(0, x);

function rows(tensor: HostTensor): Rows {
  const count = tensor.shape[0]!;
  const width = tensor.data.length / count;
  return Array.from({ length: count }, (_, row) => Array.from({ length: width }, (_, i) => Number(tensor.data[row * width + i])));
}

function linearRelu(h: readonly number[]): [number, number] {
  const sum = h.reduce((a, b) => a + b, 0);
  const total = [-10, 1, 1, 1].reduce((all, bias) => all + relu(sum + bias), 0);
  return [total - 1, total + 1];
}

function linearTotal(h: readonly number[]): number {
  const [first, second] = linearRelu(h);
  return first + second;
}

/** M1: `1 − relu(1 − x)`, element by element. */
export const m1: Model = functionModel(({ x }) => rows(x).map((row) => row.map((value) => 1 - relu(1 - value))), {
  inputs: ["x"],
});

/** M3: `relu(relu(a − 1) − relu(b))`, element by element. */
export const m3: Model = functionModel(
  ({ a, b }) => rows(a).map((row, i) => row.map((value, j) => relu(relu(value - 1) - relu(rows(b)[i]![j]!)))),
  { inputs: ["a", "b"] },
);

/** M3 of inputs that are one number an example. */
export const m3Scalars: Model = functionModel(
  ({ a, b }) => rows(a).map(([value], i) => relu(relu(value! - 1) - relu(rows(b)[i]![0]!))),
  { inputs: ["a", "b"] },
);

/** ML: three inputs into four hidden units with biases (−10, 1, 1, 1), summed up into two outputs, less 1 and plus 1. */
export const ml: Model = functionModel(({ x }) => rows(x).map((row) => linearRelu(row)), { inputs: ["x"] });

/** ML of ten times the input, which is boolean. */
export const mlOfFlags: Model = functionModel(({ x }) => rows(x).map((row) => linearRelu(row.map((flag) => 10 * flag))), {
  inputs: [{ name: "x", dtype: "bool" }],
});

/** MI: ML of the sum of three inputs. */
export const mi: Model = functionModel(
  ({ x1, x2, x3 }) => {
    const [a, b, c] = [rows(x1), rows(x2), rows(x3)];
    return a.map((row, i) => linearRelu(row.map((value, j) => value + b[i]![j]! + c[i]![j]!)));
  },
  { inputs: ["x1", "x2", "x3"] },
);

function convolve(image: readonly number[]): number[] {
  const fed = [-50, -75].flatMap((bias) =>
    [0, 1, 4, 5].map((corner) => {
      let sum = bias;
      for (let y = 0; y < 3; y++) for (let x = 0; x < 3; x++) sum += image[corner + 4 * y + x]!;
      return relu(sum);
    }),
  );
  const out = relu(fed.reduce((sum, value, i) => sum + value * (i < 5 ? 1 : -1), 0));
  return [out, out, out, out];
}

/** CN: a 3 × 3 convolution of ones into two channels, a linear layer, four equal outputs; takes `x + x2`. */
export const cn: Model = functionModel(
  ({ x, x2 }) => {
    const other = rows(x2);
    return rows(x).map((image, i) =>
      convolve(image.map((value, j) => value + other[i]![other[i]!.length === 16 ? j : Math.floor(j / 4)]!)),
    );
  },
  { inputs: ["x", "x2"] },
);

/** SP: one number for the whole batch, `Σ over rows of [3, 1, 2] · x`, and `s[0]` for every row where `s` has any. */
export const sp: Model = functionModel(
  ({ x, s }) => {
    const weights = [3, 1, 2];
    const own = rows(x)
      .flat()
      .reduce((sum, value, i) => sum + value * weights[i % 3]!, 0);
    return own + (s.data.length > 0 ? x.shape[0]! * Number(s.data[0]) : 0);
  },
  { inputs: ["x", "s"] },
);

/** Both outputs of ML, summed over the batch: one number whatever the rows. */
export const mlSum: Model = functionModel(({ x }) => rows(x).reduce((sum, row) => sum + linearTotal(row), 0), {
  inputs: ["x"],
});

/** As {@link mlSum}, of MI. */
export const miSum: Model = functionModel(
  ({ x1, x2, x3 }) => {
    const [a, b, c] = [rows(x1), rows(x2), rows(x3)];
    return a.reduce((sum, row, i) => sum + linearTotal(row.map((value, j) => value + b[i]![j]! + c[i]![j]!)), 0);
  },
  { inputs: ["x1", "x2", "x3"] },
);
