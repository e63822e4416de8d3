import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { explainedNetworks } from "./tfjs/explained-network.ts";
import { overhead } from "./tfjs/overhead.ts";
import { sideBySide } from "./tfjs/side-by-side.ts";

// What IntegratedGradients and FeatureAblation cost on TensorFlow.js (wasm) beyond the calls that they cannot do without: the same rows
// prepared before, handed to `predict` and `tf.grad` directly. Then the same networks on TensorFlow.js and on onnxruntime, in Node and
// as wasm, in turns.

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const only = process.env["BENCH_NETWORK"];

await tf.setBackend("wasm");
for (const [name, network] of Object.entries(await explainedNetworks())) {
  if (only !== undefined && only !== name) continue;
  console.log(`\n${name}, medians of ${rounds} interleaved rounds`);
  await overhead(network, rounds);
  await sideBySide(network, rounds);
}
