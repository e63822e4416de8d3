import type { Network } from "@attr/testing";
import { describeCoreMethods } from "@attr/testing";
import * as ort from "onnxruntime-node";
import { afterAll, describe, test } from "vitest";
import { writeModel } from "./onnx/write-model.ts";
import { OnnxModel } from "./onnx-model.ts";
import { onnxNetwork } from "./onnx-network.fixture.ts";

const opened: OnnxModel[] = [];
afterAll(async () => {
  for (const model of opened) await model.dispose();
});

async function realise(network: Network): Promise<OnnxModel> {
  const model = await OnnxModel.load(writeModel(onnxNetwork(network)), { runtime: ort, session: { intraOpNumThreads: 1 } });
  opened.push(model);
  if (opened.length > 8) await opened.shift()!.dispose();
  return model;
}

describeCoreMethods("onnxruntime", { describe, test, realise, tolerance: 1e-4, runs: 3 });
