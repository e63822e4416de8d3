import { existsSync } from "node:fs";
import { join } from "node:path";
import { OnnxCausalLm } from "@attr/backend-onnx";
import type { Continuation } from "@attr/core";
import * as ort from "onnxruntime-node";
import { formatTiming, interleave } from "./measure/interleave.ts";

// What scoring a prompt without each of its tokens costs: in tokens, sharing what the prompts share beside computing each whole;
// in time, beside the same rows prepared before and handed to the runtime directly.

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const root = join(import.meta.dirname, "../..");
const folders = [join(root, "models/tales-lm"), join(root, "../shared/models/stories260K/hf")];
const folder = process.env["BENCH_MODEL"] ?? folders.find((each) => existsSync(join(each, "onnx/model.onnx")));
if (folder === undefined) throw new Error(`no language model in ${folders.join(" or ")}: set BENCH_MODEL to the folder of one`);

const session = { intraOpNumThreads: 1, logSeverityLevel: 4 } as const;
const batch = 32;
const options = { session, maxBatchSize: batch };
await using plain = await OnnxCausalLm.load(folder, { ...options, sharePrefixes: false });
await using sharing = await OnnxCausalLm.load(folder, options);
const bare = await ort.InferenceSession.create(join(folder, "onnx/model.onnx"), session);
console.log(`model ${folder}, batches of ${batch} rows, 1 thread`);

/** The prompt, and the prompt with each token in turn replaced. */
function leaveOneOut(length: number, answerLength: number): Continuation[] {
  const id = (i: number): number => 3 + ((i * 7919) % (plain.vocabularySize - 3));
  const prompt = Array.from({ length }, (_, i) => id(i));
  const continuation = Array.from({ length: answerLength }, (_, i) => id(length + i));
  const prompts = [prompt, ...prompt.map((_, left) => prompt.with(left, 0))];
  return prompts.map((prefix) => ({ prefix, continuation }));
}

async function score(lm: OnnxCausalLm, asked: readonly Continuation[]): Promise<number[]> {
  const sums: number[] = [];
  for await (const { logProbabilities } of lm.score(asked)) sums.push(logProbabilities.reduce((sum, entry) => sum + entry, 0));
  return sums;
}

/** The rows as the runtime takes them, in batches. */
function prepared(asked: readonly Continuation[]): readonly Record<string, ort.Tensor>[] {
  const sequences = asked.map(({ prefix, continuation }) => [...prefix, ...continuation.slice(0, -1)]);
  const width = sequences[0]!.length;
  const integers = (rows: number, value: (row: number, i: number) => number): ort.Tensor => {
    const data = BigInt64Array.from({ length: rows * width }, (_, at) => BigInt(value(Math.floor(at / width), at % width)));
    return new ort.Tensor("int64", data, [rows, width]);
  };
  return Array.from({ length: Math.ceil(sequences.length / batch) }, (_, index) => {
    const members = sequences.slice(index * batch, (index + 1) * batch);
    const feeds: Record<string, ort.Tensor> = {
      [plain.layout.inputIds]: integers(members.length, (row, i) => members[row]![i]!),
    };
    if (plain.layout.attentionMask !== undefined) feeds[plain.layout.attentionMask] = integers(members.length, () => 1);
    if (plain.layout.positionIds !== undefined) feeds[plain.layout.positionIds] = integers(members.length, (_, i) => i);
    for (const { past, shape } of plain.layout.cache ?? []) {
      const dims = [members.length, ...shape.map((size) => (size === "past" ? 0 : size))];
      feeds[past] = new ort.Tensor("float32", new Float32Array(0), dims);
    }
    return feeds;
  });
}

for (const [length, answerLength] of [
  [20, 5],
  [50, 10],
  [100, 10],
] as const) {
  const asked = leaveOneOut(length, answerLength);
  const batches = prepared(asked);
  const costOf = async (lm: OnnxCausalLm): Promise<[number, number]> => {
    const { calls, tokens } = lm.cost;
    await score(lm, asked);
    return [lm.cost.calls - calls, lm.cost.tokens - tokens];
  };
  const [whole, shared] = [await score(plain, asked), await score(sharing, asked)];
  for (const [index, value] of whole.entries())
    if (Math.abs(shared[index]! - value) > 1e-3)
      throw new Error(`prompt ${index} scores ${shared[index]} shared and ${value} whole`);
  const [plainCalls, plainTokens] = await costOf(plain);
  const [sharedCalls, sharedTokens] = await costOf(sharing);
  const times = await interleave(
    {
      "bare forward passes": async () => {
        for (const feeds of batches) await bare.run(feeds, [plain.layout.logits]);
      },
      "scoring, every prompt whole": () => score(plain, asked),
      "scoring, beginnings shared": () => score(sharing, asked),
    },
    rounds,
  );
  console.log(`\n${asked.length} prompts of ${length} tokens, answers of ${answerLength}`);
  for (const [name, timing] of Object.entries(times)) console.log(formatTiming(name, timing));
  const over = (name: keyof typeof times): string => (times[name].median / times["bare forward passes"].median).toFixed(3);
  console.log(
    `tokens: ${sharedTokens} shared in ${sharedCalls} calls, ${plainTokens} whole in ${plainCalls}: ratio ${(sharedTokens / plainTokens).toFixed(3)}`,
  );
  console.log(
    `time over the bare forward passes: whole ${over("scoring, every prompt whole")}, shared ${over("scoring, beginnings shared")} (medians of ${rounds})`,
  );
}
await bare.release();
