import type { TensorFlow } from "../runtime/tensor-flow.ts";
import { arrangingGradients } from "./arranging.ts";
import { convolutionGradients } from "./convolution.ts";
import { gatheringGradients } from "./gathering.ts";
import { matMulGradients, matMulKernels } from "./mat-mul.ts";
import { poolingGradients } from "./pooling.ts";
import { productGradients } from "./product.ts";
import type { Repairs } from "./with-gradients.ts";

/** Everything that is repaired while a gradient is taken, on the backend that TensorFlow.js runs at the moment. */
export function repairsFor(tf: TensorFlow): Repairs {
  return {
    gradients: [
      ...convolutionGradients(tf),
      ...poolingGradients(tf),
      ...arrangingGradients(tf),
      ...gatheringGradients(tf),
      ...matMulGradients(tf),
      ...productGradients(tf),
    ],
    kernels: tf.getBackend() === "wasm" ? matMulKernels(tf) : [],
  };
}
