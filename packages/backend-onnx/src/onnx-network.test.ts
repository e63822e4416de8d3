import { describeNetworks } from "@attr/testing";
import * as ort from "onnxruntime-node";
import { afterAll, describe, test } from "vitest";
import { writeModel } from "./onnx/write-model.ts";
import { OnnxModel } from "./onnx-model.ts";
import { onnxNetwork } from "./onnx-network.fixture.ts";

const opened: OnnxModel[] = [];
afterAll(async () => {
  for (const model of opened) await model.dispose();
});

describeNetworks("onnxruntime", {
  describe,
  test,
  async realise(network) {
    const model = await OnnxModel.load(writeModel(onnxNetwork(network)), { runtime: ort });
    opened.push(model);
    return model;
  },
});
