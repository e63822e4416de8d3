import { InvalidArgumentError, UnsupportedError } from "../errors.ts";
import type { Explainable } from "../methods/method.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { isCausalLm, isDifferentiableModel, isGraphModel, isModel } from "./capabilities.ts";
import type { DifferentiableGraphModel, DifferentiableModel } from "./differentiable.ts";
import type { GraphModel, Model } from "./model.ts";

/** Refuses everything but a {@link Model}, and says what to hand over instead. @throws InvalidArgumentError */
export function assertModel(value: unknown, argumentName: string): asserts value is Model {
  if (isModel(value)) return;
  if (isCausalLm(value))
    throw new InvalidArgumentError(
      `${argumentName} is a causal language model, which works on tokens and has no tensors to attribute to: ` +
        "hand the method to LLMAttribution and call attribute there",
    );
  refuse(value, argumentName);
}

/** Refuses everything but a {@link Model} or a causal language model. @throws InvalidArgumentError */
export function assertExplainable(value: unknown, argumentName: string): asserts value is Explainable {
  if (!isModel(value) && !isCausalLm(value)) refuse(value, argumentName);
}

/** Refuses everything but a {@link GraphModel}. @throws InvalidArgumentError, or UnsupportedError for a model without inner values. */
export function assertGraphModel(value: unknown, argumentName: string): asserts value is GraphModel {
  assertModel(value, argumentName);
  if (!isGraphModel(value))
    throw new UnsupportedError(
      `${argumentName} has no inner values that can be fetched and fed (a function is a black box): ` +
        "load the model from its file, as with await OnnxModel.load(path)",
    );
}

/**
 * Refuses everything but a {@link DifferentiableModel}.
 *
 * @throws InvalidArgumentError, or UnsupportedError for a model without gradients.
 */
export function assertDifferentiableModel(value: unknown, argumentName: string): asserts value is DifferentiableModel {
  if (isCausalLm(value))
    throw new InvalidArgumentError(
      `${argumentName} is a causal language model, which works on tokens and has no tensors to differentiate by: ` +
        "load its file as a model, as with await OnnxModel.load(path), and see LLMGradientAttribution; or explain it with LLMAttribution",
    );
  assertModel(value, argumentName);
  if (!isDifferentiableModel(value))
    throw new UnsupportedError(
      `${argumentName} has no gradients (a function is a black box): load the model from its file, as with await OnnxModel.load(path), ` +
        "or use a method that only runs it, such as FeatureAblation, KernelShap or ShapleyValueSampling",
    );
}

/** Refuses everything but a model with gradients and inner values. @throws as its two parts do. */
export function assertDifferentiableGraphModel(value: unknown, argumentName: string): asserts value is DifferentiableGraphModel {
  assertDifferentiableModel(value, argumentName);
  assertGraphModel(value, argumentName);
}

function refuse(value: unknown, argumentName: string): never {
  throw new InvalidArgumentError(`${argumentName} ${adviceFor(value)}`);
}

function adviceFor(value: unknown): string {
  if (value === undefined || value === null)
    return `is ${String(value)}: pass a model, as from await OnnxModel.load(path) or functionModel(fn)`;
  if (typeof value === "string") return `is the string ${JSON.stringify(value)}: load the file first, await OnnxModel.load(path)`;
  if (typeof value === "function") return adviceForFunction(value);
  if (typeof value !== "object")
    return `is ${typeof value} ${String(value)}: pass a model, as from await OnnxModel.load(path) or functionModel(fn)`;
  // Looked at by name only, so that no runtime need be known here.
  return adviceForObject(value as Readonly<Record<string, unknown>>);
}

function adviceForFunction(value: object & { readonly name?: string }): string {
  // Some model classes of transformers.js are callable.
  if ("sessions" in value && "config" in value)
    return "is a model of transformers.js: load its folder instead, await OnnxCausalLm.load(directory) or await OnnxModel.load(path)";
  const name = value.name ?? "";
  if (/^class\b/.test(Function.prototype.toString.call(value))) return `is the class ${name}: pass a model made of it`;
  if (name.startsWith("bound ")) return "is a bound function: wrap it, functionModel(fn)";
  return `is a function: wrap it, functionModel(${name === "" ? "fn" : name})`;
}

function adviceForObject(value: Readonly<Record<string, unknown>>): string {
  if (typeof value["then"] === "function") return "is a promise: await it first";
  if (value instanceof HostTensor) return "is a tensor: pass the model first and the tensor to attribute";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return "is the bytes of a file: load them first, await OnnxModel.load(bytes)";
  if (typeof value["run"] === "function" && Array.isArray(value["inputNames"]))
    return "is a session of onnxruntime, which keeps no graph to look into: load the file itself, await OnnxModel.load(path)";
  if (typeof value["predict"] === "function")
    return "is a model of TensorFlow.js: wrap it, functionModel((inputs) => …) with its predict inside";
  if (typeof value["estimate"] === "function" || typeof value["attribute"] === "function")
    return "is an attribution method: pass the model it explains, method.model";
  if (typeof value["encode"] === "function" && typeof value["decode"] === "function")
    return "is a tokenizer: pass the model it belongs to";
  const name = value.constructor?.name;
  return `is ${name === undefined || name === "Object" ? "an object that is no model" : `an instance of ${name}`}: pass a model, as from await OnnxModel.load(path) or functionModel(fn)`;
}
