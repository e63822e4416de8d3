import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { type Quadrature, quadratureRule } from "./quadrature.ts";

const all: readonly Quadrature[] = ["gauss-legendre", "riemann-left", "riemann-middle", "riemann-right", "trapezoid"];

function integral(rule: Quadrature, steps: number, f: (x: number) => number): number {
  const { nodes, weights } = quadratureRule(rule, steps);
  return nodes.reduce((sum, x, i) => sum + weights[i]! * f(x), 0);
}

describe("quadratures", () => {
  test.prop([fc.constantFrom(...all), fc.integer({ min: 2, max: 200 })])(
    "have nodes in order within [0, 1] and weights that sum to 1",
    (rule, steps) => {
      const { nodes, weights } = quadratureRule(rule, steps);
      expect(nodes).toHaveLength(steps);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      nodes.forEach((node, i) => {
        expect(node).toBeGreaterThanOrEqual(i === 0 ? 0 : nodes[i - 1]!);
        expect(node).toBeLessThanOrEqual(1);
      });
    },
  );

  test.prop([fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true })])(
    "of Gauss and Legendre are exact for polynomials up to degree 2 n − 1",
    (steps, share) => {
      const degree = Math.floor(share * (2 * steps - 1));
      expect(integral("gauss-legendre", steps, (x) => x ** degree)).toBeCloseTo(1 / (degree + 1), 12);
    },
  );

  // captum-cases C001 to C003 and C005; of C004 the weights are those that sum to 1.
  test("have the published nodes and weights", () => {
    expect([...quadratureRule("riemann-left", 4).nodes]).toEqual([0, 0.25, 0.5, 0.75]);
    expect([...quadratureRule("riemann-right", 4).nodes]).toEqual([0.25, 0.5, 0.75, 1]);
    expect([...quadratureRule("riemann-middle", 4).nodes]).toEqual([0.125, 0.375, 0.625, 0.875]);
    const trapezoid = quadratureRule("trapezoid", 4);
    expect([...trapezoid.nodes]).toEqual([0, 1 / 3, 2 / 3, 1]);
    expect([...trapezoid.weights].map((weight) => 6 * weight)).toEqual([1, 2, 2, 1]);
    const gauss = quadratureRule("gauss-legendre", 5);
    [0.04691008, 0.23076534, 0.5, 0.76923466, 0.95308992].forEach((node, i) => {
      expect(gauss.nodes[i]).toBeCloseTo(node, 8);
    });
    [0.11846344, 0.23931434, 0.28444444].forEach((weight, i) => {
      expect(gauss.weights[i]).toBeCloseTo(weight, 8);
    });
  });

  test("refuse other names, and steps they cannot have", () => {
    expect(() => quadratureRule("simpson" as Quadrature, 5)).toThrow("quadrature must be");
    expect(() => quadratureRule("gauss-legendre", 0)).toThrow("steps must be a whole number from 1 up");
    expect(() => quadratureRule("trapezoid", 1)).toThrow("from 2 up for trapezoid");
  });
});
