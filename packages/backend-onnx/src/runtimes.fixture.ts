import * as node from "onnxruntime-node";
import * as web from "onnxruntime-web";
import type { OnnxRuntime } from "./runtime/runtime.ts";

/** Both runtimes: onnxruntime-web runs in Node too, as WebAssembly. */
export const runtimes: readonly { readonly name: string; readonly runtime: OnnxRuntime }[] = [
  { name: "onnxruntime-node", runtime: node },
  { name: "onnxruntime-web", runtime: web },
];
