import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Answer, Side } from "./gradients/side.ts";
import { distance, removeWorkplace, writeWorkplace } from "./gradients/workplace.ts";
import { formatTiming, type Timing, timing } from "./measure/interleave.ts";
import { decoder, type GradientNetwork, invertedResidualNetwork, residualNetwork } from "./models/gradient-networks.ts";

// A gradient and integrated gradients of 50 steps beside torch and Captum, of the same networks, weights and inputs: each side in a
// process of its own with its own defaults, in turns, one resting while the other works. Beside that what ours costs over the same rows
// prepared before, and over a bare session of the gradient as a file.

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const threads = process.env["BENCH_THREADS"] ?? "2";
const only = process.env["BENCH_NETWORK"];
const steps = "50";
/** Threads of the runtimes go on looking for work for a while after the last. */
const rest = 200;
/** Milliseconds after which a network gets no further round, of at least one: a busy machine must not hold the benchmark up. */
const enough = 80_000;
/** Rows a call that each side is tried with, to go on with its fastest. */
const batches = [2, 5, 10] as const;

const small = { layers: 4, length: 64, width: 256, heads: 4, vocabulary: 512 };
const large = { layers: 12, length: 32, width: 768, heads: 12, vocabulary: 50257 };
const networks: Readonly<Record<string, () => GradientNetwork>> = {
  "resnet-18": () => residualNetwork(1),
  "mobilenet-v2": () => invertedResidualNetwork(1),
  "gpt-4x256": () => decoder(1, small),
  "gpt2-size": () => decoder(1, large),
};
const python = spawnSync("python3", ["-c", "import torch, captum"], { stdio: "ignore" }).status === 0;
if (!python) console.log("\nCaptum on torch: skipped, python3 has no torch and captum");

for (const [name, make] of Object.entries(networks)) {
  if (only !== undefined && only !== name) continue;
  const folder = writeWorkplace(name, make());
  try {
    await compare(name, folder);
  } finally {
    removeWorkplace(folder);
  }
}

async function compare(name: string, folder: string): Promise<void> {
  console.log(`\n${name}, ${threads} threads, medians of up to ${rounds} rounds`);
  const ours = new Side(process.execPath, [
    "--conditions=@attr/source",
    join(import.meta.dirname, "gradients/ours.ts"),
    folder,
    threads,
    steps,
  ]);
  const started = await ours.answer();
  const theirs = python
    ? new Side("python3", [join(import.meta.dirname, "captum/gradients.py"), folder, threads, steps, "10"])
    : undefined;
  await theirs?.answer();

  // The two have to agree, or the times mean nothing. Single rectifiers switch with the last bit, here as there.
  await ours.ask("save");
  if (theirs !== undefined) {
    await theirs.ask("save");
    const [gradient, integrated] = ["gradient", "integrated"].map((what) =>
      distance(folder, `torch-${what}.bin`, `ours-${what}.bin`),
    );
    console.log(
      `the two lie apart: gradients ${gradient!.toExponential(1)}, integrated gradients ${integrated!.toExponential(1)}`,
    );
    if (!(gradient! < 0.02 && integrated! < 0.02)) throw new Error(`${name}: the two sides do not compute the same`);
  }
  const peaks = [(await ours.ask("peak"))["bytes"]!, (await theirs?.ask("peak"))?.["bytes"]];

  const rows = await bestBatch(ours);
  const their = theirs === undefined ? undefined : await bestBatch(theirs);
  await ours.ask(`prepare ${rows}`);
  await ours.ask("makeBare");
  const contenders: Readonly<Record<string, () => Promise<Answer>>> = {
    "gradient, bare session": () => ours.ask("bare"),
    "gradient, ours": () => ours.ask("gradient"),
    ...(theirs && { "gradient, torch": () => theirs.ask("gradient") }),
    [`${steps} rows, prepared`]: () => ours.ask("rows"),
    [`integrated gradients, ours (${rows} rows a call)`]: () => ours.ask(`integratedGradients ${rows}`),
    ...(theirs && { [`integrated gradients, Captum (${their} rows a call)`]: () => theirs.ask(`integratedGradients ${their}`) }),
  };
  const { times, processor } = await inTurns(contenders);
  for (const [label, each] of Object.entries(times)) console.log(formatTiming(label, each));
  const labels = Object.keys(times);
  const [bare, gradient] = labels;
  const [prepared, integrated] = labels.slice(theirs === undefined ? 2 : 3);
  const ratio = (what: string, a: string | undefined, b: string | undefined): void => {
    const of = (each: Readonly<Record<string, Timing>>, how: "median" | "fastest"): string =>
      (each[a!]![how] / each[b!]![how]).toFixed(3); // all were timed
    console.log(
      `${what.padEnd(46)} ${of(times, "median")}   (of the fastest ${of(times, "fastest")}, of processor time ${of(processor, "fastest")})`,
    );
  };
  ratio("gradient over the bare session", gradient, bare);
  ratio("integrated gradients over the prepared rows", integrated, prepared);
  if (theirs !== undefined) {
    ratio("gradient over torch", gradient, "gradient, torch");
    ratio("integrated gradients over Captum", integrated, labels.at(-1));
  }
  const build = started["first"]! - times[gradient!]!.median; // it was timed
  console.log(`load ${started["load"]!.toFixed(0)} ms, gradient session beyond it ${build.toFixed(0)} ms`);
  console.log(
    `peak memory ${peaks.map((bytes) => (bytes === undefined ? "—" : `${(bytes / 2 ** 20).toFixed(0)} MiB`)).join(" against ")}`,
  );
  ours.close();
  theirs?.close();
}

/** Rows a call with which a side is fastest. */
async function bestBatch(side: Side): Promise<number> {
  let [best, least] = [batches[0] as number, Number.POSITIVE_INFINITY];
  for (const rows of batches) {
    const { ms } = await side.ask(`integratedGradients ${rows}`);
    if (ms! < least) [best, least] = [rows, ms!];
  }
  return best;
}

/** Every round asks each once, in an order that turns; the first is not counted. */
async function inTurns(contenders: Readonly<Record<string, () => Promise<Answer>>>): Promise<Measured> {
  const names = Object.keys(contenders);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  const processor = new Map<string, number[]>(names.map((name) => [name, []]));
  const start = performance.now();
  for (let round = 0; round <= rounds && (round < 2 || performance.now() - start < enough); round++)
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length]!;
      await wait(rest);
      const answer = await contenders[name]!();
      if (round === 0) continue;
      times.get(name)!.push(answer["ms"]!);
      processor.get(name)!.push(answer["processor"]!);
    }
  const timings = (of: ReadonlyMap<string, number[]>): Record<string, Timing> =>
    Object.fromEntries(names.map((name) => [name, timing(of.get(name)!)]));
  return { times: timings(times), processor: timings(processor) };
}

/** Wall time, and time of all processors together, which other programs on the machine change less. */
interface Measured {
  readonly times: Readonly<Record<string, Timing>>;
  readonly processor: Readonly<Record<string, Timing>>;
}
