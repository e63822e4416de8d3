import { HostTensor } from "@attr/core";
import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { concentration } from "./layer-results.ts";

const scores = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }), { maxLength: 12 });

property.prop([scores])("no fewer units hold half of the strength, and those that are counted do", (values) => {
  const { units, of } = concentration(new HostTensor(Float32Array.from(values), [values.length], "float32"));
  const magnitudes = values.map(Math.abs).sort((a, b) => b - a);
  const held = (count: number): number => magnitudes.slice(0, count).reduce((sum, value) => sum + value, 0);
  const half = held(values.length) / 2;
  expect(of).toBe(values.length);
  expect(held(units)).toBeGreaterThanOrEqual(half - 1e-4);
  if (units > 0) expect(held(units - 1)).toBeLessThan(half + 1e-4);
});

test("a silent layer has no units that matter", () => {
  expect(concentration(new HostTensor(new Float32Array(5), [5], "float32"))).toEqual({ units: 0, of: 5 });
});
