import type { OnnxRuntime } from "@attr/backend-onnx";
import glueAddress from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import wasmAddress from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import * as ort from "onnxruntime-web/webgpu";
import { fetchKept } from "../files/keep.ts";

/** The ONNX runtime with kernels for graphics cards, from the page's own files: twice as heavy as the one for processors. */
export async function openGpuRuntime(onBytes: (bytes: number) => void): Promise<OnnxRuntime> {
  ort.env.wasm.wasmPaths = { mjs: new URL(glueAddress, location.href).href };
  ort.env.wasm.wasmBinary = (await fetchKept(wasmAddress, onBytes)).buffer as ArrayBuffer; // it was made whole
  ort.env.wasm.numThreads = 1;
  return ort;
}
