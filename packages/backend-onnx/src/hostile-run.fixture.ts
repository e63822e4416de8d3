/**
 * What a process does with broken files: it is told a first seed, a number of seeds and files, and tells of each seed how it went, so that
 * whoever started it can see which one ended it.
 */
import { readFileSync, writeSync } from "node:fs";
import { AttributionError, hostBackend, type NamedTensors } from "@attr/core";
import type { OnnxModel } from "./onnx-model.ts";

/** Works through the seeds of the command line; `work` gets the bytes of the file whose turn it is, as they are, and gives its outcome. */
export async function eachSeed(work: (original: Uint8Array, seed: number) => Promise<string>): Promise<void> {
  const [, , first, count, ...files] = process.argv;
  const originals = files.map((file) => readFileSync(file));
  for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
    const file = seed % files.length;
    writeSync(1, `${seed} ${files[file]} `);
    const start = performance.now();
    const outcome = await work(originals[file]!, seed);
    const seconds = (performance.now() - start) / 1000;
    const gigabytes = process.memoryUsage.rss() / 2 ** 30;
    writeSync(1, `${seconds > 5 ? `SLOW ${seconds} s ` : ""}${gigabytes > 1.5 ? `LARGE ${gigabytes} GB ` : ""}${outcome}\n`);
  }
}

/** What it says where it is refused as it should be; undefined where it went through. */
export async function refusal(ask: () => unknown): Promise<string | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    if (!(error instanceof AttributionError))
      return `WRONG ERROR: ${error instanceof Error ? error.stack?.replaceAll("\n", " | ") : error}`;
    return `refused: ${error.message.split("\n")[0]}`;
  }
}

/** Numbers for all inputs, where they are small enough. */
export function feedsFor(model: OnnxModel): NamedTensors {
  return Object.fromEntries(
    model.inputs.map(({ name, dtype = "float32", shape = [null] }) => {
      const sizes = shape.map((size, axis) => (axis === 0 ? 2 : typeof size === "number" && size <= 64 ? size : 3));
      const length = sizes.reduce((product, size) => product * size, 1);
      if (length > 1e6) throw new AttributionError(`"${name}" is too large to be fed here`);
      const numbers = Float32Array.from({ length }, (_, i) => (dtype.startsWith("float") ? Math.sin(i) : i % 2));
      return [name, hostBackend.cast(hostBackend.fromData(numbers, sizes, "float32"), dtype)];
    }),
  );
}
