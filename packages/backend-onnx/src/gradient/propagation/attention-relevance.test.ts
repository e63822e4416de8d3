import { type AttentionRule, seededRandom, tensor } from "@attr/core";
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { smallTransformer } from "../../../../core/src/model/small-transformer.fixture.ts";
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
  test.prop([spellings, fc.constantFrom<AttentionRule>("attnLrp", "cpLrp"), fc.integer({ min: 0, max: 9999 })], { numRuns: 40 })(
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
});
