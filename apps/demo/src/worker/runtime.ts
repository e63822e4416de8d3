import type { OnnxRuntime } from "@attr/backend-onnx";
import glueAddress from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmAddress from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import * as ort from "onnxruntime-web/wasm";
import { fetchKept } from "../files/keep.ts";

/**
 * The ONNX runtime, from the page's own files.
 *
 * @param threads more than one only where the page is isolated from others (browsers share memory nowhere else).
 */
export async function openRuntime(threads: number, onBytes: (bytes: number) => void): Promise<OnnxRuntime> {
  ort.env.wasm.wasmPaths = { mjs: new URL(glueAddress, location.href).href };
  ort.env.wasm.wasmBinary = (await fetchKept(wasmAddress, onBytes)).buffer as ArrayBuffer; // readWhole made it
  ort.env.wasm.numThreads = crossOriginIsolated ? threads : 1;
  return ort;
}
