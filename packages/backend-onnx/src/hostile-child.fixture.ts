/**
 * Run as a process of its own: loads and runs broken relatives of the files it is told, and tells of each how it went, so that whoever
 * started it can see which one ended it. Arguments: first seed, number of seeds, files.
 */
import { readFileSync, writeSync } from "node:fs";
import { AttributionError, hostBackend, type NamedTensors } from "@attr/core";
import { hostileFile } from "./hostile-files.fixture.ts";
import { OnnxModel } from "./onnx-model.ts";

const [, , first, count, ...files] = process.argv;

function feedsFor(model: OnnxModel): NamedTensors {
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

const originals = files.map((file) => readFileSync(file));
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const file = seed % files.length;
  const bytes = hostileFile(originals[file]!, seed);
  writeSync(1, `${seed} ${files[file]} `);
  const start = performance.now();
  let outcome = "ran";
  try {
    await using model = await OnnxModel.load(bytes, { session: { intraOpNumThreads: 1 } });
    const outputs = model.outputs.map(({ name }) => name);
    const feeds = feedsFor(model);
    await model.run({ feeds, fetches: outputs });
    await model.run({ feeds, fetches: model.values });
  } catch (error) {
    outcome =
      error instanceof AttributionError
        ? `refused: ${error.message.split("\n")[0]}`
        : `WRONG ERROR: ${error instanceof Error ? error.stack : error}`;
  }
  const seconds = (performance.now() - start) / 1000;
  const gigabytes = process.memoryUsage.rss() / 2 ** 30;
  writeSync(1, `${seconds > 5 ? `SLOW ${seconds} s ` : ""}${gigabytes > 1.5 ? `LARGE ${gigabytes} GB ` : ""}${outcome}\n`);
}
