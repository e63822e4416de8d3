// Writes the weights of digits as a layers model of TensorFlow.js, with the same names for the same values. TensorFlow.js has channels
// last: kernels are turned, and so are the rows of the first dense layer, which follow the order of the flattened picture.
//
//   node --conditions=@attr/source models/training/write-digits-tfjs.js
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readModel } from "../../packages/backend-onnx/src/index.ts";

const folder = new URL("../digits/", import.meta.url);
const { graph } = readModel(readFileSync(new URL("onnx/model.onnx", folder)));
const weights = new Map(
  graph.initializers.map(({ name, dims, rawData }) => [name, { dims, values: new Float32Array(rawData.slice().buffer) }]),
);

/** The same numbers with their axes in another order. */
function transposed({ dims, values }, order) {
  const out = new Float32Array(values.length);
  const shape = order.map((axis) => dims[axis]);
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  for (let i = 0; i < out.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]) * strides[order[axis]];
      rest = Math.floor(rest / shape[axis]);
    }
    out[i] = values[from];
  }
  return { dims: shape, values: out };
}

const layers = [{ class_name: "InputLayer", config: { name: "image", batch_input_shape: [null, 28, 28, 1], dtype: "float32", sparse: false } }];
const shards = [];
const add = (class_name, name, config, tensors = {}) => {
  layers.push({ class_name, config: { name, trainable: true, ...config } });
  for (const [part, { dims, values }] of Object.entries(tensors))
    shards.push({ spec: { name: `${name}/${part}`, shape: dims, dtype: "float32" }, values });
};
const bias = (name) => weights.get(`${name}.bias`);

for (const k of [1, 2, 3]) {
  const kernel = transposed(weights.get(`conv${k}.weight`), [2, 3, 1, 0]);
  const window = { strides: [1, 1], padding: "same", data_format: "channels_last", dilation_rate: [1, 1] };
  add(
    "Conv2D",
    `conv${k}`,
    { filters: kernel.dims[3], kernel_size: [3, 3], ...window, activation: "linear", use_bias: true },
    { kernel, bias: bias(`conv${k}`) },
  );
  add("Activation", `relu${k}`, { activation: "relu" });
  add("MaxPooling2D", `pool${k}`, { pool_size: [2, 2], strides: [2, 2], padding: "valid", data_format: "channels_last" });
}
add("Flatten", "flat", {});
const [units, flat] = weights.get("dense1.weight").dims;
const first = transposed({ dims: [units, 32, 3, 3], values: weights.get("dense1.weight").values }, [2, 3, 1, 0]);
add("Dense", "dense1", { units, activation: "linear", use_bias: true }, { kernel: { ...first, dims: [flat, units] }, bias: bias("dense1") });
add("Activation", "relu4", { activation: "relu" });
const last = transposed(weights.get("dense2.weight"), [1, 0]);
add("Dense", "logits", { units: 10, activation: "linear", use_bias: true }, { kernel: last, bias: bias("dense2") });

const total = shards.reduce((sum, { values }) => sum + values.length, 0);
const bytes = new Float32Array(total);
let at = 0;
for (const { values } of shards) {
  bytes.set(values, at);
  at += values.length;
}
const model = {
  format: "layers-model",
  generatedBy: "attr",
  convertedBy: null,
  modelTopology: { class_name: "Sequential", config: { name: "digits", layers }, keras_version: "tfjs-layers 4.22.0", backend: "tensor_flow.js" },
  weightsManifest: [{ paths: ["weights.bin"], weights: shards.map(({ spec }) => spec) }],
};
mkdirSync(new URL("tfjs/", folder), { recursive: true });
writeFileSync(new URL("tfjs/model.json", folder), `${JSON.stringify(model, null, 1)}\n`);
writeFileSync(new URL("tfjs/weights.bin", folder), bytes);
