import type { OpenModel } from "./opened-model.ts";

/** Opens a model of either kind; the code for TensorFlow.js is loaded where it is needed. */
export const openModel: OpenModel = async (files, device, tell) => {
  const open = files.kind === "onnx" ? (await import("./open-onnx.ts")).openOnnx : (await import("./open-tfjs.ts")).openTfjs;
  return await open(files, device, tell);
};
