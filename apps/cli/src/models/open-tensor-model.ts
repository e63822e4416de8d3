import { fileURLToPath } from "node:url";
import { OnnxModel } from "@attr/backend-onnx";
import type { TfjsModel } from "@attr/backend-tfjs";
import { UnsupportedError } from "@attr/core";
import { type FoundModel, findModel } from "./find-model.ts";

/** A model over tensors, and where it was found. */
export type TensorModel = FoundModel &
  ({ readonly kind: "onnx"; readonly model: OnnxModel } | { readonly kind: "tfjs"; readonly model: TfjsModel });

/**
 * Opens a model of ONNX or TensorFlow.js.
 *
 * @throws InvalidArgumentError for what is no model; UnsupportedError where it needs TensorFlow.js and that is not installed.
 */
export async function openTensorModel(at: string | URL): Promise<TensorModel> {
  const found = findModel(at instanceof URL ? fileURLToPath(at) : at);
  if (found.kind === "onnx") return { ...found, kind: "onnx", model: await OnnxModel.load(found.path, { name: found.name }) };
  const { TfjsModel, tf } = await tensorFlow(found.path);
  return { ...found, kind: "tfjs", model: await TfjsModel.load(found.path, { tf, name: found.name }) };
}

type TensorFlowJs = typeof import("@tensorflow/tfjs");

/** TensorFlow.js on the fastest of its backends that is installed; its greeting on the standard error is left out. */
async function tensorFlow(
  path: string,
): Promise<{ readonly TfjsModel: typeof import("@attr/backend-tfjs").TfjsModel; readonly tf: TensorFlowJs }> {
  let backend: typeof import("@attr/backend-tfjs");
  let tf: TensorFlowJs;
  try {
    backend = await import("@attr/backend-tfjs");
    tf = moduleOf(await import("@tensorflow/tfjs"));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND")) throw cause;
    throw new UnsupportedError(
      `"${path}" is a model of TensorFlow.js, which is not installed beside attr: npm install --global @attr/backend-tfjs @tensorflow/tfjs`,
      { cause },
    );
  }
  tf.enableProdMode();
  await backend.openTensorFlow({ tf });
  return { TfjsModel: backend.TfjsModel, tf };
}

/** Node sees the functions of this CommonJS package in its default export. */
function moduleOf(loaded: Partial<TensorFlowJs> & { readonly default?: TensorFlowJs }): TensorFlowJs {
  return loaded.default !== undefined && loaded.engine === undefined ? loaded.default : (loaded as TensorFlowJs);
}
