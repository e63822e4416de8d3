/** Element types a tensor can have. `bool` holds 0 and 1. */
export type DType = "float32" | "float64" | "int32" | "int64" | "uint8" | "bool";

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** The array that holds the elements of a tensor on the host, row-major. */
export interface DataOf {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly uint8: Uint8Array;
  readonly bool: Uint8Array;
}

export type TensorData = DataOf[DType];

/** An array of numbers that lives where its backend keeps it; only its backend can look inside. */
export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What can be made a tensor: numbers, nested arrays, or anything with data and a shape (tensors of onnxruntime included). */
export type TensorLike =
  | Tensor
  | number
  | boolean
  | bigint
  | NestedArray
  | NumberArray
  | readonly NumberArray[]
  /** A tensor of onnxruntime; one of strings is refused when it is read. */
  | { readonly data: ArrayLike<unknown>; readonly dims: Shape; readonly type: string };

export type NestedArray = readonly (number | boolean | bigint)[] | readonly NestedArray[];

/** The platform's typed arrays of numbers. */
export type NumberArray = TensorData | Int8Array | Int16Array | Uint16Array | Uint32Array | Uint8ClampedArray | BigUint64Array;

/** Tensors made inside a scope are freed when it is disposed, unless kept. Scopes nest and work across `await`. */
export interface Scope extends Disposable {
  /** Lets a tensor outlive this scope: it then belongs to the scope around it, or to the caller. */
  keep<T extends Tensor>(tensor: T): T;
}

/** Elements read back to the host. */
export interface HostData {
  readonly data: TensorData;
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * What a backend can do with arrays. Two-operand operations broadcast by numpy's rules and take operands of one dtype
 * (`equal` and `less` give `bool`). Operations never change their operands.
 */
export interface TensorBackend {
  /** Names the backend in messages: "host", "tfjs". */
  readonly name: string;
  /**
   * True where tensors lie in the host's memory and `fromData` copies the elements it is given, with no device to send them to: rows
   * are then composed by loops over arrays, which is faster than by the operations below.
   */
  readonly inHostMemory?: boolean | undefined;

  from(value: TensorLike, dtype?: DType): Tensor;
  /** Makes a tensor of elements that are already row-major; the array may be used as it is and must not be changed afterwards. */
  fromData(data: TensorData, shape: Shape, dtype: DType): Tensor;
  read(tensor: Tensor): Promise<HostData>;
  scope(): Scope;

  cast(x: Tensor, dtype: DType): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  /** Float division; integers are refused. */
  div(a: Tensor, b: Tensor): Tensor;
  maximum(a: Tensor, b: Tensor): Tensor;
  minimum(a: Tensor, b: Tensor): Tensor;
  equal(a: Tensor, b: Tensor): Tensor;
  less(a: Tensor, b: Tensor): Tensor;
  neg(x: Tensor): Tensor;
  abs(x: Tensor): Tensor;
  exp(x: Tensor): Tensor;
  log(x: Tensor): Tensor;
  sqrt(x: Tensor): Tensor;
  /** `condition ? a : b`, element by element; the three broadcast together. */
  where(condition: Tensor, a: Tensor, b: Tensor): Tensor;
  /** Reduces over `axes` (all when absent). */
  sum(x: Tensor, axes?: readonly number[], keepDims?: boolean): Tensor;
  mean(x: Tensor, axes?: readonly number[], keepDims?: boolean): Tensor;
  max(x: Tensor, axes?: readonly number[], keepDims?: boolean): Tensor;
  reshape(x: Tensor, shape: Shape): Tensor;
  transpose(x: Tensor, permutation: readonly number[]): Tensor;
  broadcastTo(x: Tensor, shape: Shape): Tensor;
  /** Elements `begin[i] .. end[i]` (exclusive) of every axis. */
  slice(x: Tensor, begin: readonly number[], end: readonly number[]): Tensor;
  concat(tensors: readonly Tensor[], axis: number): Tensor;
  /** Entries of `axis` picked by int32 `indices`; the indices' shape takes the place of the axis. */
  gather(x: Tensor, indices: Tensor, axis: number): Tensor;
  /** Product of the last two axes; the leading ones broadcast. */
  matMul(a: Tensor, b: Tensor): Tensor;
}
