import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { logSumExp } from "./log-sum-exp.ts";

const logits = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 20 });

test.prop([logits])("it is log(sum(exp))", (list) => {
  const naive = Math.log(list.reduce((sum, entry) => sum + Math.exp(entry), 0));
  expect(logSumExp(Float32Array.from([99, ...list, 99]), 1, list.length)).toBeCloseTo(naive, 10);
});

test.prop([logits, fc.constantFrom(-1e4, 1e4)])("large logits neither overflow nor vanish", (list, shift) => {
  const data = Float64Array.from(list, (entry) => entry + shift);
  expect(logSumExp(data, 0, data.length) - shift).toBeCloseTo(logSumExp(Float64Array.from(list), 0, data.length), 8);
});

test("impossible tokens count nothing; no number comes of NaN, of infinity, or of nothing possible", () => {
  expect(logSumExp(Float32Array.of(Number.NEGATIVE_INFINITY, 0), 0, 2)).toBe(0);
  expect(logSumExp(Float32Array.of(Number.NaN, 0), 0, 2)).toBeNaN();
  expect(logSumExp(Float32Array.of(Number.POSITIVE_INFINITY, 0), 0, 2)).toBeNaN();
  expect(logSumExp(Float32Array.of(Number.NEGATIVE_INFINITY), 0, 1)).toBeNaN();
});
