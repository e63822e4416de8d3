/**
 * Run as a process of its own: differentiates broken relatives of the files it is told, with odd questions, and tells of each how it went,
 * so that whoever started it can see which one ended it. Arguments: first seed, number of seeds, files.
 */
import { readFileSync, writeSync } from "node:fs";
import { AttributionError, hostBackend, type NamedTensors, type Random, seededRandom } from "@attr/core";
import { gradientModel } from "./gradient/gradient-model.ts";
import { hostileFile } from "./hostile-files.fixture.ts";
import { hostileQuestion } from "./hostile-questions.fixture.ts";
import { writeModel } from "./onnx/write-model.ts";
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

/** What it says where it is refused as it should be; undefined where it went through. */
async function refusal(ask: () => unknown): Promise<string | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    if (!(error instanceof AttributionError))
      return `WRONG ERROR: ${error instanceof Error ? error.stack?.replaceAll("\n", " | ") : error}`;
    return `refused: ${error.message.split("\n")[0]}`;
  }
}

async function differentiate(bytes: Uint8Array, random: Random): Promise<readonly (string | undefined)[]> {
  await using model = await OnnxModel.load(bytes, { session: { intraOpNumThreads: 1 } });
  const feeds = feedsFor(model);
  const results: (string | undefined)[] = [];
  const [output] = model.outputs;
  if (output === undefined) throw new AttributionError("it has no output");
  const wrt = model.inputs.map(({ name }) => name);
  // The plain question first: the first output by all inputs.
  results.push(
    await refusal(async () => {
      const value = (await model.run({ feeds, fetches: [output.name] }))[output.name]!;
      const floats = wrt.filter((name) => model.value(name)?.dtype?.startsWith("float") === true);
      const { data, shape } = await model.backend.read(value);
      const cotangent = hostBackend.fromData(
        Float32Array.from({ length: data.length }, () => random.normal()),
        shape,
        "float32",
      );
      await model.gradient({ feeds, objective: { value: output.name, cotangent }, wrt: floats, fetches: [output.name] });
    }),
  );
  for (let asked = 0; asked < 2; asked++)
    results.push(await refusal(() => model.gradient(hostileQuestion(model, feeds, random))));
  // The edit alone, of what the runtime took.
  results.push(await refusal(() => writeModel(gradientModel(model.proto, { of: output.name, wrt }))));
  return results;
}

const originals = files.map((file) => readFileSync(file));
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const file = seed % files.length;
  const random = seededRandom(seed).fork("gradient");
  // Every fifth file is whole, so that odd questions meet one that works.
  const bytes = random.integer(5) === 0 ? originals[file]! : hostileFile(originals[file]!, seed);
  writeSync(1, `${seed} ${files[file]} `);
  const start = performance.now();
  let results: readonly (string | undefined)[] = [];
  const loading = await refusal(async () => {
    results = await differentiate(bytes, random);
  });
  const seconds = (performance.now() - start) / 1000;
  const gigabytes = process.memoryUsage.rss() / 2 ** 30;
  const all = loading === undefined ? results : [loading];
  const refused = all.filter((result) => result !== undefined);
  writeSync(
    1,
    `${seconds > 5 ? `SLOW ${seconds} s ` : ""}${gigabytes > 1.5 ? `LARGE ${gigabytes} GB ` : ""}${loading === undefined ? `differentiated ${all.length - refused.length} of ${all.length}` : "did not load"} ${refused.join("; ")}\n`,
  );
}
