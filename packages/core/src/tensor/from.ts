import { InvalidArgumentError } from "../errors.ts";
import { convertChecked, type Elements } from "./convert.ts";
import { holds, isDType } from "./dtype.ts";
import { halfToNumber } from "./half.ts";
import { HostTensor } from "./host-tensor.ts";
import { checkShape, formatShape } from "./shape.ts";
import type { DType, Shape, TensorLike } from "./tensor.ts";

/**
 * A host tensor of whatever can be one: a number, nested arrays, a typed array, a tensor of onnxruntime.
 *
 * Without `dtype`, plain numbers are float32 (what models take), bigints int64, booleans bool, and typed arrays and tensors keep what
 * they hold (narrow integers become int32 or int64, float16 becomes float32). With `dtype`, floats round; a fraction or a number out of
 * range is never made an integer.
 *
 * @throws InvalidArgumentError for ragged arrays, elements that are no numbers, mixed kinds without a dtype, data that is not on the
 * host.
 */
export function tensor(value: TensorLike, dtype?: undefined): HostTensor;
export function tensor<D extends DType>(value: TensorLike, dtype: D): HostTensor<D>;
export function tensor(value: TensorLike, dtype?: DType): HostTensor;
export function tensor(value: TensorLike, dtype?: DType): HostTensor {
  return toHostTensor(value, dtype, "the tensor");
}

/** As {@link tensor}, with a name for the messages: `input "image"`. */
export function toHostTensor(value: TensorLike, dtype: DType | undefined, what: string): HostTensor {
  if (dtype !== undefined && !isDType(dtype)) throw new InvalidArgumentError(`dtype ${String(dtype)} of ${what} is none of ours`);
  if (value instanceof HostTensor && (dtype === undefined || dtype === value.dtype)) return value;
  const { elements, shape, kind } = read(value, what, dtype !== undefined);
  const target = dtype ?? kind;
  // Copied also where the dtype is right: the caller's array may change later.
  if (holds(target, elements) && kind === target) return new HostTensor(elements.slice(), shape, target);
  return new HostTensor(convertChecked(elements, shape, target, what), shape, target);
}

/** True for tensors whose elements are not on the host: only their own backend can read them. */
export function isOpaqueTensor(value: unknown): boolean {
  return (
    isObject(value) &&
    Array.isArray(value["shape"]) &&
    typeof value["dtype"] === "string" &&
    !("data" in value && isTyped(value["data"]))
  );
}

/** True for a number, and for nested arrays of them: what float64 alone holds as it was meant. */
export function isPlainNumbers(value: unknown): boolean {
  let inner = value;
  for (let depth = 0; Array.isArray(inner) && depth < deepest; depth++) inner = inner[0];
  return typeof inner === "number";
}

/** As {@link toHostTensor}, with plain numbers as float64, so that none is rounded. */
export function toExactHostTensor(value: TensorLike, what: string): HostTensor {
  return toHostTensor(value, isPlainNumbers(value) ? "float64" : undefined, what);
}

/** Flat elements, their shape, and the dtype they ask for. */
interface Reading {
  readonly elements: Elements;
  readonly shape: Shape;
  readonly kind: DType;
}

function read(value: unknown, what: string, mayMix: boolean): Reading {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return { elements: [value], shape: [], kind: kindOfElement(value) };
  if (isTyped(value)) return readTyped(value, [value.length], typedKind(value, what), what);
  if (Array.isArray(value)) return readNested(value, what, mayMix);
  if (isObject(value)) return readTensorObject(value, what);
  throw new InvalidArgumentError(`${what} is ${describe(value)}; give a number, nested arrays, a typed array or a tensor`);
}

type TypedArray = ArrayLike<number | bigint> & { readonly length: number };

function isTyped(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Array classes by name (Float16Array is not in every runtime), and the dtype that holds their elements. */
const kindOfArray: Readonly<Record<string, DType>> = {
  Float16Array: "float32",
  Float32Array: "float32",
  Float64Array: "float64",
  Int8Array: "int32",
  Int16Array: "int32",
  Uint16Array: "int32",
  Int32Array: "int32",
  Uint32Array: "int64",
  BigInt64Array: "int64",
  BigUint64Array: "int64",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
};

/** Type names of onnxruntime tensors, and the dtype that holds their elements. */
const kindOfType: Readonly<Record<string, DType>> = {
  float16: "float32",
  float32: "float32",
  float64: "float64",
  int8: "int32",
  int16: "int32",
  uint16: "int32",
  int32: "int32",
  uint32: "int64",
  int64: "int64",
  uint64: "int64",
  uint8: "uint8",
  bool: "bool",
};

function typedKind(value: object, what: string): DType {
  const name = arrayName(value);
  const kind = Object.hasOwn(kindOfArray, name) ? kindOfArray[name] : undefined;
  if (kind === undefined) throw new InvalidArgumentError(`${what} lies in ${name}, which holds no numbers we know`);
  return kind;
}

/** The class of a typed array, also of a subclass such as Node's Buffer. */
function arrayName(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

function readTyped(elements: Elements, shape: Shape, kind: DType, what: string): Reading {
  const size = checkShape(shape, `shape of ${what}`);
  if (elements.length !== size)
    throw new InvalidArgumentError(`${what} holds ${elements.length} elements, but its shape ${formatShape(shape)} has ${size}`);
  return { elements, shape: [...shape], kind };
}

function readTensorObject(value: Readonly<Record<string, unknown>>, what: string): Reading {
  // Looked at first: reading `data` of an onnxruntime tensor that is elsewhere throws.
  const location = value["location"];
  if (location !== undefined && location !== "cpu" && location !== "cpu-pinned")
    throw new InvalidArgumentError(`${what} lies on "${String(location)}"; read it to the host first: await tensor.getData()`);
  const shape = value["dims"] ?? value["shape"];
  if (!Array.isArray(shape))
    throw new InvalidArgumentError(`${what} is ${describe(value)}; give a number, nested arrays, a typed array or a tensor`);
  const data = value["data"];
  if (!isTyped(data) && !Array.isArray(data))
    throw new InvalidArgumentError(`${what} is a tensor of another backend; read it to the host first`);
  const type = value["type"] ?? value["dtype"];
  if (typeof type !== "string" || !Object.hasOwn(kindOfType, type))
    throw new InvalidArgumentError(`${what} has type ${String(type)}, which holds no numbers we know`);
  const elements = type === "float16" && data instanceof Uint16Array ? Float32Array.from(data, halfToNumber) : data;
  if (Array.isArray(elements)) for (let i = 0; i < elements.length; i++) checkElement(elements[i], [i], what);
  // Elements of plain arrays were looked at in the line above.
  return readTyped(elements as Elements, shape, kindOfType[type]!, what);
}

/** Arrays in arrays deeper than this are no tensor (one that holds itself, say). */
const deepest = 32;

function readNested(value: readonly unknown[], what: string, mayMix: boolean): Reading {
  const shape: number[] = [];
  for (let inner: unknown = value; isTyped(inner) || Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (shape.length > deepest) throw new InvalidArgumentError(`${what} is nested more than ${deepest} arrays deep`);
    if (inner.length === 0) break;
  }
  checkShape(shape, `shape of ${what}`);
  const elements: (number | bigint | boolean)[] = [];
  const kinds = new Set<DType>();
  const place: number[] = [];
  const visit = (part: unknown, axis: number): void => {
    const isList = isTyped(part) || Array.isArray(part);
    if (axis === shape.length && !isList) {
      elements.push(checkElement(part, place, what));
      return;
    }
    if (!isList || axis === shape.length || part.length !== shape[axis])
      throw new InvalidArgumentError(
        `${what} is ragged: ${formatShape(place)} is ${isList ? `an array of ${part.length}` : describe(part)}, where the first ones ${
          axis === shape.length ? "are numbers" : `are arrays of ${shape[axis]}`
        }`,
      );
    const typed = isTyped(part) ? typedKind(part, what) : undefined;
    if (typed !== undefined) kinds.add(typed);
    for (let i = 0; i < part.length; i++) {
      place[axis] = i;
      place.length = axis + 1;
      if (typed === undefined && axis === shape.length - 1 && !isObject(part[i])) {
        const element = checkElement(part[i], place, what);
        kinds.add(kindOfElement(element));
        elements.push(element);
      } else visit(part[i], axis + 1);
    }
    place.length = axis;
  };
  visit(value, 0);
  return { elements, shape, kind: oneKind(kinds, what, mayMix) };
}

function checkElement(element: unknown, place: readonly number[], what: string): number | bigint | boolean {
  if (typeof element === "number" || typeof element === "bigint" || typeof element === "boolean") return element;
  throw new InvalidArgumentError(`element ${formatShape(place)} of ${what} is ${describe(element)}, not a number`);
}

function kindOfElement(element: number | bigint | boolean): DType {
  if (typeof element === "bigint") return "int64";
  return typeof element === "boolean" ? "bool" : "float32";
}

function oneKind(kinds: ReadonlySet<DType>, what: string, mayMix: boolean): DType {
  if (kinds.size > 1 && !mayMix)
    throw new InvalidArgumentError(`${what} mixes ${[...kinds].join(" and ")} elements; name the dtype that is meant`);
  const [kind] = kinds;
  return kind ?? "float32";
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (Array.isArray(value) || isTyped(value)) return "an array";
  if (value instanceof HostTensor) return "a tensor";
  return "an object";
}
