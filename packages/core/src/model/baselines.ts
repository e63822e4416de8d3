import { InvalidArgumentError } from "../errors.ts";
import { isFloat } from "../tensor/dtype.ts";
import { isOpaqueTensor, toExactHostTensor, toHostTensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { DType, Tensor, TensorBackend, TensorData, TensorLike } from "../tensor/tensor.ts";
import type { ModelInputs } from "./inputs.ts";
import type { NamedTensors } from "./model.ts";
import { isByName, listNames } from "./names.ts";

/**
 * What stands for a feature that is absent: a number for everything, or by name a number or a tensor that broadcasts to the input (its
 * first axis 1 or one row an example; a lower rank broadcasts from the right). Names that are left out take 0.
 */
export type Baselines = number | Readonly<Record<string, TensorLike>>;

/** Baselines checked against what is attributed to, on its backend. */
export interface ResolvedBaselines {
  /** The attributed values; of another dtype than before where a baseline needed it. */
  readonly values: NamedTensors;
  /** For every value a tensor of its dtype, `[1 or examples, ...]` with the rest of its shape. */
  readonly baselines: NamedTensors;
}

/**
 * Baselines as tensors that fit the attributed values. For a layer view they may be given for the model's inputs, all of them then: the
 * layer's value at these is computed (one model call).
 *
 * An integer input keeps its dtype where the baseline is whole; a fraction is refused where the model declares the dtype, and makes
 * the input a float where it does not.
 *
 * @throws InvalidArgumentError for an unknown name, a shape that does not broadcast, a fraction for an integer input.
 */
export async function resolveBaselines(resolved: ModelInputs, baselines?: Baselines): Promise<ResolvedBaselines> {
  const { model, values, inputs, examples, at } = resolved;
  checkBaselines(baselines);
  if (at !== undefined && typeof baselines === "object") {
    const names = Object.keys(baselines);
    const forInputs = names.filter((name) => !Object.hasOwn(values, name) && Object.hasOwn(inputs, name));
    if (forInputs.length > 0) {
      const other = names.find((name) => !forInputs.includes(name));
      if (other !== undefined)
        throw new InvalidArgumentError(
          `baselines give both "${other}" and the input ${listNames(forInputs)}: give them for the layer or for the inputs`,
        );
      // A baseline is fed where its input was, so it keeps the input's dtype.
      const fitted = fitAll(model.backend, inputs, baselines, rowsOf(inputs), () => true);
      return { values, baselines: await at(fitted.baselines) };
    }
  }
  const declares = (name: string): boolean => model.inputs.find((input) => input.name === name)?.dtype !== undefined;
  return fitAll(model.backend, values, baselines, examples, declares);
}

function checkBaselines(baselines: unknown): asserts baselines is Baselines | undefined {
  if (baselines === undefined || typeof baselines === "number") return;
  if (!isByName(baselines))
    throw new InvalidArgumentError("baselines must be a number, or an object of numbers and tensors by input name, as { x: 0 }");
}

/** The most rows of any: inputs of a layer view have as many as there are examples. */
function rowsOf(tensors: NamedTensors): number {
  return Math.max(...Object.values(tensors).map((tensor) => tensor.shape[0] ?? 1));
}

function fitAll(
  backend: TensorBackend,
  values: NamedTensors,
  baselines: Baselines | undefined,
  examples: number,
  declares: (name: string) => boolean,
): ResolvedBaselines {
  if (typeof baselines === "object")
    for (const name of Object.keys(baselines))
      if (!Object.hasOwn(values, name))
        throw new InvalidArgumentError(
          `baseline "${name}" is unknown; what is attributed to is ${listNames(Object.keys(values))}`,
        );
  const fitted = Object.entries(values).map(([name, value]) => {
    const given = typeof baselines === "object" ? (Object.hasOwn(baselines, name) ? baselines[name]! : 0) : (baselines ?? 0);
    const [baseline, promoted] = ofOneDType(backend, name, value, given, declares(name));
    return [name, { value: promoted, baseline: broadcast(backend, name, promoted, baseline, examples) }] as const;
  });
  return {
    values: Object.fromEntries(fitted.map(([name, { value }]) => [name, value])),
    baselines: Object.fromEntries(fitted.map(([name, { baseline }]) => [name, baseline])),
  };
}

/** The baseline and the value in a dtype that holds both. */
function ofOneDType(
  backend: TensorBackend,
  name: string,
  value: Tensor,
  given: TensorLike,
  declared: boolean,
): readonly [Tensor, Tensor] {
  const what = `baseline "${name}"`;
  if (isOpaqueTensor(given)) {
    // Its elements are not on the host, so it is the backend's own.
    const own = given as Tensor;
    if (own.dtype === value.dtype) return [own, value];
    if (isFloat(own.dtype) && !isFloat(value.dtype)) {
      if (declared) throw new InvalidArgumentError(`${what} is ${own.dtype}, but the model takes ${value.dtype} for it`);
      return [own, backend.cast(value, own.dtype)];
    }
    return [backend.cast(own, value.dtype), value];
  }
  const host = toExactHostTensor(given, what);
  if (isFloat(value.dtype) || fitsInto(host.data, value.dtype))
    return [onto(backend, toHostTensor(host, value.dtype, what)), value];
  // The sentence of the conversion names the element that does not fit.
  if (declared) toHostTensor(host, value.dtype, `${what} (the model takes ${value.dtype})`);
  const dtype = floatFor(value);
  return [onto(backend, toHostTensor(host, dtype, what)), backend.cast(value, dtype)];
}

/** True where every element can become an element of the integer dtype unchanged. */
function fitsInto(data: TensorData, dtype: DType): boolean {
  try {
    toHostTensor(data, dtype, "");
    return true;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return false;
    throw error;
  }
}

/** The float dtype that holds these integers: float32, the models' own, unless they are too large for it. */
function floatFor(value: Tensor): DType {
  if (value instanceof HostTensor)
    for (const element of value.data) if (element > 2 ** 24 || element < -(2 ** 24)) return "float64";
  return "float32";
}

function onto(backend: TensorBackend, tensor: HostTensor): Tensor {
  return backend === hostBackend ? tensor : backend.fromData(tensor.data, tensor.shape, tensor.dtype);
}

/** A baseline in the shape of its value, with one row or one an example. */
function broadcast(backend: TensorBackend, name: string, value: Tensor, baseline: Tensor, examples: number): Tensor {
  const rank = value.shape.length;
  const shape = [...new Array<number>(Math.max(0, rank - baseline.shape.length)).fill(1), ...baseline.shape];
  const fits =
    shape.length === rank &&
    shape.every((length, axis) => length === 1 || length === (axis === 0 ? examples : value.shape[axis]));
  if (!fits)
    throw new InvalidArgumentError(
      `baseline "${name}" has shape ${formatShape(baseline.shape)}, which does not broadcast to ${formatShape(value.shape)}; its first axis is 1 or ${examples}, one row an example`,
    );
  const target = value.shape.map((length, axis) => (axis === 0 ? shape[0]! : length));
  const flush = sameShape(shape, baseline.shape) ? baseline : backend.reshape(baseline, shape);
  return sameShape(shape, target) ? flush : backend.broadcastTo(flush, target);
}
