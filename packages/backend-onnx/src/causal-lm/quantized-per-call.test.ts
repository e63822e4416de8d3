import { expect, test } from "vitest";
import type { ModelProto, NodeProto } from "../onnx/proto.ts";
import { attributeType } from "../onnx/proto.ts";
import { readModel } from "../onnx/read-model.ts";
import { decoderFile } from "./decoder-file.fixture.ts";
import { quantizesPerCall } from "./quantized-per-call.ts";

const plain = readModel(decoderFile().model);
const quantize: NodeProto = { name: "q", opType: "DynamicQuantizeLinear", domain: "", inputs: [], outputs: [], attributes: [] };

function withNode(node: NodeProto): ModelProto {
  return { ...plain, graph: { ...plain.graph, nodes: [...plain.graph.nodes, node] } };
}

test("a graph that quantises dynamically is found out, also inside a branch or a function", () => {
  expect(quantizesPerCall(plain)).toBe(false);
  expect(quantizesPerCall(withNode(quantize))).toBe(true);
  const g = { ...plain.graph, nodes: [quantize] };
  const branch = { name: "then_branch", type: attributeType.graph, g };
  expect(quantizesPerCall(withNode({ ...quantize, opType: "If", attributes: [branch] }))).toBe(true);
  const made = {
    name: "f",
    domain: "own",
    inputs: [],
    outputs: [],
    attributes: [],
    attributeProtos: [],
    nodes: [quantize],
    opsetImports: [],
  };
  expect(quantizesPerCall({ ...plain, functions: [made] })).toBe(true);
  expect(quantizesPerCall(withNode({ ...quantize, opType: "QuantizeLinear" }))).toBe(false);
});
