import { InvalidArgumentError } from "../errors.ts";
import { type ElementOf, holds } from "./dtype.ts";
import { checkShape, formatShape } from "./shape.ts";
import type { DataOf, DType, HostData, NestedArray, Shape, Tensor, TensorData } from "./tensor.ts";

/**
 * A tensor of the host backend: a typed array, row-major, and its shape. The array may be shared between tensors (a reshape does not
 * copy), so it is read and never written.
 */
export class HostTensor<D extends DType = DType> implements Tensor, HostData {
  readonly data: DataOf[D];
  readonly shape: Shape;
  readonly dtype: D;

  /** @throws InvalidArgumentError where the array is not the dtype's or does not hold exactly the shape's elements. */
  constructor(data: DataOf[D], shape: Shape, dtype: D) {
    const size = checkShape(shape);
    if (!holds(dtype, data)) throw new InvalidArgumentError(`data of dtype ${String(dtype)} cannot lie in ${nameOf(data)}`);
    if (data.length !== size)
      throw new InvalidArgumentError(`data holds ${data.length} elements, but shape ${formatShape(shape)} has ${size}`);
    this.data = data;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** The only element. @throws InvalidArgumentError where there is not exactly one. */
  item(): ElementOf[D] {
    if (this.data.length !== 1)
      throw new InvalidArgumentError(`item() reads a tensor of one element, got shape ${formatShape(this.shape)}`);
    return elementAt(this, 0);
  }

  /** The elements as nested arrays (an element itself where the shape is `[]`): int64 as bigints, bool as booleans. */
  toArray(): NestedArray | ElementOf[D] {
    if (this.shape.length === 0) return elementAt(this, 0);
    let position = 0;
    const nest = (axis: number): NestedArray => {
      const length = this.shape[axis]!;
      if (axis === this.shape.length - 1) return Array.from({ length }, () => elementAt(this, position++));
      return Array.from({ length }, () => nest(axis + 1));
    };
    return nest(0);
  }
}

function elementAt<D extends DType>(tensor: HostTensor<D>, position: number): ElementOf[D] {
  const data: TensorData = tensor.data;
  const element = data[position];
  // What the array of a dtype holds is what ElementOf says, save bool, which lies in bytes.
  return (tensor.dtype === "bool" ? element !== 0 : element) as ElementOf[D];
}

function nameOf(value: unknown): string {
  return typeof value === "object" && value !== null ? value.constructor.name : String(value);
}
