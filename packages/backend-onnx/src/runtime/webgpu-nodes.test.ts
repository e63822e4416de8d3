import { describe, expect, test } from "vitest";
import { node, onnxModel } from "../onnx-builder.fixture.ts";
import { withoutUnsupportedNodes } from "./webgpu-nodes.ts";

const model = onnxModel({
  inputs: { x: ["float32", ["n", 1, 4, 4]] },
  outputs: { y: ["float32", ["n", 1, 2, 2]] },
  nodes: [
    { ...node("MaxPool", ["x"], ["a"]), name: "plain" },
    { ...node("MaxPool", ["a"], ["b", "places"]), name: "" },
    { ...node("MaxPool", ["b"], ["y", "others"]), name: "last" },
  ],
});

describe("nodes that WebGPU takes and cannot run", () => {
  test("are left to the processor by their names, which they get where they have none", () => {
    const options = { executionProviders: ["webgpu", "wasm"], intraOpNumThreads: 1 };
    const parts = withoutUnsupportedNodes({ model, options });
    const names = parts.model.graph.nodes.map(({ name }) => name);
    expect([names[0], names[2], new Set(names).size, names.includes("")]).toEqual(["plain", "last", 3, false]);
    expect(parts.options).toEqual({
      executionProviders: [{ name: "webgpu", forceCpuNodeNames: [names[1], "last"] }, "wasm"],
      intraOpNumThreads: 1,
    });
  });

  test("what the user leaves to the processor stays there", () => {
    const options = { executionProviders: [{ name: "webgpu", preferredLayout: "NCHW", forceCpuNodeNames: ["mine"] }] };
    expect(withoutUnsupportedNodes({ model, options }).options["executionProviders"]).toMatchObject([
      { preferredLayout: "NCHW", forceCpuNodeNames: ["mine", expect.any(String), "last"] },
    ]);
  });

  test("sessions without WebGPU, or without such nodes, stay as they are", () => {
    for (const options of [{}, { executionProviders: ["wasm"] }]) {
      const parts = withoutUnsupportedNodes({ model, options });
      expect([parts.model, parts.options]).toEqual([model, options]);
    }
    const plain = { ...model, graph: { ...model.graph, nodes: model.graph.nodes.slice(0, 1) } };
    const options = { executionProviders: ["webgpu"] };
    expect(withoutUnsupportedNodes({ model: plain, options }).options).toBe(options);
  });
});
