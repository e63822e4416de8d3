import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import plainAddress from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simdAddress from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Tells TensorFlow.js's WebAssembly where the page has its files, and that it runs on one thread: its threads are made of a text, which
 * the page's own rules forbid.
 *
 * @param keep loads a file and keeps it, so that it is there when the network is not.
 */
export async function setWasmFiles(keep: (address: string) => Promise<unknown>): Promise<void> {
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  const address = (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) === true ? simdAddress : plainAddress;
  await keep(address);
  const absolute = (path: string): string => new URL(path, location.href).href;
  setWasmPaths({
    "tfjs-backend-wasm.wasm": absolute(plainAddress),
    "tfjs-backend-wasm-simd.wasm": absolute(simdAddress),
    "tfjs-backend-wasm-threaded-simd.wasm": absolute(simdAddress),
  });
}
