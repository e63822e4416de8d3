import { describe, expect, test } from "vitest";
import { describeGraphModel } from "../../../testing/src/index.ts";
import { bind } from "./bind.ts";
import { limitBatch } from "./limit-batch.ts";
import { logSoftmax } from "./log-softmax.ts";
import type { Model } from "./model.ts";
import { type ModelCall, onCall } from "./on-call.ts";
import { outputOf, threeInputs, threeInputsOf, viewCase } from "./three-inputs.fixture.ts";

describeGraphModel(
  "a pile of views",
  viewCase((model) => onCall(limitBatch(bind(logSoftmax(limitBatch(model, 3)), { z: [[1]] }), 2), () => {}), "x", "y"),
  { describe, test },
);

describe("views of a model that resolves its inputs by itself", () => {
  test("are applied to the model it resolves to", async () => {
    const inner = threeInputs();
    const own: Model = {
      backend: inner.backend,
      inputs: inner.inputs,
      outputs: inner.outputs,
      maxBatchSize: 8,
      run: (request) => inner.run(request),
      resolve: async (values) => ({ values, model: inner, at: async (others) => others }),
    };
    const calls: ModelCall[] = [];
    const resolved = await onCall(limitBatch(own, 2), (call) => calls.push(call)).resolve!(threeInputsOf(1));
    expect(resolved.model.maxBatchSize).toBe(2);
    await outputOf(resolved.model, threeInputsOf(1));
    expect(calls.length).toBe(1);
  });
});
