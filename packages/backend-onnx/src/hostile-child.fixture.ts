/** Run as a process of its own: loads and runs broken relatives of the files it is told. */
import { hostileFile } from "./hostile-files.fixture.ts";
import { eachSeed, feedsFor, refusal } from "./hostile-run.fixture.ts";
import { OnnxModel } from "./onnx-model.ts";

await eachSeed(async (original, seed) => {
  const refused = await refusal(async () => {
    await using model = await OnnxModel.load(hostileFile(original, seed), { session: { intraOpNumThreads: 1 } });
    const outputs = model.outputs.map(({ name }) => name);
    const feeds = feedsFor(model);
    await model.run({ feeds, fetches: outputs });
    await model.run({ feeds, fetches: model.values });
  });
  return refused ?? "ran";
});
