import { FeatureAblation, IntegratedGradients, limitBatch, quadratureRule, type Tensor } from "@attr/core";
import * as tf from "@tensorflow/tfjs-core";
import { formatTiming, interleave } from "../measure/interleave.ts";
import type { ExplainedNetwork } from "./explained-network.ts";
import { batch, picture, preparedBatches, same, size, target } from "./pictures.ts";

const cells = 7;
const steps = 50;
const goal = 1.15;

const cellOf = (pixel: number): number =>
  Math.floor(Math.floor(pixel / size) / (size / cells)) * cells + Math.floor((pixel % size) / (size / cells));
const grid = Int32Array.from({ length: size * size }, (_, pixel) => cellOf(pixel));

type Work = () => Promise<Float64Array>;

/** What two methods cost over the calls of TensorFlow.js that they cannot do without, and the tensors that they leave. */
export async function overhead(network: ExplainedNetwork, rounds: number): Promise<void> {
  const before = tf.memory().numTensors;
  const prepared: tf.Tensor[] = [];
  const ablation = ablations(network, prepared);
  const gradient = await gradients(network, prepared);
  const pairs = [
    [`predict, ${cells * cells + 1} prepared rows`, "FeatureAblation", ablation],
    [`${gradient.by}, ${steps} prepared rows`, "IntegratedGradients", gradient],
  ] as const;
  for (const [, method, { bare, ours }] of pairs) same(method, await ours(), await bare());
  const times = await interleave(
    Object.fromEntries(pairs.flatMap(([calls, method, { bare, ours }]) => [[calls, bare] as const, [method, ours] as const])),
    rounds,
  );
  for (const [calls, method] of pairs) {
    const [over, of] = [times[method]!, times[calls]!];
    console.log(formatTiming(calls, of));
    console.log(formatTiming(method, over));
    const fastest = (over.fastest / of.fastest).toFixed(3);
    console.log(`ratio ${(over.median / of.median).toFixed(3)}  (of the fastest ${fastest}; goal: at most ${goal})`);
  }
  for (const tensor of prepared) tensor.dispose();
  const others = gradient.left === 0 ? "" : `, without the ${gradient.left} of tf.grad`;
  console.log(`tensors: ${before} before, ${tf.memory().numTensors - gradient.left} after${others}`);
}

interface Pair {
  readonly bare: Work;
  readonly ours: Work;
}

interface GradientPair extends Pair {
  /** What the bare gradients are computed with. */
  readonly by: string;
  /** Tensors that tf.grad did not free where it failed. */
  readonly left: number;
}

/** A 7 × 7 grid: the picture, then the picture without each cell. */
function ablations({ live, model }: ExplainedNetwork, prepared: tf.Tensor[]): Pair {
  const coalitions = preparedBatches(cells * cells + 1, (row, i) => (grid[Math.floor(i / 3)] === row - 1 ? 0 : picture[i]!));
  prepared.push(...coalitions);
  const input = model.inputs[0]!.name;
  const method = new FeatureAblation(limitBatch(model, batch));
  return {
    async bare() {
      const scores: number[] = [];
      for (const rows of coalitions) scores.push(...(await targetOf(live.predict(rows))));
      return Float64Array.from({ length: cells * cells }, (_, cell) => scores[0]! - scores[cell + 1]!);
    },
    async ours() {
      const featureMask = { [input]: { data: grid, dims: [size, size, 1], type: "int32" } };
      const { attributions } = await method.attribute(given(input), { target, featureMask });
      const { data } = attributions[input]!;
      return Float64Array.from({ length: cells * cells }, (_, cell) => Number(data[3 * grid.indexOf(cell)]));
    },
  };
}

/** The points of the path go backward; its two ends do not. */
async function gradients({ live, model }: ExplainedNetwork, prepared: tf.Tensor[]): Promise<GradientPair> {
  const { nodes, weights } = quadratureRule("gauss-legendre", steps);
  const path = preparedBatches(steps, (row, i) => nodes[row]! * picture[i]!);
  const [ends] = preparedBatches(2, (row, i) => row * picture[i]!);
  prepared.push(...path, ends!);
  const input = model.inputs[0]!.name;
  const method = new IntegratedGradients(limitBatch(model, batch));

  const score = (x: tf.Tensor): tf.Tensor => {
    const scores = live.apply(x) as tf.Tensor; // tensors make tensors, and the model has one output
    return tf.sum(tf.slice(scores, [0, target], [scores.shape[0]!, 1]));
  };
  const bareGradient = async (rows: tf.Tensor4D): Promise<ArrayLike<number>> => {
    const gradient = tf.tidy(() => tf.grad(score)(rows));
    try {
      return await gradient.data();
    } finally {
      gradient.dispose();
    }
  };
  const ourGradient = async (rows: tf.Tensor4D): Promise<ArrayLike<number>> => {
    using _scope = model.backend.scope();
    const objective = { value: model.outputs[0]!.name, index: Array.from({ length: rows.shape[0] }, () => [target]) };
    // A tensor of TensorFlow.js is taken as it is.
    const feeds = { [input]: rows as unknown as Tensor };
    const found = await model.gradient({ feeds, objective, wrt: [input] });
    return (await model.backend.read(found.gradients[input]!)).data as Float32Array; // the input's type
  };
  const tensors = tf.memory().numTensors;
  const failure = await bareGradient(path[0]!).then(
    () => undefined,
    (error: unknown) => String(error).split(/\.\s|\n/)[0],
  );
  const left = tf.memory().numTensors - tensors;
  if (failure !== undefined)
    console.log(
      `tf.grad fails (${failure}) and leaves ${left} tensors behind, so the bare calls are those of TfjsModel.gradient`,
    );
  const gradientOf = failure === undefined ? bareGradient : ourGradient;

  return {
    by: failure === undefined ? "tf.grad" : "TfjsModel.gradient",
    left,
    async bare() {
      await targetOf(live.predict(ends!));
      const sum = new Float64Array(picture.length);
      for (const [call, rows] of path.entries()) {
        const data = await gradientOf(rows);
        for (let row = 0; row < rows.shape[0]; row++) {
          const weight = weights[call * batch + row]!;
          for (let i = 0; i < sum.length; i++) sum[i]! += weight * data[row * sum.length + i]! * picture[i]!;
        }
      }
      return sum;
    },
    async ours() {
      const { attributions } = await method.attribute(given(input), { target, steps });
      return Float64Array.from(attributions[input]!.data, Number);
    },
  };
}

function given(input: string) {
  return { [input]: { data: picture, dims: [1, size, size, 3], type: "float32" } };
}

async function targetOf(predicted: tf.Tensor | tf.Tensor[]): Promise<number[]> {
  const scores = predicted as tf.Tensor; // the models have one output
  const [rows, classes] = scores.shape as [number, number];
  const data = await scores.data();
  scores.dispose();
  return Array.from({ length: rows }, (_, row) => data[row * classes + target]!);
}
