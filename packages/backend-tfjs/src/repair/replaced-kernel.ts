import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import type { KernelDefinition } from "./with-gradients.ts";

/** One call of a kernel: kernels are called with tensors, by name. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, TfTensor | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/**
 * A kernel for some backend that computes by other operations where `compute` gives a tensor, and as before where it gives none. Empty
 * where the backend has no such kernel.
 */
export function replacedKernel(
  tf: TensorFlow,
  backendName: string,
  kernelName: string,
  compute: (call: KernelCall, own: (call: Partial<KernelCall>) => TfTensor) => TfTensor | undefined,
): readonly KernelDefinition[] {
  const own = tf.getKernel(kernelName, backendName);
  if (own === undefined) return [];
  return [
    {
      ...own,
      kernelFunc: (call) => {
        const given = call as unknown as KernelCall;
        // The kernel as it was, on other operands or attributes.
        const before = (change: Partial<KernelCall>): TfTensor => {
          const info = own.kernelFunc({ ...call, ...change } as Parameters<typeof own.kernelFunc>[0]); // its own, or tensors
          return Array.isArray(info) || "rank" in info
            ? (info as unknown as TfTensor) // some kernels give tensors already
            : tf.engine().makeTensorFromTensorInfo(info);
        };
        let result: TfTensor | undefined;
        tf.tidy(() => {
          result = compute(given, before);
          return result;
        });
        return result ?? own.kernelFunc(call);
      },
    },
  ];
}
