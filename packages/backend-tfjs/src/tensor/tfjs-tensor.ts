import type { DType, Shape, Tensor } from "@attr/core";
import type { TfTensor } from "../runtime/tensor-flow.ts";

/** What {@link TfjsTensor} tells its backend: that its memory was given back. */
type Freed = (tensor: TfjsTensor) => void;

/**
 * A tensor on a device of TensorFlow.js. What a scope does not free, and nobody disposes of, is freed once it is garbage: the memory
 * of a device is nothing the garbage collector would see by itself.
 */
export class TfjsTensor implements Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly #tensor: TfTensor;
  readonly #freed: Freed;

  /** @internal */
  constructor(tensor: TfTensor, dtype: DType, freed: Freed) {
    this.#tensor = tensor;
    this.shape = tensor.shape;
    this.dtype = dtype;
    this.#freed = freed;
  }

  /** The tensor of TensorFlow.js, not to be disposed of by itself. */
  get tensor(): TfTensor {
    return this.#tensor;
  }

  /** Whether its memory was freed. */
  get isDisposed(): boolean {
    return this.#tensor.isDisposed;
  }

  /** Gives the memory back; a second call does nothing. */
  dispose(): void {
    if (this.#tensor.isDisposed) return;
    this.#tensor.dispose();
    this.#freed(this);
  }

  /** Frees its memory, as {@link TfjsTensor.dispose} does. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
