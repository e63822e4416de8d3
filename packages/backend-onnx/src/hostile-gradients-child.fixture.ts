/** Run as a process of its own: differentiates broken relatives of the files it is told, with odd questions. */
import { AttributionError, hostBackend, type Random, seededRandom } from "@attr/core";
import { gradientModel } from "./gradient/gradient-model.ts";
import { hostileFile } from "./hostile-files.fixture.ts";
import { hostileQuestion } from "./hostile-questions.fixture.ts";
import { eachSeed, feedsFor, refusal } from "./hostile-run.fixture.ts";
import { writeModel } from "./onnx/write-model.ts";
import { OnnxModel } from "./onnx-model.ts";

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

await eachSeed(async (original, seed) => {
  const random = seededRandom(seed).fork("gradient");
  // Every fifth file is whole, so that odd questions meet one that works.
  const bytes = random.integer(5) === 0 ? original : hostileFile(original, seed);
  let results: readonly (string | undefined)[] = [];
  const loading = await refusal(async () => {
    results = await differentiate(bytes, random);
  });
  if (loading !== undefined) return `did not load ${loading}`;
  const refused = results.filter((result) => result !== undefined);
  return `differentiated ${results.length - refused.length} of ${results.length} ${refused.join("; ")}`;
});
