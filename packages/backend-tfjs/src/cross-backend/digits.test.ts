import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { OnnxModel } from "@attr/backend-onnx";
import { HostTensor, IntegratedGradients, type Model } from "@attr/core";
import { digits } from "@attr/models";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TfjsModel } from "../tfjs-model.ts";

// The embedded digits are there as an ONNX file and as a layers model: one network, its channels first or last.

let onnx: OnnxModel;
let tfjs: TfjsModel;
beforeAll(async () => {
  await tf.setBackend("cpu");
  onnx = await OnnxModel.load(fileURLToPath(new URL("onnx/model.onnx", digits)));
  tfjs = await TfjsModel.load(fileURLToPath(new URL("tfjs/", digits)), { tf });
});
afterAll(async () => {
  await onnx.dispose();
  await tfjs.dispose();
});

const { images } = JSON.parse(readFileSync(new URL("examples.json", digits), "utf8"));
const picture = (...shape: number[]): HostTensor => {
  const shown: number[] = images.slice(0, shape[0]).flatMap(({ pixels }: { pixels: number[] }) => pixels);
  return new HostTensor(
    Float32Array.from(shown, (byte) => byte / 255),
    shape,
    "float32",
  );
};
const numbers = async (model: Model, feeds: Readonly<Record<string, HostTensor>>): Promise<number[]> => {
  const { logits } = await model.run({ feeds: await onBackend(model, feeds), fetches: ["logits"] });
  return Array.from((await model.backend.read(logits!)).data, Number);
};
const onBackend = async (model: Model, feeds: Readonly<Record<string, HostTensor>>) =>
  Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, model.backend.from(feed)]));

test("the logits of both files agree to 1e-5 on every example", async () => {
  const expected = await numbers(onnx, { image: picture(25, 1, 28, 28) });
  const got = await numbers(tfjs, { image: picture(25, 28, 28, 1) });
  expect(got.length).toBe(250);
  expect(Math.max(...got.map((value, k) => Math.abs(value - expected[k]!)))).toBeLessThan(1e-5);
});

test("values have the same names in both files", () => {
  expect(tfjs.values.filter((name) => onnx.value(name) === undefined)).toEqual([]);
  expect(tfjs.values).toEqual(expect.arrayContaining(["image", "conv1", "relu1", "pool1", "conv3", "flat", "dense1", "logits"]));
});

test("a picture is explained alike", async () => {
  const options = { target: 0, steps: 8 };
  const first = await new IntegratedGradients(onnx).attribute({ image: picture(1, 1, 28, 28) }, options);
  const last = await new IntegratedGradients(tfjs).attribute({ image: picture(1, 28, 28, 1) }, options);
  const expected = Array.from(first.attributions["image"]!.data, Number);
  const got = Array.from(last.attributions["image"]!.data, Number);
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.1);
  expect(Math.max(...got.map((value, k) => Math.abs(value - expected[k]!)))).toBeLessThan(1e-5);
});
