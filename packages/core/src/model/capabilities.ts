import type { CausalLm } from "../causal-lm/causal-lm.ts";
import type { DifferentiableModel } from "./differentiable.ts";
import type { GraphModel, Model } from "./model.ts";

/** True for anything that can be run as a {@link Model}. */
export function isModel(value: unknown): value is Model {
  return (
    isObject(value) &&
    typeof value["run"] === "function" &&
    Array.isArray(value["inputs"]) &&
    Array.isArray(value["outputs"]) &&
    isObject(value["backend"])
  );
}

/** True for a model whose inner values can be fetched and fed: a {@link GraphModel}. */
export function isGraphModel(value: unknown): value is GraphModel {
  // A GraphModel is a Model with these three members more; they are looked at one by one.
  const members = value as Partial<Record<keyof GraphModel, unknown>>;
  return (
    isModel(value) &&
    typeof members.value === "function" &&
    typeof members.required === "function" &&
    Array.isArray(members.values)
  );
}

/** True for a model that can be differentiated: a {@link DifferentiableModel}. */
export function isDifferentiableModel(value: unknown): value is DifferentiableModel {
  // A DifferentiableModel is a Model with this member more.
  return isModel(value) && typeof (value as Partial<DifferentiableModel>).gradient === "function";
}

/** True for a {@link CausalLm}. */
export function isCausalLm(value: unknown): value is CausalLm {
  return isObject(value) && value["kind"] === "causal-lm" && typeof value["score"] === "function";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
