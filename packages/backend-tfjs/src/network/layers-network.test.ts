import { type NamedTensors, tensor, UnsupportedError } from "@attr/core";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { seeded, smallModels } from "../small-models.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";

await tf.setBackend("cpu");
const layer = layers.layers;
type Symbol = layers.SymbolicTensor;

/** Tokens, of which 0 is padding, that two recurrent layers read in turn. */
function maskedModel(): layers.LayersModel {
  const ids = layers.input({ name: "ids", shape: [5], dtype: "int32" });
  const embedded = layer.embedding({ name: "embedding", inputDim: 7, outputDim: 3, maskZero: true }).apply(ids) as Symbol;
  const recurrentInitializer = "glorotNormal";
  const first = layer.gru({ name: "first", units: 4, returnSequences: true, recurrentInitializer }).apply(embedded) as Symbol;
  const last = layer.lstm({ name: "last", units: 3, recurrentInitializer }).apply(first) as Symbol;
  const head = layer.dense({ name: "head", units: 2 }).apply(last) as Symbol;
  return seeded(layers.model({ name: "masked", inputs: ids, outputs: head }));
}

const rows = [
  [3, 1, 4, 0, 0],
  [2, 6, 5, 3, 5],
];

async function numbers(model: TfjsModel, feeds: NamedTensors, fetch: string): Promise<number[]> {
  return Array.from((await model.backend.read((await model.run({ feeds, fetches: [fetch] }))[fetch]!)).data, Number);
}

test("masks of padded steps reach the layers that read them, also where the values before are fed", async () => {
  const live = maskedModel();
  const model = await TfjsModel.from(live, { tf });
  using _scope = model.backend.scope();
  const ids = model.backend.from(tensor(rows, "int32"));
  const padded = await numbers(model, { ids }, "head");
  const predicted = tf.tidy(() => Array.from((live.predict(tf.tensor2d(rows, [2, 5], "int32")) as tf.Tensor).dataSync()));
  expect(padded).toEqual(predicted);
  // What is not there has no influence.
  const { embedding } = await model.run({ feeds: { ids }, fetches: ["embedding"] });
  expect(model.required(["embedding"], ["head"])).toEqual(["ids"]);
  expect(model.required(["last"], ["head"])).toEqual([]);
  expect(await numbers(model, { ids, embedding: embedding! }, "head")).toEqual(padded);
  const { gradients } = await model.gradient({
    feeds: { ids },
    objective: { value: "head", index: [[0], [0]] },
    wrt: ["embedding"],
  });
  const gradient = (await model.backend.read(gradients["embedding"]!)).data;
  expect(Array.from(gradient.slice(9, 15), Number)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(Array.from(gradient.slice(24, 30), Number).every((slope) => slope !== 0)).toBe(true);
});

test("values are named after layers: outputs of several, calls of a shared one, models inside", async () => {
  const functional = await TfjsModel.from(smallModels.functional().model, { tf });
  expect(functional.values).toEqual([
    ...["left", "right", "shared", "shared@2", "both", "inner/first", "inner/second", "shared@3", "sum", "head"],
  ]);
  expect(functional.outputs.map(({ name }) => name)).toEqual(["head", "inner/second"]);
  expect(functional.value("both")).toEqual({ name: "both", dtype: "float32", shape: [null, 8] });
  const recurrent = await TfjsModel.from(smallModels.recurrent().model, { tf });
  expect(recurrent.values).toEqual(["steps", "lstm:0", "lstm:1", "lstm:2", "gru", "joined", "head"]);
});

test("a layer that keeps a state from call to call is refused by name", async () => {
  const live = layers.sequential({
    layers: [
      layer.lstm({ name: "memory", units: 2, stateful: true, batchInputShape: [2, 3, 1], recurrentInitializer: "glorotNormal" }),
    ],
  });
  await expect(TfjsModel.from(live, { tf })).rejects.toThrow(UnsupportedError);
  await expect(TfjsModel.from(live, { tf })).rejects.toThrow('layer "memory" (LSTM) is stateful');
});

test("what is no model is refused with what was got", async () => {
  await expect(TfjsModel.from({} as never, { tf })).rejects.toThrow("model must be a LayersModel or GraphModel");
  await expect(TfjsModel.from(Promise.resolve() as never, { tf })).rejects.toThrow("await it");
  await expect(TfjsModel.from(layers.sequential({ name: "empty" }), { tf })).rejects.toThrow(/"empty" is not built/);
});

test("a channels-first convolution runs unfused as it does fused", async () => {
  const live = seeded(
    layers.sequential({
      layers: [
        layer.conv2d({
          name: "conv",
          filters: 3,
          kernelSize: 2,
          strides: 2,
          dataFormat: "channelsFirst",
          activation: "relu",
          inputShape: [2, 5, 6],
        }),
      ],
    }),
  );
  const model = await TfjsModel.from(live, { tf });
  using _scope = model.backend.scope();
  const image = model.backend.from({
    data: Float32Array.from({ length: 60 }, (_, i) => Math.sin(i)),
    dims: [1, 2, 5, 6],
    type: "float32",
  });
  const feeds = { conv_input: image };
  const plain = await numbers(model, feeds, "conv");
  const cotangent = model.backend.broadcastTo(model.backend.from(1), [1, 3, 2, 3]);
  const { values } = await model.gradient({
    feeds,
    objective: { value: "conv", cotangent },
    wrt: ["conv_input"],
    fetches: ["conv"],
  });
  const unfused = Array.from((await model.backend.read(values["conv"]!)).data, Number);
  for (const [i, x] of unfused.entries()) expect(x).toBeCloseTo(plain[i]!, 5);
});
