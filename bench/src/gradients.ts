import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { gradientModel, OnnxModel, readModel, writeModel } from "@attr/backend-onnx";
import { hostBackend, IntegratedGradients, limitBatch, seededRandom } from "@attr/core";
import * as ort from "onnxruntime-node";
import { formatTiming, interleave, type Timing } from "./measure/interleave.ts";
import { decoder, invertedResidualNetwork, residualNetwork } from "./models/gradient-networks.ts";

// What a gradient and integrated gradients of 50 steps cost beyond the runtime's own work: beside the same rows prepared before and
// handed to a session of the gradient model directly. Then the same networks in torch with Captum, where Python has them.

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 7);
const threads = Number(process.env["BENCH_THREADS"] ?? 2);
const only = process.env["BENCH_NETWORK"];
const steps = 50;
const batch = 10;
const goal = 1.05;

const session = {
  intraOpNumThreads: threads,
  logSeverityLevel: 4,
  // The threads of a session that has just run would otherwise keep the cores busy while the other one runs.
  extra: { session: { intra_op: { allow_spinning: "0" } } },
} as const;
const networks = { "resnet-18": residualNetwork, "mobilenet-v2": invertedResidualNetwork, "gpt-4x256": decoder };
const ours: Record<string, Readonly<Record<"gradient" | "integratedGradients", Timing>>> = {};

for (const [name, make] of Object.entries(networks)) {
  if (only !== undefined && only !== name) continue;
  const { file, input, sizes, outputSizes, index } = make(1);
  await using model = await OnnxModel.load(file, { session, name });
  const bare = await ort.InferenceSession.create(
    writeModel(gradientModel(readModel(file), { of: "logits", wrt: [input] })),
    session,
  );
  const [cotangentName] = bare.inputNames.filter((each) => each !== input);
  const [gradientName] = bare.outputNames.filter((each) => each !== "logits");
  if (cotangentName === undefined || gradientName === undefined)
    throw new Error(`the gradient of ${name} has no inputs or outputs`);

  const random = seededRandom(2);
  const size = sizes.reduce((product, length) => product * length, 1);
  const example = Float32Array.from({ length: size }, () => random.normal());
  const place = index.reduce((offset, entry, axis) => offset * outputSizes[axis]! + entry, 0);
  const outputSize = outputSizes.reduce((product, length) => product * length, 1);
  const rowsOf = (scales: readonly number[]): Record<string, ort.Tensor> => {
    const rows = new Float32Array(scales.length * size);
    const cotangent = new Float32Array(scales.length * outputSize);
    scales.forEach((scale, row) => {
      for (let i = 0; i < size; i++) rows[row * size + i] = scale * example[i]!;
      cotangent[row * outputSize + place] = 1;
    });
    return {
      [input]: new ort.Tensor("float32", rows, [scales.length, ...sizes]),
      [cotangentName]: new ort.Tensor("float32", cotangent, [scales.length, ...outputSizes]),
    };
  };
  const single = rowsOf([1]);
  const path = Array.from({ length: steps / batch }, (_, call) =>
    rowsOf(Array.from({ length: batch }, (_, i) => (call * batch + i + 0.5) / steps)),
  );
  const tensor = hostBackend.fromData(example, [1, ...sizes], "float32");
  const method = new IntegratedGradients(limitBatch(model, batch));
  const objective = { value: "logits", index: [index] };
  const runBare = async (feeds: Record<string, ort.Tensor>): Promise<ort.Tensor> =>
    (await bare.run(feeds, [gradientName]))[gradientName]!;
  const runOurs = async (): Promise<Float32Array> => {
    const { gradients } = await model.gradient({ feeds: { [input]: tensor }, objective, wrt: [input] });
    return (await hostBackend.read(gradients[input]!)).data as Float32Array; // the file's own type
  };

  // The two have to agree, or the times mean nothing.
  const [expected, got] = [(await runBare(single)).data as Float32Array, await runOurs()]; // both float32
  let [apart, largest] = [0, 0];
  expected.forEach((value, i) => {
    apart = Math.max(apart, Math.abs(value - got[i]!));
    largest = Math.max(largest, Math.abs(value));
  });
  if (!(apart <= 1e-3 * largest)) throw new Error(`${name}: the gradients differ by ${apart}, of ${largest}`);

  const times = await interleave(
    {
      "bare gradient session, 1 row": () => runBare(single),
      "OnnxModel.gradient, 1 row": runOurs,
      [`bare gradient session, ${steps} rows`]: async () => {
        for (const feeds of path) await runBare(feeds);
      },
      [`IntegratedGradients, ${steps} steps`]: () =>
        method.attribute({ [input]: tensor }, { target: { path: index }, steps, quadrature: "gauss-legendre" }),
    },
    rounds,
  );
  console.log(`\n${name}, batches of ${batch}, ${threads} threads`);
  for (const [label, timing] of Object.entries(times)) console.log(formatTiming(label, timing));
  const [bareOne, one, barePath, whole] = Object.values(times);
  const ratio = (a: Timing | undefined, b: Timing | undefined): string => (a!.median / b!.median).toFixed(3); // all four were timed
  console.log(`gradient over its bare session: ${ratio(one, bareOne)} (goal ${goal})`);
  console.log(
    `integrated gradients over the bare rows: ${ratio(whole, barePath)} (goal ${goal}; 2 forward rows for the delta are extra)`,
  );
  ours[name] = { gradient: one!, integratedGradients: whole! };
  await bare.release();
}

const { status } = spawnSync("python3", ["-c", "import torch, captum"], { stdio: "ignore" });
if (status !== 0) console.log("\nCaptum on torch: skipped, python3 has no torch and captum");
else {
  const script = join(import.meta.dirname, "captum/gradients.py");
  const settings = [...Object.keys(ours)].join(",");
  const ran = spawnSync("python3", [script, settings, String(rounds), String(threads), String(steps), String(batch)], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (ran.status !== 0) throw new Error(`captum/gradients.py ended with ${ran.status}`);
  // Milliseconds, as the script writes them.
  const theirs = JSON.parse(ran.stdout) as Record<string, { gradient: number; integratedGradients: number }>;
  for (const [name, { gradient, integratedGradients }] of Object.entries(ours)) {
    const captum = theirs[name]!;
    console.log(`\n${name}: over torch and Captum`);
    console.log(`gradient ${(gradient.median / captum.gradient).toFixed(3)} (torch ${captum.gradient.toFixed(1)} ms)`);
    const over = (integratedGradients.median / captum.integratedGradients).toFixed(3);
    console.log(`integrated gradients ${over} (Captum ${captum.integratedGradients.toFixed(1)} ms)`);
  }
}
