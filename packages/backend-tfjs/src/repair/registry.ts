import type { TensorFlow } from "../runtime/tensor-flow.ts";
import { arrangingGradients } from "./arranging.ts";
import { broadcastingGradients } from "./broadcasting.ts";
import { convolutionGradients } from "./convolution.ts";
import { einsumGradients } from "./einsum.ts";
import { gatheringGradients } from "./gathering.ts";
import { repairedKernels } from "./kernels.ts";
import { matMulGradients } from "./mat-mul.ts";
import { poolingGradients } from "./pooling.ts";
import { productGradients } from "./product.ts";
import { resizingGradients } from "./resizing.ts";
import type { Repairs } from "./with-gradients.ts";

/** Everything that is repaired while a gradient is taken, on the backend that TensorFlow.js runs at the moment. */
export function repairsFor(tf: TensorFlow): Repairs {
  return {
    gradients: [
      ...convolutionGradients(tf),
      ...poolingGradients(tf),
      ...arrangingGradients(tf),
      ...gatheringGradients(tf),
      ...broadcastingGradients(tf),
      ...resizingGradients(tf),
      ...matMulGradients(tf),
      ...productGradients(tf),
      ...einsumGradients(tf),
    ],
    kernels: repairedKernels(tf),
  };
}

/** What is repaired while a model is run forward. */
export function forwardRepairs(tf: TensorFlow): Repairs {
  return { gradients: [], kernels: repairedKernels(tf) };
}
