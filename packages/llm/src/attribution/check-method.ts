import { type Explainable, type GameMethod, InvalidArgumentError, UnsupportedError } from "@attr/core";

/** Methods that perturb a tensor in a way that a prompt has no counterpart of, and what to use instead. */
const withoutCounterpart: Readonly<Record<string, string>> = {
  FeaturePermutation: "it exchanges values between the examples of a batch, and a prompt is one example: use FeatureAblation",
};

/**
 * Refuses what is no perturbation method over a model, and says what to pass.
 *
 * @param taker Who takes the method, for the sentence: "LLMAttribution".
 */
export function checkMethod(method: unknown, taker: string): asserts method is GameMethod<Explainable> {
  const example = `new ${taker}(new FeatureAblation(model), tokenizer)`;
  if (typeof method === "function")
    throw new InvalidArgumentError(
      `method must be an attribution method made over a model, got ${method.name === "" ? "a function" : `the function or class ${method.name}`}: ${example}`,
    );
  if (typeof method !== "object" || method === null)
    throw new InvalidArgumentError(
      `method must be an attribution method made over a model, got ${method === null ? "null" : method === undefined ? "nothing" : typeof method}: ${example}`,
    );
  const name = "name" in method && typeof method.name === "string" ? method.name : method.constructor.name;
  const reason = withoutCounterpart[name] ?? withoutCounterpart[method.constructor.name];
  if (reason !== undefined) throw new UnsupportedError(`${taker} cannot use ${name}: ${reason}`);
  if ("estimate" in method && typeof method.estimate === "function" && "model" in method) return;
  if ("score" in method || "run" in method || "predict" in method)
    throw new InvalidArgumentError(`method must be an attribution method made over a model, got the model itself: ${example}`);
  if ("attribute" in method)
    throw new UnsupportedError(
      `${taker} cannot use ${name}, which looks inside the model: use a perturbation method (FeatureAblation, Occlusion, ShapleyValues, ShapleyValueSampling, KernelShap, Lime), or LLMGradientAttribution for gradients at the embedding`,
    );
  throw new InvalidArgumentError(
    `method must be an attribution method made over a model, got an object that is none: ${example}`,
  );
}
