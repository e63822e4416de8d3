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

/** The elements of a tensor in the host's memory, row-major. */
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

/** Numbers in arrays of arrays, all of one depth; arrays of one level have one length. */
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

  /** Makes a tensor of a number, nested arrays or a typed array; the dtype is that of the value where none is given. */
  from(value: TensorLike, dtype?: DType): Tensor;
  /** Makes a tensor of elements that are already row-major; the array may be used as it is and must not be changed afterwards. */
  fromData(data: TensorData, shape: Shape, dtype: DType): Tensor;
  /** The elements, brought to the host. */
  read(tensor: Tensor): Promise<HostData>;
  /** Opens a scope: tensors made until it is disposed are freed with it, unless it was told to keep them. */
  scope(): Scope;

  /** Another dtype, as NumPy casts: floats are cut off towards 0 where they become integers, and everything but 0 is true. */
  cast(x: Tensor, dtype: DType): Tensor;
  /** The sum, element by element; shapes broadcast as in NumPy. */
  add(a: Tensor, b: Tensor): Tensor;
  /** The difference, element by element; shapes broadcast. */
  sub(a: Tensor, b: Tensor): Tensor;
  /** The product, element by element; shapes broadcast. */
  mul(a: Tensor, b: Tensor): Tensor;
  /** Float division; integers are refused. */
  div(a: Tensor, b: Tensor): Tensor;
  /** The larger of two, element by element; shapes broadcast. */
  maximum(a: Tensor, b: Tensor): Tensor;
  /** The smaller of two, element by element; shapes broadcast. */
  minimum(a: Tensor, b: Tensor): Tensor;
  /** Whether two are equal, element by element, as bool; shapes broadcast. */
  equal(a: Tensor, b: Tensor): Tensor;
  /** Whether the first is less, element by element, as bool; shapes broadcast. */
  less(a: Tensor, b: Tensor): Tensor;
  /** The negative of every element. */
  neg(x: Tensor): Tensor;
  /** The magnitude of every element. */
  abs(x: Tensor): Tensor;
  /** e to the power of every element. */
  exp(x: Tensor): Tensor;
  /** The natural logarithm of every element. */
  log(x: Tensor): Tensor;
  /** The square root of every element. */
  sqrt(x: Tensor): Tensor;
  /** `condition ? a : b`, element by element; the three broadcast together. */
  where(condition: Tensor, a: Tensor, b: Tensor): Tensor;
  /** Reduces over `axes` (all when absent). */
  sum(x: Tensor, axes?: readonly number[], keepDims?: boolean): Tensor;
  /** The mean over `axes` (all when absent). */
  mean(x: Tensor, axes?: readonly number[], keepDims?: boolean): Tensor;
  /** The largest over `axes` (all when absent). */
  max(x: Tensor, axes?: readonly number[], keepDims?: boolean): Tensor;
  /** The same elements, in order, in another shape of the same size. */
  reshape(x: Tensor, shape: Shape): Tensor;
  /** Axis `i` of the result is axis `permutation[i]` of `x`. */
  transpose(x: Tensor, permutation: readonly number[]): Tensor;
  /** Repeats `x` along axes of size 1 and new leading ones. */
  broadcastTo(x: Tensor, shape: Shape): Tensor;
  /** Elements `begin[i] .. end[i]` (exclusive) of every axis. */
  slice(x: Tensor, begin: readonly number[], end: readonly number[]): Tensor;
  /** The tensors one after another along an axis; the other axes agree. */
  concat(tensors: readonly Tensor[], axis: number): Tensor;
  /** Entries of `axis` picked by int32 `indices`; the indices' shape takes the place of the axis. */
  gather(x: Tensor, indices: Tensor, axis: number): Tensor;
  /** Product of the last two axes; the leading ones broadcast. */
  matMul(a: Tensor, b: Tensor): Tensor;
}
