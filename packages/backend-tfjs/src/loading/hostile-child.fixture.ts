/**
 * Run as a process of its own: loads, runs and differentiates broken relatives of the sample files, and tells of each how it went, so that
 * whoever started it can see which one ended it, or never ended. Reads the trials from its standard input.
 */
import { readFileSync, writeSync } from "node:fs";
import { AttributionError } from "@attr/core";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type Mutation, mutatedFiles } from "./mutated-json.fixture.ts";
import { sampleFiles } from "./sample-files.fixture.ts";
import { failureOf } from "./use-files.fixture.ts";

interface Trial {
  readonly file: string;
  readonly mutations: readonly Mutation[];
}

await tf.setBackend("cpu");
const samples = await sampleFiles();
for (const trial of JSON.parse(readFileSync(0, "utf8")) as readonly Trial[]) {
  const files = samples[trial.file]!;
  writeSync(1, `${JSON.stringify(trial)} `);
  const [before, start] = [tf.memory().numTensors, performance.now()];
  let isLoaded = false;
  const error = await failureOf(trial.mutations.reduce(mutatedFiles, files), () => {
    isLoaded = true;
  });
  const seconds = (performance.now() - start) / 1000;
  const gigabytes = process.memoryUsage.rss() / 2 ** 30;
  const left = tf.memory().numTensors - before;
  const faults = [
    ...(seconds > 10 ? [`it took ${seconds} s`] : []),
    ...(gigabytes > 1.5 ? [`the process has ${gigabytes} GB`] : []),
    ...(error === undefined || isLoaded || /model\.json|\.bin/.test(String(error)) ? [] : ["no file is named"]),
    ...(left === 0 ? [] : [`${left} tensors are left`]),
    ...(error === undefined || error instanceof AttributionError ? [] : ["another kind of error"]),
  ];
  const told =
    error instanceof AttributionError ? `refused: ${error.message}` : error instanceof Error ? error.stack : String(error);
  const outcome = error === undefined ? "went through" : told;
  writeSync(
    1,
    `${faults.length > 0 ? ` FAULT: ${faults.join(", ")}; ` : ""}${outcome}`.replaceAll(/\s*\n\s*/g, " | ").concat("\n"),
  );
}
