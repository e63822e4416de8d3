// A plain script of someone who installed @attr/backend-tfjs and TensorFlow.js: y = 2a - 3b, made and explained here.
import assert from "node:assert/strict";
import { openTensorFlow, TfjsModel } from "@attr/backend-tfjs";
import { FeatureAblation, InputXGradient } from "@attr/core";
import * as layers from "@tensorflow/tfjs-layers";

const { tf } = await openTensorFlow();
const dense = layers.layers.dense({ name: "y", units: 1, useBias: false, inputShape: [2] });
const live = layers.sequential({ layers: [dense] });
dense.setWeights([tf.tensor2d([[2], [-3]])]);

const model = await TfjsModel.from(live, { tf });
try {
  const [input] = model.inputs;
  for (const Method of [FeatureAblation, InputXGradient]) {
    const result = await new Method(model).attribute({ [input.name]: [[5, 7]] }, { target: 0 });
    assert.deepEqual(result.attributions[input.name].toArray(), [[10, -21]]);
  }
} finally {
  await model[Symbol.asyncDispose]();
}
