import { type AttentionRule, seededRandom, type Tensor, tensor } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { smallTransformer } from "../../../../core/src/model/small-transformer.fixture.ts";
import { writeModel } from "../../onnx/write-model.ts";
import { constant, node, onnxModel } from "../../onnx-builder.fixture.ts";
import { OnnxModel } from "../../onnx-model.ts";
import { activations, attentions, centrings, scalings, transformerFile } from "./transformer-files.fixture.ts";

/*
 * One transformer in the ways that files have it, against the same in float64 with relevance handed back operation by operation.
 */

const from = (ways: object): fc.Arbitrary<string> => fc.constantFrom(...Object.keys(ways));
const spellings = fc.boolean().chain((isCentred) =>
  fc.record({
    isCentred: fc.constant(isCentred),
    scaling: from(isCentred ? centrings : scalings),
    attention: from(attentions),
    activation: from(activations),
  }),
);

describe("relevance of a transformer", () => {
  test.prop([spellings, fc.constantFrom<AttentionRule>("attnLrp", "cpLrp"), fc.integer({ min: 0, max: 9999 })], { numRuns: 25 })(
    "is the same however its file writes it, and what float64 gives",
    async ({ isCentred, ...spelling }, attention, seed) => {
      const transformer = smallTransformer(seed, { biases: true, centred: isCentred });
      const { length, width, model: oracle } = transformer;
      const random = seededRandom(seed + 7);
      const data = Float32Array.from({ length: 2 * length * width }, () => random.normal());
      const dims = [2, length, width];
      const request = {
        objective: { value: "out", index: [[0], [1]] },
        wrt: ["x"],
        rules: { kind: "lrp", linear: { rule: "epsilon" }, attention },
      } as const;
      const expected = await oracle.gradient({
        ...request,
        feeds: { x: tensor({ data: Float64Array.from(data), dims, type: "float64" }) },
      });
      await using model = await OnnxModel.load(transformerFile(transformer, spelling), { session: { intraOpNumThreads: 1 } });
      const got = await model.gradient({ ...request, feeds: { x: tensor({ data, dims, type: "float32" }) } });
      const truth = Array.from((await oracle.backend.read(expected.gradients["x"]!)).data, Number);
      const numbers = Array.from((await model.backend.read(got.gradients["x"]!)).data, Number);
      const scale = Math.max(1, ...truth.map(Math.abs));
      for (const [i, value] of numbers.entries())
        expect(Math.abs(value - truth[i]!), `element ${i}: ${value}, ${truth[i]}`).toBeLessThan(1e-3 * scale);
    },
  );

  test.prop([fc.integer({ min: 0, max: 9999 })], { numRuns: 4 })(
    "through grouped queries and a skip that is normalised goes to the values alone, and none is lost, with constant attention",
    async (seed) => {
      const random = seededRandom(seed);
      const matrix = (height: number, width: number) =>
        constant(
          [height, width],
          Float32Array.from({ length: height * width }, () => random.normal() / 4),
        );
      const own = "com.microsoft";
      const file = onnxModel({
        inputs: { x: ["float32", ["n", 3, 16]], lengths: ["int32", ["n", 1]] },
        outputs: { y: ["float32", ["n", 3, 2]] },
        constants: {
          wq: matrix(16, 16),
          wk: matrix(16, 8),
          wv: matrix(16, 8),
          w: matrix(16, 2),
          scale: constant([16], new Array(16).fill(1.5)),
          three: constant([], [3], "int64"),
        },
        nodes: [
          node("Cast", ["three"], ["total"], { to: { int: 6 } }),
          node("MatMul", ["x", "wq"], ["query"]),
          node("MatMul", ["x", "wk"], ["key"]),
          node("MatMul", ["x", "wv"], ["value"]),
          node(
            "GroupQueryAttention",
            ["query", "key", "value", "", "", "lengths", "total"],
            ["mixed", "keys", "values"],
            { num_heads: { int: 2 }, kv_num_heads: { int: 1 } },
            own,
          ),
          node("SkipSimplifiedLayerNormalization", ["mixed", "x", "scale"], ["normal"], { epsilon: 1e-5 }, own),
          node("MatMul", ["normal", "w"], ["y"]),
        ],
      });
      const content = writeModel({ ...file, opsetImports: [...file.opsetImports, { domain: own, version: 1 }] });
      await using model = await OnnxModel.load(content, { session: { intraOpNumThreads: 1 } });
      const x = tensor({ data: Float32Array.from({ length: 96 }, () => random.normal()), dims: [2, 3, 16], type: "float32" });
      const lengths = tensor({ data: Int32Array.of(2, 2), dims: [2, 1], type: "int32" });
      const ask = async (attention: AttentionRule) =>
        await model.gradient({
          feeds: { x, lengths },
          objective: { value: "y", index: [[2, 0], [1, 1]] }, // biome-ignore format: a path each
          wrt: ["x", "query", "key", "value"],
          fetches: ["y"],
          rules: { kind: "lrp", linear: { rule: "epsilon" }, attention },
        });
      const numbers = async (value: Tensor): Promise<number[]> => [...(await model.backend.read(value)).data].map(Number);
      const { gradients, values } = await ask("cpLrp");
      const [relevance, y] = [await numbers(gradients["x"]!), await numbers(values["y"]!)];
      const scale = Math.max(1, ...relevance.map(Math.abs));
      for (const [row, explained] of [y[4]!, y[6 + 3]!].entries()) {
        const sum = relevance.slice(48 * row, 48 * row + 48).reduce((total, part) => total + part, 0);
        expect(Math.abs(sum - explained)).toBeLessThan(1e-4 * scale);
      }
      expect((await numbers(gradients["query"]!)).every((part) => part === 0)).toBe(true);
      expect((await numbers(gradients["key"]!)).every((part) => part === 0)).toBe(true);
      const through = await ask("attnLrp");
      expect((await numbers(through.gradients["query"]!)).some((part) => part !== 0)).toBe(true);
      expect((await numbers(through.gradients["value"]!)).some((part) => part !== 0)).toBe(true);
    },
  );
});
