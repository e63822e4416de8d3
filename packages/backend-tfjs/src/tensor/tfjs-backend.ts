import {
  AttributionError,
  broadcastShapes,
  checkShape,
  type DType,
  formatShape,
  type HostData,
  hostBackend,
  InvalidArgumentError,
  resolveAxis,
  type Shape,
  sameShape,
  sizeOf,
  type Tensor,
  type TensorBackend,
  type TensorData,
  type TensorLike,
  UnsupportedError,
} from "@attr/core";
import { type PassedOver, passedOverFor } from "../runtime/open-tensor-flow.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { resolveAxes } from "./resolve-axes.ts";
import { Scopes } from "./scopes.ts";
import { TfjsTensor } from "./tfjs-tensor.ts";

/** The dtypes that TensorFlow.js has tensors of. */
export type TfjsDType = "float32" | "int32" | "bool";

/** What runs the kernels. */
export interface TfjsDescription {
  /** The name of TensorFlow.js's backend: `cpu`, `wasm`, `webgl`, `webgpu`, `tensorflow` (tfjs-node). */
  readonly runtime: string;
  /** Of the packages that tell it, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Backends that were looked for in vain before this one. */
  readonly passedOver: readonly PassedOver[];
}

/**
 * The tensor backend on TensorFlow.js: tensors stay on the device of whatever backend it runs (`cpu`, `wasm`, `webgl`, `webgpu`,
 * `tensorflow`) and are freed by scope. There are float32, int32 and bool: float64 is rounded to float32 on the way in, uint8 becomes
 * int32, and int64 becomes int32 where its numbers fit.
 */
export interface TfjsBackend extends TensorBackend {
  readonly name: "tfjs";
  /** Which of TensorFlow.js's backends runs, with versions, and why better ones were not taken. */
  describe(): TfjsDescription;
  /** The module it works with. */
  readonly tf: TensorFlow;
  from(value: TensorLike, dtype?: DType): TfjsTensor;
  fromData(data: TensorData, shape: Shape, dtype: DType): TfjsTensor;
  /**
   * Takes over a tensor of TensorFlow.js, which must not be disposed of by anybody else; it is then freed by the scope that is open.
   *
   * @throws UnsupportedError for strings and complex numbers.
   */
  adopt(tensor: TfTensor): TfjsTensor;
  /** The tensor of TensorFlow.js behind one of ours; `what` names it in messages. One of the user's own is taken as it is. */
  open(tensor: Tensor, what: string): TfTensor;
  /**
   * Does work that goes on across `await`, as a model's run does: until it has ended, the owner of the innermost scope is known to
   * wait, and what others do meanwhile is kept apart. The work adopts what it makes into that scope.
   */
  during<R>(work: (adopt: (tensor: TfTensor) => TfjsTensor) => Promise<R>): Promise<R>;
}

const backends = new WeakMap<object, TfjsBackend>();

/** The tensor backend of a TensorFlow.js module: the same one for the same module. */
export function tfjsBackend(tf: TensorFlow): TfjsBackend {
  // The engine is what all copies of the module's functions share.
  const key = tf.engine();
  let backend = backends.get(key);
  if (backend === undefined) {
    backend = makeBackend(tf);
    backends.set(key, backend);
  }
  return backend;
}

/** What gives back the memory of tensors that nobody can reach any more. */
const garbage = new FinalizationRegistry<TfTensor>((tensor) => {
  try {
    tensor.dispose();
  } catch {
    // The backend it lay on was removed, and its memory with it.
  }
});

function makeBackend(tf: TensorFlow): TfjsBackend {
  const scopes = new Scopes<TfjsTensor>();
  /** Of indices that came from the host, so that they need not be read back to be checked. */
  const ranges = new WeakMap<TfTensor, IndexRange>();

  const wrap = (tensor: TfTensor): TfjsTensor => {
    const dtype = dtypeOf(tensor);
    tf.keep(tensor);
    const own = new TfjsTensor(tensor, dtype, freed);
    garbage.register(own, tensor, own);
    return own;
  };

  const adopt = (tensor: TfTensor): TfjsTensor => {
    const own = wrap(tensor);
    scopes.add(own);
    return own;
  };

  function freed(tensor: TfjsTensor): void {
    garbage.unregister(tensor);
    scopes.remove(tensor);
  }

  const open = (tensor: Tensor, what: string): TfTensor => {
    const own = tensor instanceof TfjsTensor ? tensor.tensor : isTfTensor(tensor) ? tensor : undefined;
    if (own === undefined)
      throw new InvalidArgumentError(`${what}: takes tensors of the tfjs backend; make one with backend.from(…) first`);
    if (own.isDisposed) throw new InvalidArgumentError(`${what}: the tensor ${formatShape(own.shape)} was disposed of already`);
    dtypeOf(own);
    return own;
  };

  /** The result of kernels that leave nothing else behind and is never an operand itself. */
  const compute = (operands: readonly TfTensor[], work: () => TfTensor): TfjsTensor =>
    adopt(
      tf.tidy(() => {
        const result = work();
        return operands.includes(result) ? tf.clone(result) : result;
      }),
    );

  const filled = (shape: readonly number[], value: number, dtype: TfjsDType): TfTensor => tf.fill([...shape], value, dtype);

  const two =
    (name: string, options: { refuse?: readonly DType[] }, kernel: (a: TfTensor, b: TfTensor) => TfTensor, result?: TfjsDType) =>
    (left: Tensor, right: Tensor): TfjsTensor => {
      const [a, b] = [open(left, name), open(right, name)];
      if (a.dtype !== b.dtype)
        throw new InvalidArgumentError(
          `${name}: takes two tensors of one dtype, got ${a.dtype} and ${b.dtype}; cast one of them first`,
        );
      refuse(name, dtypeOf(a), options.refuse);
      const shape = broadcastShapes(name, [a.shape, b.shape]);
      const dtype = result ?? dtypeOf(a);
      if (sizeOf(shape) === 0) return adopt(empty(tf, shape, dtype));
      return compute([a, b], () => {
        const isBool = a.dtype === "bool";
        const value = isBool ? kernel(tf.cast(a, "int32"), tf.cast(b, "int32")) : kernel(a, b);
        return value.dtype === dtype ? value : tf.cast(value, dtype);
      });
    };

  const one =
    (name: string, options: { refuse?: readonly DType[] }, kernel: (x: TfTensor) => TfTensor) =>
    (tensor: Tensor): TfjsTensor => {
      const x = open(tensor, name);
      refuse(name, dtypeOf(x), options.refuse);
      if (x.size === 0) return adopt(empty(tf, x.shape, dtypeOf(x)));
      return compute([x], () => kernel(x));
    };

  const reduced = (
    name: string,
    tensor: Tensor,
    axes: readonly number[] | undefined,
    keepDims: boolean,
    options: { refuse?: readonly DType[]; of: (x: TfTensor, axes: number[]) => TfTensor; none: number | undefined },
  ): TfjsTensor => {
    const x = open(tensor, name);
    const along = resolveAxes(name, axes, x.rank);
    refuse(name, dtypeOf(x), options.refuse);
    const kept = x.shape.map((length, axis) => (along.includes(axis) ? 1 : length));
    const shape = keepDims ? kept : x.shape.filter((_, axis) => !along.includes(axis));
    const dtype = name === "sum" && x.dtype === "bool" ? "int32" : dtypeOf(x);
    if (sizeOf(shape) === 0) return adopt(empty(tf, shape, dtype));
    if (x.size === 0) {
      if (options.none === undefined)
        throw new InvalidArgumentError(`${name}: there is no largest of no elements (shape ${formatShape(x.shape)})`);
      return compute([], () => filled(shape, options.none!, dtype));
    }
    return compute([x], () => {
      const numbers = x.dtype === "bool" ? tf.cast(x, "int32") : x;
      const value = along.length === 0 ? numbers : options.of(numbers, along);
      const shaped = sameShape(value.shape, shape) ? value : tf.reshape(value, [...shape]);
      return shaped.dtype === dtype ? shaped : tf.cast(shaped, dtype);
    });
  };

  const backend: TfjsBackend = {
    name: "tfjs",
    get inHostMemory() {
      return ["cpu", "wasm", "tensorflow"].includes(tf.getBackend());
    },
    tf,
    describe: () => ({ runtime: tf.getBackend(), versions: versionsOf(tf), passedOver: passedOverFor(tf) }),
    adopt,
    open,
    async during(work) {
      const call = scopes.begin("call");
      try {
        return await work((tensor) => {
          const own = wrap(tensor);
          call.add(own);
          return own;
        });
      } finally {
        call.end();
      }
    },
    from(value, dtype) {
      if (value instanceof TfjsTensor || isTfTensor(value)) {
        const x = open(value as Tensor, "from");
        if (dtype === undefined || dtype === x.dtype) return value instanceof TfjsTensor ? value : adopt(tf.clone(x));
        return backend.cast(value as Tensor, dtype) as TfjsTensor; // ours makes ours
      }
      const { data, shape, dtype: kind } = hostBackend.from(value, dtype);
      return backend.fromData(data, shape, kind);
    },
    fromData(data, shape, dtype) {
      const size = checkShape(shape, "shape");
      if (data.length !== size)
        throw new InvalidArgumentError(`data holds ${data.length} elements, but shape ${formatShape(shape)} has ${size}`);
      const { elements, dtype: kind } = tfElements(data, dtype);
      const range = elements instanceof Int32Array ? rangeOf(elements) : undefined;
      const made = adopt(tf.tensor(elements, [...shape], kind));
      if (range !== undefined) ranges.set(made.tensor, range);
      return made;
    },
    async read(tensor): Promise<HostData> {
      const x = open(tensor, "read");
      const dtype = dtypeOf(x);
      const reading = scopes.begin("read");
      try {
        const data = await x.data();
        // Backends may hand out the array they go on working with.
        return { data: hostElements(data, dtype), shape: [...x.shape], dtype };
      } finally {
        reading.end();
      }
    },
    scope: () => scopes.open(),

    cast(tensor, dtype) {
      const x = open(tensor, "cast");
      const to = tfDType(dtype);
      if (to === undefined)
        throw new UnsupportedError(`cast: TensorFlow.js has no tensors of ${dtype}; read it and cast it on the host`);
      if (x.size === 0) return adopt(empty(tf, x.shape, to));
      return compute([x], () =>
        to === "bool" ? tf.notEqual(x, tf.scalar(0, x.dtype === "bool" ? "int32" : x.dtype)) : tf.cast(x, to),
      );
    },
    add: two("add", { refuse: ["bool"] }, (a, b) => tf.add(a, b)),
    sub: two("sub", { refuse: ["bool"] }, (a, b) => tf.sub(a, b)),
    mul: two("mul", { refuse: ["bool"] }, (a, b) => (a.dtype === "int32" ? multiplyIntegers(tf, a, b) : tf.mul(a, b))),
    div: two("div", { refuse: ["bool", "int32"] }, (a, b) => tf.div(a, b)),
    maximum: two("maximum", {}, (a, b) => extremum(tf, a, b, tf.maximum)),
    minimum: two("minimum", {}, (a, b) => extremum(tf, a, b, tf.minimum)),
    equal: two("equal", {}, (a, b) => tf.equal(a, b), "bool"),
    less: two("less", {}, (a, b) => tf.less(a, b), "bool"),
    neg: one("neg", { refuse: ["bool"] }, (x) => negative(tf, x)),
    abs: one("abs", { refuse: ["bool"] }, (x) =>
      x.dtype === "int32" ? tf.where(tf.less(x, tf.zerosLike(x)), negative(tf, x), x) : tf.abs(x),
    ),
    exp: one("exp", { refuse: ["bool", "int32"] }, (x) => tf.exp(x)),
    log: one("log", { refuse: ["bool", "int32"] }, (x) => tf.log(x)),
    sqrt: one("sqrt", { refuse: ["bool", "int32"] }, (x) => tf.sqrt(x)),
    where(condition, left, right) {
      const [c, a, b] = [open(condition, "where"), open(left, "where"), open(right, "where")];
      if (c.dtype !== "bool") throw new InvalidArgumentError(`where: condition must be bool, got ${c.dtype}`);
      if (a.dtype !== b.dtype)
        throw new InvalidArgumentError(
          `where: picks from two tensors of one dtype, got ${a.dtype} and ${b.dtype}; cast one of them first`,
        );
      const shape = broadcastShapes("where", [c.shape, a.shape, b.shape]);
      const dtype = dtypeOf(a);
      if (sizeOf(shape) === 0) return adopt(empty(tf, shape, dtype));
      return compute([c, a, b], () => {
        const [x, y] = dtype === "bool" ? [tf.cast(a, "int32"), tf.cast(b, "int32")] : [a, b];
        const picked = tf.where(spread(tf, c, shape), spread(tf, x, shape), spread(tf, y, shape));
        return dtype === "bool" ? tf.cast(picked, "bool") : picked;
      });
    },
    sum: (x, axes, keepDims = false) =>
      reduced("sum", x, axes, keepDims, { of: (numbers, along) => tf.sum(numbers, along, keepDims), none: 0 }),
    mean: (x, axes, keepDims = false) =>
      reduced("mean", x, axes, keepDims, {
        refuse: ["bool", "int32"],
        of: (numbers, along) => average(tf, numbers, along, keepDims),
        none: Number.NaN,
      }),
    max: (x, axes, keepDims = false) =>
      reduced("max", x, axes, keepDims, { of: (numbers, along) => largest(tf, numbers, along), none: undefined }),
    reshape(tensor, shape) {
      const x = open(tensor, "reshape");
      const size = checkShape(shape, "reshape: shape");
      if (size !== x.size)
        throw new InvalidArgumentError(
          `reshape: shape ${formatShape(shape)} has ${size} elements, but the tensor ${formatShape(x.shape)} has ${x.size}`,
        );
      return compute([x], () => tf.reshape(x, [...shape]));
    },
    transpose(tensor, permutation) {
      const x = open(tensor, "transpose");
      if (permutation.length !== x.rank || !x.shape.every((_, axis) => permutation.includes(axis)))
        throw new InvalidArgumentError(
          `transpose: ${formatShape(permutation)} is no permutation of the axes of ${formatShape(x.shape)}`,
        );
      const shape = permutation.map((axis) => x.shape[axis]!);
      if (x.size === 0) return adopt(empty(tf, shape, dtypeOf(x)));
      return compute([x], () => asNumbers(tf, x, (numbers) => tf.transpose(numbers, [...permutation])));
    },
    broadcastTo(tensor, shape) {
      const x = open(tensor, "broadcastTo");
      checkShape(shape, "broadcastTo: shape");
      if (x.rank > shape.length || !sameShape(broadcastShapes("broadcastTo", [x.shape, shape]), shape))
        throw new InvalidArgumentError(`broadcastTo: ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
      if (sizeOf(shape) === 0) return adopt(empty(tf, shape, dtypeOf(x)));
      return compute([x], () => asNumbers(tf, x, (numbers) => spread(tf, numbers, shape)));
    },
    slice(tensor, begin, end) {
      const x = open(tensor, "slice");
      if (begin.length !== x.rank || end.length !== x.rank)
        throw new InvalidArgumentError(
          `slice: begin and end need one entry for each axis of ${formatShape(x.shape)}, got ${begin.length} and ${end.length}`,
        );
      for (let axis = 0; axis < x.rank; axis++) {
        const [from, to, length] = [begin[axis]!, end[axis]!, x.shape[axis]!];
        if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to > length)
          throw new InvalidArgumentError(`slice: ${from} to ${to} is outside axis ${axis} of ${formatShape(x.shape)}`);
      }
      const shape = begin.map((from, axis) => end[axis]! - from);
      if (sizeOf(shape) === 0) return adopt(empty(tf, shape, dtypeOf(x)));
      if (sameShape(shape, x.shape)) return compute([x], () => x);
      return compute([x], () => asNumbers(tf, x, (numbers) => tf.slice(numbers, [...begin], shape)));
    },
    concat(tensors, axis) {
      const [first, ...others] = tensors.map((tensor) => open(tensor, "concat"));
      if (first === undefined) throw new InvalidArgumentError("concat: got no tensors");
      const at = resolveAxis("concat", axis, first.rank);
      for (const other of others) {
        if (other.dtype !== first.dtype)
          throw new InvalidArgumentError(
            `concat: joins tensors of one dtype, got ${first.dtype} and ${other.dtype}; cast one of them first`,
          );
        if (other.rank !== first.rank || !other.shape.every((length, i) => i === at || length === first.shape[i]))
          throw new InvalidArgumentError(
            `concat: ${formatShape(first.shape)} and ${formatShape(other.shape)} differ on another axis than ${at}`,
          );
      }
      const all = [first, ...others];
      const shape = first.shape.map((length, i) => (i === at ? all.reduce((sum, x) => sum + x.shape[at]!, 0) : length));
      if (sizeOf(shape) === 0) return adopt(empty(tf, shape, dtypeOf(first)));
      const filledOnes = all.filter(({ size }) => size > 0);
      return compute(all, () => (filledOnes.length === 1 ? filledOnes[0]! : tf.concat(filledOnes, at)));
    },
    gather(tensor, indices, axis) {
      const [x, picks] = [open(tensor, "gather"), open(indices, "gather")];
      if (picks.dtype !== "int32") throw new InvalidArgumentError(`gather: indices must be int32, got ${picks.dtype}`);
      const at = resolveAxis("gather", axis, x.rank);
      const length = x.shape[at]!;
      // Looked at here: kernels read whatever lies in memory there, or give zeros.
      const { least, most } = ranges.get(picks) ?? rangeOf(picks.dataSync<"int32">());
      for (const index of [least, most])
        if (picks.size > 0 && (index < 0 || index >= length))
          throw new InvalidArgumentError(`gather: index ${index} is outside axis ${at} of ${formatShape(x.shape)}`);
      const shape = [...x.shape.slice(0, at), ...picks.shape, ...x.shape.slice(at + 1)];
      if (sizeOf(shape) === 0) return adopt(empty(tf, shape, dtypeOf(x)));
      return compute([x, picks], () => {
        const [before, after] = [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at + 1))];
        const flat = tf.reshape(x, [before, length, after]);
        return asNumbers(tf, flat, (numbers) => tf.reshape(tf.gather(numbers, tf.reshape(picks, [picks.size]), 1), shape));
      });
    },
    matMul(left, right) {
      const [a, b] = [open(left, "matMul"), open(right, "matMul")];
      if (a.dtype !== b.dtype)
        throw new InvalidArgumentError(
          `matMul: takes two tensors of one dtype, got ${a.dtype} and ${b.dtype}; cast one of them first`,
        );
      refuse("matMul", dtypeOf(a), ["bool"]);
      const [m, k] = a.shape.slice(-2);
      const [k2, n] = b.shape.slice(-2);
      if (m === undefined || k === undefined || k2 === undefined || n === undefined || k !== k2)
        throw new InvalidArgumentError(
          `matMul: ${formatShape(a.shape)} and ${formatShape(b.shape)} are no product [..., m, k] by [..., k, n]`,
        );
      const lead = broadcastShapes("matMul", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
      const shape = [...lead, m, n];
      const dtype = dtypeOf(a);
      if (sizeOf(shape) === 0) return adopt(empty(tf, shape, dtype));
      if (k === 0) return compute([], () => filled(shape, 0, dtype));
      return compute([a, b], () => {
        const count = sizeOf(lead);
        const x = tf.reshape(spread(tf, a, [...lead, m, k]), [count, m, k]);
        const y = tf.reshape(spread(tf, b, [...lead, k, n]), [count, k, n]);
        if (dtype === "float32") return tf.reshape(tf.matMul(x, y), shape);
        // Kernels multiply floats only.
        const products = multiplyIntegers(tf, tf.reshape(x, [count, m, k, 1]), tf.reshape(y, [count, 1, k, n]));
        return tf.reshape(tf.sum(products, 2), shape);
      });
    },
  };
  return backend;
}

/** The union packages list the versions of all; core tells its own. */
function versionsOf(tf: TensorFlow): Readonly<Record<string, string>> {
  const { version } = tf as { readonly version?: Readonly<Record<string, unknown>> };
  const listed = Object.entries(version ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { "tfjs-core": tf.version_core, ...Object.fromEntries(listed) };
}

interface IndexRange {
  readonly least: number;
  readonly most: number;
}

function rangeOf(elements: Int32Array): IndexRange {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i]!;
    if (element < least) least = element;
    if (element > most) most = element;
  }
  return { least, most };
}

function isTfTensor(value: unknown): value is TfTensor {
  return typeof value === "object" && value !== null && "dataId" in value && "isDisposedInternal" in value && "rankType" in value;
}

/** @throws UnsupportedError for strings and complex numbers. */
export function dtypeOf(tensor: TfTensor): TfjsDType {
  const { dtype } = tensor;
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new UnsupportedError(`a tensor of ${dtype} (shape ${formatShape(tensor.shape)}) holds no numbers to work with`);
}

function tfDType(dtype: DType): TfjsDType | undefined {
  return dtype === "float32" || dtype === "int32" || dtype === "bool" ? dtype : undefined;
}

function refuse(name: string, dtype: TfjsDType, refused: readonly DType[] = []): void {
  if (refused.includes(dtype))
    throw new InvalidArgumentError(
      `${name}: does not calculate with ${dtype}; cast to ${dtype === "bool" ? "a number" : "float32"} first`,
    );
}

function empty(tf: TensorFlow, shape: readonly number[], dtype: TfjsDType): TfTensor {
  return tf.tensor(
    dtype === "float32" ? new Float32Array(0) : dtype === "int32" ? new Int32Array(0) : new Uint8Array(0),
    [...shape],
    dtype,
  );
}

/** Elements as TensorFlow.js takes them; the array is copied, since backends may keep it. */
function tfElements(
  data: TensorData,
  dtype: DType,
): { readonly elements: Float32Array | Int32Array | Uint8Array; readonly dtype: TfjsDType } {
  switch (dtype) {
    case "float32":
    case "float64":
      return { elements: new Float32Array(data as Float64Array), dtype: "float32" }; // a float's array
    case "int32":
    case "uint8":
      return { elements: new Int32Array(data as Int32Array), dtype: "int32" }; // a narrow integer's array
    case "bool": {
      const elements = new Uint8Array(data as Uint8Array); // bytes
      for (let i = 0; i < elements.length; i++) if (elements[i] !== 0) elements[i] = 1;
      return { elements, dtype: "bool" };
    }
    case "int64": {
      const elements = new Int32Array(data.length);
      for (let i = 0; i < data.length; i++) {
        const number = Number(data[i]);
        if (number !== (number | 0))
          throw new InvalidArgumentError(`element ${i} is ${data[i]}, which int32 does not hold; TensorFlow.js has no int64`);
        elements[i] = number;
      }
      return { elements, dtype: "int32" };
    }
    default:
      throw new InvalidArgumentError(`dtype ${String(dtype)} is none of ours`);
  }
}

function hostElements(data: ArrayLike<number>, dtype: TfjsDType): TensorData {
  switch (dtype) {
    case "float32":
      return new Float32Array(data);
    case "int32":
      return new Int32Array(data);
    case "bool":
      return new Uint8Array(data);
    default:
      throw new AttributionError(`dtype ${String(dtype)} is none of ours`);
  }
}

/** Moves elements about as int32 where they are bool: not every backend has kernels for those. */
function asNumbers(tf: TensorFlow, x: TfTensor, move: (numbers: TfTensor) => TfTensor): TfTensor {
  return x.dtype === "bool" ? tf.cast(move(tf.cast(x, "int32")), "bool") : move(x);
}

/** Broadcasts without the kernels that give up past some rank: a product with ones would not keep NaN and infinities apart. */
function spread(tf: TensorFlow, x: TfTensor, shape: readonly number[]): TfTensor {
  if (sameShape(x.shape, shape)) return x;
  let result = tf.reshape(x, [...new Array<number>(shape.length - x.rank).fill(1), ...x.shape]);
  for (let axis = 0; axis < shape.length; axis++) {
    const [from, to] = [result.shape[axis]!, shape[axis]!];
    if (from === to) continue;
    const [before, after] = [sizeOf(result.shape.slice(0, axis)), sizeOf(result.shape.slice(axis + 1))];
    const flat = tf.reshape(result, [before, 1, after]);
    result = tf.reshape(repeated(tf, flat, to), [...result.shape.slice(0, axis), to, ...result.shape.slice(axis + 1)]);
  }
  return result;
}

/** `[before, 1, after]` so many times along the middle: the kernel of tile takes fifty times as long on wasm, and on cpu thirty. */
function repeated(tf: TensorFlow, x: TfTensor, count: number): TfTensor {
  const [before, , after] = x.shape as [number, number, number];
  const runtime = tf.getBackend();
  // Adding −0 changes no number, 0 itself included.
  if (runtime === "wasm" && x.dtype !== "bool")
    return tf.add(x, tf.fill([before, count, after], x.dtype === "float32" ? -0 : 0, x.dtype as "float32"));
  if (runtime === "cpu" && before === 1 && after >= count)
    return tf.concat(
      Array.from({ length: count }, () => x),
      1,
    );
  return tf.tile(x, [1, count, 1]);
}

/** Wraps as int32 does: the cpu backend multiplies in float64, which holds 53 binary digits. */
function multiplyIntegers(tf: TensorFlow, a: TfTensor, b: TfTensor): TfTensor {
  if (tf.getBackend() !== "cpu") return tf.mul(a, b);
  // a · b = (a >> 16) · b · 2¹⁶ + (a & 0xffff) · b, and every product stays within 48 digits.
  const [high, low] = [tf.floorDiv(a, tf.scalar(65536, "int32")), tf.bitwiseAnd(a, tf.fill(a.shape, 65535, "int32"))];
  return tf.add(tf.mul(tf.mul(high, b), tf.scalar(65536, "int32")), tf.mul(low, b));
}

/** 0 − x: the kernels of neg and abs go through float32 with integers, which holds 24 binary digits. */
function negative(tf: TensorFlow, x: TfTensor): TfTensor {
  return x.dtype === "int32" ? tf.sub(tf.zerosLike(x), x) : tf.neg(x);
}

/** NaN wins, as in numpy; the kernels of some backends let either win. */
function extremum(tf: TensorFlow, a: TfTensor, b: TfTensor, kernel: (a: TfTensor, b: TfTensor) => TfTensor): TfTensor {
  if (a.dtype !== "float32") return kernel(a, b);
  return tf.where(tf.logicalAnd(tf.equal(a, a), tf.equal(b, b)), kernel(a, b), tf.add(a, b));
}

function largest(tf: TensorFlow, x: TfTensor, axes: number[]): TfTensor {
  const value = tf.max(x, axes);
  if (x.dtype !== "float32") return value;
  return tf.where(tf.any(tf.notEqual(x, x), axes), tf.fill(value.shape, Number.NaN), value);
}

/** Scaled by a power of two, which is exact: the sum may be too large for float32 where the mean is not. */
function average(tf: TensorFlow, x: TfTensor, axes: number[], keepDims: boolean): TfTensor {
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  const scale = 2 ** -Math.ceil(Math.log2(count));
  return tf.div(tf.sum(tf.mul(x, scale), axes, keepDims), count * scale);
}
