import * as ort from "onnxruntime-node";
import { OnnxCausalLm } from "./causal-lm/onnx-causal-lm.ts";
import { OnnxModel } from "./onnx-model.ts";

const dir = "/work/shared/models/stories260K/hf";
const session = { intraOpNumThreads: Number(process.env["T"] ?? 2), logSeverityLevel: 4 };
await using lm = await OnnxCausalLm.load(dir, { session });
const bare = await ort.InferenceSession.create(dir + "/onnx/model.onnx", session);
const med = (a: number[]) => a.sort((x, y) => x - y)[a.length >> 1]!;
for (const [n, t, p] of [
  [1, 1, 0],
  [1, 1, 60],
  [1, 16, 60],
  [1, 64, 0],
  [8, 1, 60],
  [8, 8, 60],
  [32, 8, 60],
  [32, 64, 0],
] as const) {
  const feeds: any = {
    input_ids: new ort.Tensor("int64", new BigInt64Array(n * t).fill(5n), [n, t]),
    attention_mask: new ort.Tensor("int64", new BigInt64Array(n * (t + p)).fill(1n), [n, t + p]),
    position_ids: new ort.Tensor(
      "int64",
      BigInt64Array.from({ length: n * t }, (_, i) => BigInt(p + (i % t))),
      [n, t],
    ),
  };
  for (const e of lm.layout.cache!) feeds[e.past] = new ort.Tensor("float32", new Float32Array(n * 4 * p * 8), [n, 4, p, 8]);
  const host: any = Object.fromEntries(
    Object.entries(feeds).map(([k, v]: any) => [k, lm.model.backend.fromData(v.data, v.dims, v.type)]),
  );
  const all = ["logits", ...lm.layout.cache!.map((e) => e.present)];
  const out: number[] = [];
  for (const f of [
    () => bare.run(feeds, ["logits"]),
    () => bare.run(feeds, all),
    () => lm.model.run({ feeds: host, fetches: ["logits"] }),
    () => lm.model.run({ feeds: host, fetches: all }),
  ]) {
    const times: number[] = [];
    for (let i = 0; i < 25; i++) {
      const s = performance.now();
      await f();
      times.push(performance.now() - s);
    }
    out.push(med(times));
  }
  console.log(
    n,
    t,
    p,
    "bare",
    out[0]!.toFixed(2),
    "bare+present",
    out[1]!.toFixed(2),
    "model",
    out[2]!.toFixed(2),
    "model+present",
    out[3]!.toFixed(2),
    "per token bare us",
    ((out[0]! * 1000) / n / t).toFixed(1),
  );
}
console.log("nodes", lm.model.proto.graph.nodes.length);
