import type { TensorFlow } from "../runtime/tensor-flow.ts";

/** How an operation is differentiated, as TensorFlow.js registers it. */
export type GradientDefinition = import("@tensorflow/tfjs-core").GradConfig;

/** How an operation is computed on one backend, as TensorFlow.js registers it. */
export type KernelDefinition = import("@tensorflow/tfjs-core").KernelConfig;

/** What takes the place of TensorFlow.js's own for as long as some work lasts. */
export interface Repairs {
  readonly gradients: readonly GradientDefinition[];
  readonly kernels: readonly KernelDefinition[];
}

/**
 * Does work with other gradients and kernels registered. TensorFlow.js has one registry for all, so they stand in it for no longer than
 * the work, which is synchronous: nobody else's results change. What was registered before is back afterwards, also where the work
 * throws.
 */
export function withGradients<T>(tf: TensorFlow, repairs: Repairs, work: () => T): T {
  const restore: (() => void)[] = [];
  try {
    for (const repair of repairs.gradients) {
      const before = tf.getGradient(repair.kernelName);
      if (before !== undefined) tf.unregisterGradient(repair.kernelName);
      tf.registerGradient(repair);
      restore.push(() => {
        tf.unregisterGradient(repair.kernelName);
        if (before !== undefined) tf.registerGradient(before);
      });
    }
    for (const repair of repairs.kernels) {
      const { kernelName, backendName } = repair;
      const before = tf.getKernel(kernelName, backendName);
      if (before !== undefined) tf.unregisterKernel(kernelName, backendName);
      tf.registerKernel(repair);
      restore.push(() => {
        tf.unregisterKernel(kernelName, backendName);
        if (before !== undefined) tf.registerKernel(before);
      });
    }
    return work();
  } finally {
    for (const undo of restore.reverse()) undo();
  }
}
