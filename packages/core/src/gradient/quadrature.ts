import { InvalidArgumentError } from "../errors.ts";

/** A rule for integrals over [0, 1]: Gauss and Legendre's, a Riemann sum, or trapezoids. */
export type Quadrature = "gauss-legendre" | "riemann-left" | "riemann-middle" | "riemann-right" | "trapezoid";

/** Where a rule looks at the function, and the weight of each look; the weights sum to 1. */
export interface QuadratureRule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * A quadrature rule of so many nodes in [0, 1]. Gauss and Legendre's is exact for polynomials up to degree `2 steps − 1`.
 *
 * @throws InvalidArgumentError for an unknown name, or a number of steps that is not a whole number from 1 up (2 for trapezoids).
 */
export function quadratureRule(quadrature: Quadrature, steps: number): QuadratureRule {
  const least = quadrature === "trapezoid" ? 2 : 1;
  if (!Number.isInteger(steps) || steps < least)
    throw new InvalidArgumentError(`steps must be a whole number from ${least} up for ${quadrature}, got ${String(steps)}`);
  switch (quadrature) {
    case "gauss-legendre":
      return gaussLegendre(steps);
    case "riemann-left":
      return riemann(steps, 0);
    case "riemann-middle":
      return riemann(steps, 0.5);
    case "riemann-right":
      return riemann(steps, 1);
    case "trapezoid": {
      const between = steps - 1;
      const inside = (i: number): boolean => i > 0 && i < between;
      return {
        nodes: Float64Array.from({ length: steps }, (_, i) => i / between),
        weights: Float64Array.from({ length: steps }, (_, i) => (inside(i) ? 1 : 0.5) / between),
      };
    }
    default:
      throw new InvalidArgumentError(
        `quadrature must be "gauss-legendre", "riemann-left", "riemann-middle", "riemann-right" or "trapezoid", got ${JSON.stringify(quadrature) ?? String(quadrature)}`,
      );
  }
}

function riemann(steps: number, at: number): QuadratureRule {
  return {
    nodes: Float64Array.from({ length: steps }, (_, i) => (i + at) / steps),
    weights: new Float64Array(steps).fill(1 / steps),
  };
}

/** Roots of the Legendre polynomial by Newton's method, from the asymptotic formula on. */
function gaussLegendre(steps: number): QuadratureRule {
  const nodes = new Float64Array(steps);
  const weights = new Float64Array(steps);
  for (let i = 0; i < Math.ceil(steps / 2); i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (steps + 0.5));
    let slope = 1;
    for (let iteration = 0; iteration < 100; iteration++) {
      let [before, value] = [0, 1];
      for (let degree = 1; degree <= steps; degree++)
        [before, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree];
      slope = (steps * (x * value - before)) / (x * x - 1);
      const move = value / slope;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    if (2 * i + 1 === steps) x = 0;
    const weight = 1 / ((1 - x * x) * slope * slope);
    nodes[i] = (1 - x) / 2;
    nodes[steps - 1 - i] = (1 + x) / 2;
    weights[i] = weight;
    weights[steps - 1 - i] = weight;
  }
  return { nodes, weights };
}
