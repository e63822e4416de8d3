import type { OnnxRuntime } from "@attr/backend-onnx";
import { widenWeights } from "../files/half-weights.ts";
import { fetchKept } from "../files/keep.ts";
import type { WorkProgress } from "./messages.ts";
import { openRuntime } from "./runtime.ts";

/** An embedded model's files by name, and what runs them. */
export interface EmbeddedModel {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly runtime: OnnxRuntime;
}

/**
 * Loads one of the models that come with the page, and the runtime. They are small: threads would cost them more than they give.
 *
 * @param addresses of its files, by their paths: the configuration, what prepares its inputs, and `model.half.onnx`.
 */
export async function openEmbedded(
  addresses: Readonly<Record<string, string>>,
  onProgress: (progress: WorkProgress) => void,
): Promise<EmbeddedModel> {
  const bytes = new Map<string, number>();
  const counted = (name: string) => (loaded: number) => {
    bytes.set(name, loaded);
    const done = [...bytes.values()].reduce((sum, part) => sum + part, 0);
    onProgress({ doing: "Loading the model", done, unit: "bytes" });
  };
  const load = async ([path, address]: [string, string]): Promise<[string, Uint8Array]> => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const file = await fetchKept(address, counted(name));
    return name === "model.half.onnx" ? ["onnx/model.onnx", widenWeights(file)] : [name, file];
  };
  const [runtime, ...files] = await Promise.all([openRuntime(1, counted("runtime")), ...Object.entries(addresses).map(load)]);
  return { files: Object.fromEntries(files), runtime };
}
