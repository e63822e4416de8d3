import type { OnnxRuntime, SessionOptions } from "@attr/backend-onnx";
import type { WorkProgress } from "../worker/messages.ts";
import { openRuntime } from "../worker/runtime.ts";
import type { DeviceName } from "./device.ts";

/** An ONNX runtime, what it runs on in words, and what its sessions are told. */
export interface FetchedRuntime {
  readonly runtime: OnnxRuntime;
  readonly runsOn: string;
  readonly session?: SessionOptions | undefined;
}

/** The runtime for a device. Where there is no graphics adapter it is that of the processor, and the sentence says so. */
export async function fetchedRuntime(device: DeviceName, tell: (progress: WorkProgress) => void): Promise<FetchedRuntime> {
  const onBytes = (done: number): void => tell({ doing: "Loading the runtime", done, unit: "bytes" });
  if (device === "graphics") {
    const refusal = await adapterRefusal();
    if (refusal === undefined) {
      const { openGpuRuntime } = await import("./onnx-gpu-runtime.ts");
      const runtime = await openGpuRuntime(onBytes);
      return { runtime, runsOn: "the graphics card, by WebGPU", session: { executionProviders: ["webgpu", "wasm"] } };
    }
    return { ...(await onProcessor(onBytes)), runsOn: `the processor: ${refusal}` };
  }
  return await onProcessor(onBytes);
}

async function onProcessor(onBytes: (bytes: number) => void): Promise<FetchedRuntime> {
  const threads = crossOriginIsolated ? Math.min(4, Math.max(1, Math.floor(navigator.hardwareConcurrency / 2))) : 1;
  const runtime = await openRuntime(threads, onBytes);
  return { runtime, runsOn: `the processor, by WebAssembly on ${threads} ${threads === 1 ? "thread" : "threads"}` };
}

/** The part of WebGPU that is looked at; the DOM's types do not have it yet. */
interface Gpu {
  requestAdapter(): Promise<object | null>;
}

/** Why there is no graphics card to run on; undefined where there is one. */
async function adapterRefusal(): Promise<string | undefined> {
  const { gpu } = navigator as { readonly gpu?: Gpu };
  if (gpu === undefined) return "this browser has no WebGPU";
  try {
    return (await gpu.requestAdapter()) === null ? "WebGPU finds no graphics card here" : undefined;
  } catch (error) {
    return `WebGPU does not start (${error instanceof Error ? error.message : String(error)})`;
  }
}
