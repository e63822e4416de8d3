import { GradCam, GuidedBackprop, GuidedGradCam, InvalidArgumentError } from "@attr/core";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { rowsFor, seeded } from "./small-models.fixture.ts";
import { TfjsModel } from "./tfjs-model.ts";

await tf.setBackend("cpu");

test("Guided Grad-CAM of channels that come last is guided backpropagation times the map, channel by channel", async () => {
  const live = seeded(
    layers.sequential({
      layers: [
        layers.layers.conv2d({
          name: "conv",
          filters: 3,
          kernelSize: 3,
          padding: "same",
          activation: "relu",
          inputShape: [6, 4, 2],
        }),
        layers.layers.flatten({ name: "flat" }),
        layers.layers.dense({ name: "logits", units: 2 }),
      ],
    }),
  );
  const model = await TfjsModel.from(live, { tf });
  using _scope = model.backend.scope();
  const inputs = rowsFor(model.backend, { conv_input: [6, 4, 2] })(2);
  const target = 1;
  const map = (await new GradCam(model, { layer: "conv", channelAxis: 3, relu: true }).attribute(inputs, { target }))
    .attributions;
  const guided = (await new GuidedBackprop(model).attribute(inputs, { target })).attributions["conv_input"]!;
  const result = await new GuidedGradCam(model, { layer: "conv", channels: "last" }).attribute(inputs, { target });
  const { shape, data } = result.attributions["conv_input"]!;
  expect(shape).toEqual([2, 6, 4, 2]);
  expect(Array.from(data, Number).some((score) => score !== 0)).toBe(true);
  for (let i = 0; i < data.length; i++)
    expect(Number(data[i])).toBeCloseTo(Number(guided.data[i]) * Number(map["conv"]!.data[i >> 1]), 4);
  const wrong = { layer: "conv", channels: "middle" as "last" };
  expect(() => new GuidedGradCam(model, wrong)).toThrow(InvalidArgumentError);
});
