import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gradientModel, OnnxModel, readModel, writeModel } from "@attr/backend-onnx";
import { hostBackend, IntegratedGradients, limitBatch, type Tensor } from "@attr/core";
import * as ort from "onnxruntime-node";
import { type NetworkDescription, readFloats } from "./workplace.ts";

// Our side of the comparison: FOLDER THREADS STEPS. Every line on the standard input names a piece of work, with rows a call where it has
// several; its time is answered.

const [folder = "", threadCount, stepCount] = process.argv.slice(2);
const [threads, steps] = [Number(threadCount), Number(stepCount)];
const { name, input, sizes, index, outputSizes } = JSON.parse(
  readFileSync(join(folder, "network.json"), "utf8"),
) as NetworkDescription; // as the workplace was written
const data = readFloats(join(folder, "input.bin"));
const file = join(folder, "model.onnx");
const session = { intraOpNumThreads: threads, logSeverityLevel: 4 } as const;
const path = Array.from({ length: steps }, (_, i) => (i + 0.5) / steps);

/** Rows of the input times numbers. */
function rowsOf(scales: readonly number[]): Float32Array {
  const rows = new Float32Array(scales.length * data.length);
  scales.forEach((scale, row) => {
    for (let i = 0; i < data.length; i++) rows[row * data.length + i] = scale * data[i]!;
  });
  return rows;
}

const tensorOf = (scales: readonly number[]): Tensor =>
  hostBackend.fromData(rowsOf(scales), [scales.length, ...sizes], "float32");

let start = performance.now();
const model = await OnnxModel.load(file, { session, name });
const load = performance.now() - start;
const gradientOf = (feed: Tensor): ReturnType<OnnxModel["gradient"]> =>
  model.gradient({
    feeds: { [input]: feed },
    objective: { value: "logits", index: Array.from({ length: feed.shape[0]! }, () => index) },
    wrt: [input],
  });
const single = tensorOf([1]);
/** The rows of the path, so many a call, made before they are asked for. */
let prepared: readonly Tensor[] = [];
function prepare(rows: number): void {
  prepared = Array.from({ length: Math.ceil(steps / rows) }, (_, call) => tensorOf(path.slice(call * rows, (call + 1) * rows)));
}
start = performance.now();
await gradientOf(single);
const first = performance.now() - start;

/** A session of the file that `attr gradient` writes, with rows and cotangents made before. */
async function bareSession(): Promise<() => Promise<void>> {
  const bare = await ort.InferenceSession.create(
    writeModel(gradientModel(readModel(readFileSync(file)), { of: "logits", wrt: [input] })),
    session,
  );
  const [cotangentName] = bare.inputNames.filter((each) => each !== input);
  const [gradientName] = bare.outputNames.filter((each) => each !== "logits");
  if (cotangentName === undefined || gradientName === undefined) throw new Error(`the gradient of ${name} lacks a name`);
  const cotangent = new Float32Array(outputSizes.reduce((product, length) => product * length, 1));
  cotangent[index.reduce((offset, entry, axis) => offset * outputSizes[axis]! + entry, 0)] = 1;
  const feeds = {
    [input]: new ort.Tensor("float32", data, [1, ...sizes]),
    [cotangentName]: new ort.Tensor("float32", cotangent, [1, ...outputSizes]),
  };
  return async () => {
    await bare.run(feeds, [gradientName]);
  };
}

let bareRun: (() => Promise<void>) | undefined;
const integrate = (rows: number): ReturnType<IntegratedGradients["attribute"]> =>
  new IntegratedGradients(limitBatch(model, rows)).attribute(
    { [input]: single },
    { target: { path: index }, steps, quadrature: "gauss-legendre" },
  );
const work: Readonly<Record<string, (rows: number) => Promise<unknown>>> = {
  gradient: () => gradientOf(single),
  prepare: async (rows) => prepare(rows),
  rows: async () => {
    for (const feed of prepared) await gradientOf(feed);
  },
  integratedGradients: integrate,
  bare: async () => await bareRun!(), // asked for after it was made
  makeBare: async () => {
    bareRun = await bareSession();
  },
  save: async () => {
    const { gradients } = await gradientOf(single);
    writeFileSync(join(folder, "ours-gradient.bin"), (await hostBackend.read(gradients[input]!)).data as Float32Array); // of the file's type
    const { attributions } = await integrate(10);
    writeFileSync(join(folder, "ours-integrated.bin"), Float32Array.from(attributions[input]!.data, Number));
  },
};

console.log(JSON.stringify({ load, first }));
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "peak") {
    console.log(JSON.stringify({ bytes: process.resourceUsage().maxRSS * 1024 }));
    continue;
  }
  const [what = "", rows] = line.split(" ");
  const before = process.cpuUsage();
  start = performance.now();
  await work[what]!(Number(rows)); // asked by name
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ ms, processor: (user + system) / 1000 }));
}
await model.dispose();
