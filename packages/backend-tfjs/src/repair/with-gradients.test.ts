import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { rowsFor, smallModels } from "../small-models.fixture.ts";
import { TfjsModel } from "../tfjs-model.ts";
import { repairsFor } from "./registry.ts";
import { withGradients } from "./with-gradients.ts";

await tf.setBackend("cpu");

const registered = () => {
  const { gradients, kernels } = repairsFor(tf);
  return [
    ...gradients.map(({ kernelName }) => tf.getGradient(kernelName)),
    ...kernels.map(({ kernelName, backendName }) => tf.getKernel(kernelName, backendName)),
  ];
};

test("what was registered is back after the work, and was another while it went on", () => {
  const before = registered();
  const during = withGradients(tf, repairsFor(tf), registered);
  expect(registered()).toEqual(before);
  expect(during).not.toEqual(before);
  expect(() =>
    withGradients(tf, repairsFor(tf), () => {
      throw new Error("stop");
    }),
  ).toThrow("stop");
  expect(registered()).toEqual(before);
});

test("nobody else's gradients change: between our calls, and while one of ours is under way", async () => {
  const x = tf.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
  const theirs = (): number[] =>
    Array.from(tf.tidy(() => tf.grad((a) => tf.avgPool(a as tf.Tensor4D, 2, 1, "same"))(x)).dataSync());
  const before = theirs();
  const { model: live, shapes } = smallModels.convolutional();
  const model = await TfjsModel.from(live, { tf });
  const feeds = rowsFor(model.backend, shapes)(2);
  const pending = model.gradient({ feeds, objective: { value: "logits", index: [[0], [1]] }, wrt: ["conv_input"] });
  expect(theirs()).toEqual(before);
  await pending;
  expect(theirs()).toEqual(before);
});
