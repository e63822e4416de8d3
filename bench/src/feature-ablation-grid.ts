import { OnnxModel } from "@attr/backend-onnx";
import { FeatureAblation, limitBatch, seededRandom } from "@attr/core";
import * as ort from "onnxruntime-node";
import { formatTiming, interleave } from "./measure/interleave.ts";
import { convolutionalNetwork } from "./models/convolutional-network.ts";
import { invertedResidualNetwork, residualNetwork } from "./models/gradient-networks.ts";

// What FeatureAblation costs beyond the forward passes it cannot do without: a 7 × 7 grid over a 224 × 224 picture, 49 features and
// the picture itself, 50 rows in batches of 10, beside the same 50 rows prepared before and handed to the runtime directly. Three
// networks, as what is added is the same few milliseconds for each and weighs more the faster the network is.

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 9);
const size = 224;
const cells = 7;
const target = 3;
const batch = 10;
const goal = 1.1;

const random = seededRandom(2);
const image = Float32Array.from({ length: 3 * size * size }, () => random.next());
const cellOf = (pixel: number): number => {
  const row = Math.floor((pixel % (size * size)) / size);
  return Math.floor(row / (size / cells)) * cells + Math.floor((pixel % size) / (size / cells));
};
const grid = Int32Array.from({ length: size * size }, (_, pixel) => cellOf(pixel));

/** The rows that ablation runs, as the runtime takes them: the picture, then the picture without each cell. */
function preparedBatches(): readonly ort.Tensor[] {
  const rows = cells * cells + 1;
  return Array.from({ length: Math.ceil(rows / batch) }, (_, index) => {
    const count = Math.min(batch, rows - index * batch);
    const data = new Float32Array(count * image.length);
    for (let row = 0; row < count; row++) {
      const absent = index * batch + row - 1;
      for (let i = 0; i < image.length; i++) data[row * image.length + i] = grid[i % grid.length] === absent ? 0 : image[i]!;
    }
    return new ort.Tensor("float32", data, [count, 3, size, size]);
  });
}

const batches = preparedBatches();

async function compare(name: string, file: Uint8Array): Promise<void> {
  const session = { intraOpNumThreads: 2, logSeverityLevel: 4 } as const;
  const bare = await ort.InferenceSession.create(file, session);
  await using model = await OnnxModel.load(file, { session, name });
  const method = new FeatureAblation(limitBatch(model, batch));

  const forwardOnly = async (): Promise<Float64Array> => {
    const scores: number[] = [];
    for (const images of batches) {
      const logits = (await bare.run({ image: images }))["logits"]!;
      const data = logits.data as Float32Array; // the file's output is float32
      const [rows, classes] = logits.dims;
      for (let row = 0; row < rows!; row++) scores.push(data[row * classes! + target]!);
    }
    return Float64Array.from(scores);
  };
  const attribute = async (): Promise<Float64Array> => {
    const inputs = { image: { data: image, dims: [1, 3, size, size], type: "float32" } };
    const featureMask = { image: { data: grid, dims: [size, size], type: "int32" } };
    const { attributions } = await method.attribute(inputs, { target, featureMask });
    const data = attributions["image"]!.data;
    return Float64Array.from({ length: cells * cells }, (_, cell) => Number(data[grid.indexOf(cell)]));
  };

  // The two have to say the same before their times mean anything.
  const scores = await forwardOnly();
  for (const [cell, attribution] of (await attribute()).entries()) {
    const expected = scores[0]! - scores[cell + 1]!;
    if (Math.abs(attribution - expected) > 1e-4 * (1 + Math.abs(expected)))
      throw new Error(`cell ${cell} is attributed ${attribution}, but the bare rows differ by ${expected}`);
  }

  console.log(name);
  const times = await interleave({ "bare forward passes": forwardOnly, FeatureAblation: attribute }, rounds);
  for (const [label, timing] of Object.entries(times)) console.log(formatTiming(label, timing));
  const ratio = times["FeatureAblation"].median / times["bare forward passes"].median;
  console.log(`ratio ${ratio.toFixed(3)}  (goal: at most ${goal}; medians of ${rounds} interleaved rounds, 2 threads)\n`);
  await bare.release();
}

await compare("ResNet-18", residualNetwork(1).file);
await compare("MobileNetV2", invertedResidualNetwork(1).file);
await compare("five convolutions", convolutionalNetwork(1));
