import { InvalidArgumentError } from "@attr/core";

const wanted = "pass the model's folder (a path, an address, or its files by name) or the path of its .onnx file";

/** Tells what to pass instead of the things that are no language model's folder but are often taken for one. */
export function refuseOtherLmSources(source: unknown): void {
  const wrong = whatItIs(source);
  if (wrong !== undefined) throw new InvalidArgumentError(`source of OnnxCausalLm.load is ${wrong}`);
}

function whatItIs(source: unknown): string | undefined {
  if (source === "") return `an empty string: ${wanted}`;
  if (typeof source === "string") return undefined;
  if (typeof source === "function") return `a function, whose model cannot be seen: ${wanted}`;
  if (typeof source !== "object" || source === null) return `${source === null ? "null" : typeof source}: ${wanted}`;
  if (source instanceof URL || ArrayBuffer.isView(source) || source instanceof ArrayBuffer) return undefined;
  if ("then" in source) return "a Promise: await it first";
  if ("run" in source && "inputNames" in source)
    return `a session of onnxruntime, which does not say what it was made of: ${wanted}`;
  if ("run" in source && "backend" in source)
    return "a model that is loaded already: make a language model of it with modelCausalLm(model, layout) of @attr/core";
  if ("kind" in source && source.kind === "causal-lm") return "a language model that is loaded already: use it as it is";
  if ("href" in source) return undefined;
  const other = Object.entries(source).find(([, bytes]) => !(ArrayBuffer.isView(bytes) || bytes instanceof ArrayBuffer));
  return other === undefined ? undefined : `an object whose "${other[0]}" holds no bytes: ${wanted}`;
}
