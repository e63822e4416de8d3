import { InvalidArgumentError } from "@attr/core";

/**
 * The functions of `@tensorflow/tfjs-core`, as that package exports them; `@tensorflow/tfjs` and `@tensorflow/tfjs-node` have them
 * all.
 */
export type TensorFlow = typeof import("@tensorflow/tfjs-core");

/** The part of `@tensorflow/tfjs-layers` that is used. */
export type TensorFlowLayers = Pick<typeof import("@tensorflow/tfjs-layers"), "loadLayersModel" | "layers">;

/** The part of `@tensorflow/tfjs-converter` that is used. */
export type TensorFlowConverter = Pick<typeof import("@tensorflow/tfjs-converter"), "loadGraphModelSync">;

/** A tensor of TensorFlow.js. */
export type TfTensor = import("@tensorflow/tfjs-core").Tensor;

/** What runs the kernels and keeps the tape. */
export type Engine = ReturnType<TensorFlow["engine"]>;

/** @throws InvalidArgumentError where it is not TensorFlow.js; from JavaScript anything can be handed over. */
export function checkTensorFlow(tf: unknown): asserts tf is TensorFlow {
  const functions = ["engine", "tidy", "keep", "tensor", "getBackend", "registerGradient"] as const;
  const isModule = typeof tf === "object" && tf !== null;
  const missing = functions.filter((name) => !isModule || typeof (tf as Readonly<Record<string, unknown>>)[name] !== "function");
  if (missing.length > 0)
    throw new InvalidArgumentError(
      `options.tf must be the module @tensorflow/tfjs-core, @tensorflow/tfjs or @tensorflow/tfjs-node, got ${
        tf instanceof Promise ? "a Promise (await the import)" : isModule ? `an object without ${missing[0]}` : String(tf)
      }`,
    );
}
