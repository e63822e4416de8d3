import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OnnxModel } from "@attr/backend-onnx";
import { hostBackend, type NamedTensors } from "@attr/core";
import { decoder, type GradientNetwork, invertedResidualNetwork, residualNetwork } from "./models/gradient-networks.ts";

// What sessions cost beside the first one, in memory and in time, for a decoder of GPT-2's size; and how near the memory that is
// predicted for a batch is to what the process grows by. Each measurement is a process of its own.

const threads = Number(process.env["BENCH_THREADS"] ?? 2);
const rows = 32;
const goalSeconds = 2;
const unpacked = { extra: { session: { disable_prepacking: "1" } } } as const;
const megabyte = 2 ** 20;

/** GPT-2's sizes: 124 million weights. */
const large = { layers: 12, length: 16, width: 768, heads: 12, vocabulary: 50257 };

/** Bytes that belong to this process alone; where the system does not tell, all that are resident. */
function privateBytes(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/RssAnon:\s+(\d+)/.exec(status)![1]) * 1024; // Linux writes it
  } catch {
    return process.memoryUsage().rss;
  }
}

/** Collects what JavaScript holds no longer, so that it is not counted. */
function collect(): void {
  globalThis.gc?.();
}

interface Sessions {
  readonly load: number;
  readonly build: number;
  readonly bytes: readonly number[];
  readonly run: number;
}

/** Opens a file and makes sessions one after the other: the gradient, the output, a layer. */
async function measureSessions(path: string, packed: boolean): Promise<Sessions> {
  const session = { intraOpNumThreads: threads, ...(packed ? {} : unpacked) };
  const start = performance.now();
  await using model = await OnnxModel.load(path, { session });
  const load = performance.now() - start;
  const { length, width } = large;
  const example = Float32Array.from({ length: length * width }, (_, i) => Math.sin(i));
  const feeds: NamedTensors = { embeddings: hostBackend.fromData(example, [1, length, width], "float32") };
  const output = model.outputs[0]!.name; // the decoder has one
  const layer = model.values[model.values.length >> 1]!;
  const gradient = (): Promise<unknown> =>
    model.gradient({ feeds, objective: { value: output, index: [[length - 1, 7]] }, wrt: ["embeddings"] });
  const bytes: number[] = [];
  const note = (): void => {
    collect();
    bytes.push(privateBytes());
  };
  note();
  const first = performance.now();
  await gradient();
  const whole = performance.now() - first;
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const begin = performance.now();
    await gradient();
    times.push(performance.now() - begin);
  }
  const run = times.sort((a, b) => a - b)[2]!;
  note();
  await model.run({ feeds, fetches: [output] });
  note();
  await model.run({ feeds, fetches: [layer] });
  note();
  return { load, build: whole - run, bytes, run };
}

interface Growth {
  readonly predicted: number;
  readonly measured: number;
}

/** The memory of a batch: predicted, and what the process grew by over a batch of one row. */
async function measureGrowth(network: string, backward: boolean): Promise<Growth> {
  const { file, input, sizes, index } = networks[network]!(1);
  await using model = await OnnxModel.load(file, { session: { intraOpNumThreads: threads }, maxBatchSize: rows });
  const size = sizes.reduce((product, length) => product * length, 1);
  const batch = async (count: number): Promise<void> => {
    const feeds = { [input]: hostBackend.fromData(new Float32Array(count * size).fill(0.1), [count, ...sizes], "float32") };
    if (!backward) await model.run({ feeds, fetches: ["logits"] });
    else
      await model.gradient({
        feeds,
        objective: { value: "logits", index: Array.from({ length: count }, () => index) },
        wrt: [input],
      });
  };
  await batch(1);
  collect();
  const before = privateBytes();
  for (let i = 0; i < 3; i++) await batch(rows);
  const measured = privateBytes() - before;
  const shapeOf = (count: number): number =>
    model.predictMemory({
      feeds: { [input]: { shape: [count, ...sizes] } },
      gradient: backward ? { of: "logits", wrt: [input] } : undefined,
    }).bytes;
  return { predicted: shapeOf(rows) - shapeOf(1), measured };
}

const networks: Readonly<Record<string, (seed: number) => GradientNetwork>> = {
  "resnet-18": residualNetwork,
  "mobilenet-v2": invertedResidualNetwork,
};

/** What a measurement gives in a process of its own. */
function apart<T>(...settings: readonly string[]): T {
  const child = spawnSync(process.execPath, [...process.execArgv, "--expose-gc", import.meta.filename, ...settings], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (child.status !== 0) throw new Error(`${settings.join(" ")} ended with ${child.status}`);
  return JSON.parse(child.stdout) as T; // as the child below writes it
}

const [what, ...settings] = process.argv.slice(2);
if (what === "sessions") console.log(JSON.stringify(await measureSessions(settings[0]!, settings[1] === "packed")));
else if (what === "growth") console.log(JSON.stringify(await measureGrowth(settings[0]!, settings[1] === "gradient")));
else {
  const folder = mkdtempSync(join(tmpdir(), "attr-bench-"));
  try {
    const path = join(folder, "decoder.onnx");
    const { file } = decoder(1, large);
    writeFileSync(path, file);
    const weights = file.length;
    console.log(`decoder of 124 million weights, ${(weights / megabyte).toFixed(0)} MiB, ${threads} threads`);
    for (const packing of ["packed", "unpacked"]) {
      const { load, build, bytes, run } = apart<Sessions>("sessions", path, packing);
      const [opened = 0, one = 0, two = 0, three = 0] = bytes;
      console.log(`\nweights ${packing}: opened in ${load.toFixed(0)} ms, a gradient of 16 tokens takes ${run.toFixed(0)} ms`);
      console.log(`  gradient session built in ${build.toFixed(0)} ms (goal ${goalSeconds * 1000})`);
      const over = [one, two, three].map((each) => ((each - opened) / weights).toFixed(2));
      console.log(`  private memory of the gradient, the output's, a layer's session, over the weights: ${over.join(", ")}`);
      console.log(`  three sessions over one: ${((three - opened) / (one - opened)).toFixed(2)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const network of Object.keys(networks))
    for (const direction of ["forward", "gradient"]) {
      const { predicted, measured } = apart<Growth>("growth", network, direction);
      const [a, b] = [predicted, measured].map((bytes) => (bytes / megabyte).toFixed(0));
      console.log(
        `\n${network}, ${direction}, ${rows} rows: predicted ${a} MiB over measured ${b} MiB: ${(predicted / measured).toFixed(2)} (goal 0.5 to 2)`,
      );
    }
}
