import { isOpaqueTensor, toHostTensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { DType, Tensor, TensorBackend, TensorLike } from "../tensor/tensor.ts";

/** A value as a tensor of the model's backend and of the dtype it declares; `what` names it in messages. */
export function toModelTensor(backend: TensorBackend, value: TensorLike, dtype: DType | undefined, what: string): Tensor {
  if (isOpaqueTensor(value)) {
    // Its elements are not on the host, so it is the backend's own.
    const own = value as Tensor;
    return dtype === undefined || own.dtype === dtype ? own : backend.cast(own, dtype);
  }
  const tensor = toHostTensor(value, dtype, what);
  return backend === hostBackend ? tensor : backend.fromData(tensor.data, tensor.shape, tensor.dtype);
}
