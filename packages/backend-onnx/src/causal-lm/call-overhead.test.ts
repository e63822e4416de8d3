import { expect, test } from "vitest";
import type { ModelProto } from "../onnx/proto.ts";
import { readModel } from "../onnx/read-model.ts";
import { callOverhead } from "./call-overhead.ts";
import { decoderFile } from "./decoder-file.fixture.ts";

/** The tiny decoder with so many weights more. */
function withWeights(count: number): ModelProto {
  const model = readModel(decoderFile().model);
  const { graph } = model;
  const weight = { name: "more", dims: [count, 1], dataType: 1 };
  return { ...model, graph: { ...graph, initializers: [...graph.initializers, weight] } };
}

test("a call of a large model costs a few tokens, of a small one more, of the tiniest no more than 32", () => {
  expect(callOverhead(withWeights(1e9))).toBe(4);
  const small = callOverhead(withWeights(5_000_000));
  expect(small).toBeGreaterThan(4);
  expect(small).toBeLessThan(32);
  expect(callOverhead(withWeights(0))).toBe(32);
});
