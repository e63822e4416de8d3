import { Problem } from "./problem.ts";

/** Features that methods which fit a linear model take on: the fit grows with their cube, and nothing else is done during it. */
const most = 1000;

/** @throws Problem (400) where a method would fit a model of too many features; `way` says how there are fewer. */
export function checkFittedFeatures(method: string, features: number, way: string): void {
  if ((method === "kernel-shap" || method === "lime") && features > most)
    throw new Problem(400, `${method} fits a model of ${features} features, more than the ${most} that are fitted here: ${way}`);
}
