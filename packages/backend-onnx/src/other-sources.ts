import { InvalidArgumentError } from "@attr/core";

/** Tells what to pass instead of the things that are not an ONNX file but are often taken for one. */
export function refuseOtherSources(source: unknown): void {
  const wanted = "pass the path, address or bytes of an .onnx file";
  if (typeof source === "function")
    throw new InvalidArgumentError(`a function is no ONNX file: ${wanted}, or make a model of the function with functionModel`);
  if (typeof source === "string" || source instanceof URL) {
    if (/\.json([?#]|$)/i.test(String(source)))
      throw new InvalidArgumentError(`"${source}" looks like a TensorFlow.js model: ${wanted}, or use @attr/backend-tfjs`);
    if (String(source) === "") throw new InvalidArgumentError(`the path of the ONNX file is empty`);
    return;
  }
  if (typeof source !== "object" || source === null) throw new InvalidArgumentError(`${source} is no ONNX file: ${wanted}`);
  if ("then" in source) throw new InvalidArgumentError(`the ONNX file is still a Promise: await it`);
  if ("inputNames" in source && "run" in source)
    throw new InvalidArgumentError(
      `an InferenceSession was passed: pass the file that it was made of, since values inside the network cannot be reached through a session`,
    );
  if ("model" in source) {
    refuseOtherSources(source.model);
    return;
  }
  if (
    !(
      ArrayBuffer.isView(source) ||
      source instanceof ArrayBuffer ||
      Object.prototype.toString.call(source) === "[object ArrayBuffer]"
    )
  )
    throw new InvalidArgumentError(
      `an object with the keys ${Object.keys(source).slice(0, 5).join(", ") || "(none)"} is no ONNX file: ${wanted}`,
    );
}
