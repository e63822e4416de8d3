import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { HostTensor } from "../tensor/host-tensor.ts";
import { AttributionResult, type AttributionResultInit } from "./attribution-result.ts";

const float = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0));
const tensors: fc.Arbitrary<HostTensor> = fc.oneof(
  fc.array(float, { maxLength: 5 }).map((data) => new HostTensor(Float64Array.from(data), [data.length], "float64")),
  fc.array(float, { minLength: 4, maxLength: 4 }).map((data) => new HostTensor(Float32Array.from(data), [2, 1, 2], "float32")),
  fc
    .array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 5 })
    .map((data) => new HostTensor(BigInt64Array.from(data), [data.length], "int64")),
  fc.array(fc.integer(), { maxLength: 5 }).map((data) => new HostTensor(Int32Array.from(data), [1, data.length], "int32")),
  fc.array(fc.nat({ max: 255 }), { maxLength: 5 }).map((data) => new HostTensor(Uint8Array.from(data), [data.length], "uint8")),
  fc.boolean().map((flag) => new HostTensor(Uint8Array.of(flag ? 1 : 0), [], "bool")),
);
const named = fc.dictionary(
  fc.string({ maxLength: 4 }).filter((name) => name !== "__proto__"),
  tensors,
  { maxKeys: 3 },
);
const path = fc.array(fc.nat(), { maxLength: 3 });
const results: fc.Arbitrary<AttributionResultInit> = fc.record(
  {
    method: fc.string(),
    attributions: named,
    evaluations: fc.record({ calls: fc.nat(), rows: fc.nat(), coalitions: fc.nat() }, { requiredKeys: ["calls", "rows"] }),
    target: fc.oneof(
      fc.nat(),
      fc.array(fc.oneof(fc.nat(), path), { maxLength: 3 }),
      path.map((indices) => ({ path: indices })),
    ),
    standardErrors: named,
    value: tensors,
    baseValue: tensors,
    delta: tensors,
    coefficients: tensors,
    intercept: tensors,
    rSquared: tensors,
    warnings: fc.array(fc.string(), { maxLength: 3 }),
  },
  { requiredKeys: ["method", "attributions", "evaluations"] },
);

describe("AttributionResult", () => {
  test.prop([results])("loads back equal from its JSON, as an object and as text", (init) => {
    const result = new AttributionResult(init);
    const text = JSON.stringify(result);
    for (const back of [
      AttributionResult.fromJSON(JSON.parse(text)),
      AttributionResult.fromJSON(text),
      AttributionResult.fromJSON(result.toJSON()),
    ]) {
      expect(back).toEqual(result);
      expect(back).toBeInstanceOf(AttributionResult);
      expect(JSON.stringify(back)).toBe(text);
    }
  });

  test("is written as the schema says", () => {
    const result = new AttributionResult({
      method: "FeatureAblation",
      attributions: { x: new HostTensor(Float64Array.of(1.5, Number.NaN, -0), [1, 3], "float64") },
      evaluations: { calls: 1, rows: 4, coalitions: 4 },
      target: 2,
      value: new HostTensor(BigInt64Array.of(2n ** 60n), [1], "int64"),
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      schema: "attr.result/1",
      method: "FeatureAblation",
      attributions: { x: { dtype: "float64", shape: [1, 3], data: [1.5, "NaN", "-0"] } },
      evaluations: { calls: 1, rows: 4, coalitions: 4 },
      warnings: [],
      target: 2,
      value: { dtype: "int64", shape: [1], data: ["1152921504606846976"] },
    });
  });

  const good = JSON.parse(
    JSON.stringify(
      new AttributionResult({
        method: "m",
        attributions: { x: new HostTensor(Float32Array.of(1), [1], "float32") },
        evaluations: { calls: 1, rows: 1 },
      }),
    ),
  );

  test.each<[string, unknown, string]>([
    ["another version", { ...good, schema: "attr.result/2" }, 'schema is "attr.result/2"'],
    ["no schema", {}, "schema is missing"],
    ["text that is no JSON", "{", "the result is not JSON"],
    ["null", null, "the result must be an object, got null"],
    ["an array", [], "the result must be an object, got an array"],
    [
      "data that does not fill the shape",
      { ...good, attributions: { x: { dtype: "float32", shape: [2], data: [1] } } },
      "holds 1 elements",
    ],
    [
      "an unknown dtype",
      { ...good, attributions: { x: { dtype: "complex", shape: [1], data: [1] } } },
      'attributions["x"] has dtype "complex"',
    ],
    [
      "elements that are no numbers",
      { ...good, value: { dtype: "float32", shape: [1], data: ["one"] } },
      'value holds "one", not a number',
    ],
    [
      "fractions in int64",
      { ...good, value: { dtype: "int64", shape: [1], data: [0.5] } },
      "value holds 0.5, not a whole number",
    ],
    ["a tensor that is none", { ...good, value: 3 }, "value must have a dtype, a shape and data"],
    ["evaluations without a count", { ...good, evaluations: { calls: 1 } }, "evaluations.rows must be a number"],
    ["warnings that are no strings", { ...good, warnings: [1] }, "warnings must be an array of strings"],
    ["a method that is none", { ...good, method: 1 }, "method must be a string"],
    ["a target that is none", { ...good, target: "cat" }, "target must be a number"],
  ])("%s is refused with a sentence", (_, json, sentence) => {
    expect(() => AttributionResult.fromJSON(json)).toThrow(sentence);
  });
});
