/** Where a model of the user's is run. */
export const devices = [
  { name: "processor", label: "the processor (WebAssembly)" },
  { name: "graphics", label: "the graphics card (ONNX: WebGPU, TensorFlow.js: WebGL)" },
] as const;

export type DeviceName = (typeof devices)[number]["name"];
