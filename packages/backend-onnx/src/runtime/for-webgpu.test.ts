import { describe, expect, test } from "vitest";
import { node, onnxModel } from "../onnx-builder.fixture.ts";
import { forWebGpu } from "./for-webgpu.ts";

const model = onnxModel({
  inputs: { x: ["float32", ["n", 1, 4, 4]] },
  outputs: { y: ["float32", ["n", 1, 2, 2]] },
  nodes: [
    { ...node("MaxPool", ["x"], ["a"]), name: "plain" },
    { ...node("MaxPool", ["a"], ["b", "places"]), name: "" },
    { ...node("MaxPool", ["b"], ["y", "others"]), name: "last" },
  ],
});

describe("sessions on WebGPU", () => {
  test("leave nodes that WebGPU takes and cannot run to the processor, by names which they get where they have none", () => {
    const options = { executionProviders: ["webgpu", "wasm"], intraOpNumThreads: 1 };
    const parts = forWebGpu({ model, options });
    const names = parts.model.graph.nodes.map(({ name }) => name);
    expect([names[0], names[2], new Set(names).size, names.includes("")]).toEqual(["plain", "last", 3, false]);
    expect(parts.options).toEqual({
      executionProviders: [{ name: "webgpu", preferredLayout: "NCHW", forceCpuNodeNames: [names[1], "last"] }, "wasm"],
      intraOpNumThreads: 1,
    });
  });

  test("keep what the user sets", () => {
    const options = { executionProviders: [{ name: "webgpu", preferredLayout: "NHWC", forceCpuNodeNames: ["mine"] }] };
    expect(forWebGpu({ model, options }).options["executionProviders"]).toMatchObject([
      { preferredLayout: "NHWC", forceCpuNodeNames: ["mine", expect.any(String), "last"] },
    ]);
  });

  test("have channels where the file has them, and without WebGPU stay as they are", () => {
    for (const options of [{}, { executionProviders: ["wasm"] }]) {
      const parts = forWebGpu({ model, options });
      expect([parts.model, parts.options]).toEqual([model, options]);
    }
    const plain = { ...model, graph: { ...model.graph, nodes: model.graph.nodes.slice(0, 1) } };
    const parts = forWebGpu({ model: plain, options: { executionProviders: ["webgpu"] } });
    expect(parts.model).toBe(plain);
    expect(parts.options).toEqual({ executionProviders: [{ name: "webgpu", preferredLayout: "NCHW" }] });
  });
});
