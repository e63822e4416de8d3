import { InvalidArgumentError } from "../errors.ts";
import type { CausalLm } from "./causal-lm.ts";

const advice =
  "load one with a backend (OnnxCausalLm.load(directory) of @attr/backend-onnx), or make one of a Model with modelCausalLm(model, layout)";

/**
 * Holds that a value is a {@link CausalLm}; what people pass instead gets a sentence that says what to pass.
 *
 * @param name how the argument is called in the sentence
 * @throws InvalidArgumentError
 */
export function assertCausalLm(value: unknown, name: string): asserts value is CausalLm {
  if (isObject(value) && value["kind"] === "causal-lm" && isFunction(value["score"])) return;
  throw new InvalidArgumentError(`${name} must be a CausalLm, got ${instead(value)}`);
}

function instead(value: unknown): string {
  if (isFunction(value)) return insteadOfFunction(value);
  if (typeof value === "string")
    return `the string ${JSON.stringify(value)}: load the model first, await OnnxCausalLm.load(directory)`;
  if (!isObject(value)) return `${value === null ? "null" : typeof value}: ${advice}`;
  if (isFunction(value["then"])) return "a Promise: await it first";
  if (isFunction(value["run"]) && Array.isArray(value["inputNames"]))
    return `a session of onnxruntime, which does not say what its inputs mean: ${advice}`;
  if (isFunction(value["run"]) && Array.isArray(value["inputs"]))
    return "a Model: say which of its inputs and outputs play which role, modelCausalLm(model, layout)";
  if (isFunction(value["predict"]) && isFunction(value["execute"])) return `a TensorFlow.js model: ${advice}`;
  if (isFunction(value["attribute"])) return `an attribution method (${nameOf(value)}): pass the language model it explains`;
  if (isFunction(value["encode"])) return `a tokenizer (${nameOf(value)}): ${advice}`;
  return `${nameOf(value)}: ${advice}`;
}

function insteadOfFunction(value: { readonly name: string; readonly prototype?: unknown }): string {
  const properties: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.getOwnPropertyNames(value).map((key) => [key, Reflect.get(value, key)]),
  );
  if (isFunction(properties["load"])) return `the class ${value.name} itself: pass what await ${value.name}.load(...) gives`;
  if ("tokenizer" in properties || "model" in properties) return `a pipeline, which hides its model behind a call: ${advice}`;
  const bound = value.name.startsWith("bound ");
  const name = value.name === "" ? "" : ` (${value.name})`;
  return `${bound ? "a function with bound arguments" : "a function"}${name}: a language model is asked for scores and for text, which a function cannot tell apart; ${advice}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === "function";
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" && name !== "Object" ? `a ${name}` : "an object that is none";
}
