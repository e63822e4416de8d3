import { InvalidArgumentError } from "../errors.ts";
import { isOpaqueTensor, isPlainNumbers, toHostTensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import { formatShape } from "../tensor/shape.ts";
import type { DType, Tensor, TensorBackend, TensorLike } from "../tensor/tensor.ts";
import type { Model, NamedTensors, RunRequest, ValueInfo } from "./model.ts";
import { isByName, listNames, namesOf } from "./names.ts";
import { rowCount } from "./rows.ts";

/** What a function may give back: the only output's rows, or outputs by name. */
export type FunctionOutput = TensorLike | Readonly<Record<string, TensorLike>>;

/** What a function takes and gives where it becomes a model. */
export interface FunctionModelOptions<Name extends string = string> {
  /**
   * What the function takes: names, or names with a dtype and a shape, which inputs are then held to.
   *
   * @defaultValue whatever is fed
   */
  readonly inputs?: readonly (Name | (ValueInfo & { readonly name: Name }))[] | undefined;
  /**
   * What the function gives. The first one is explained.
   *
   * @defaultValue one output, "output"
   */
  readonly outputs?: readonly (string | ValueInfo)[] | undefined;
  /**
   * Rows the function takes in one call.
   *
   * @defaultValue 64
   */
  readonly maxBatchSize?: number | undefined;
  /**
   * Where the function's tensors live.
   *
   * @defaultValue hostBackend
   */
  readonly backend?: TensorBackend | undefined;
}

/**
 * A black-box model of a plain function, sync or async: named tensors in, one row out for every row in.
 *
 * The function gets a batch (first axis of every input) and returns numbers, nested arrays, a tensor, or several of these by output
 * name. Plain numbers become float64. A function that gives one number for the whole batch needs `wholeBatch`.
 *
 * @example
 * ```ts
 * import { functionModel, hostBackend, ShapleyValues } from "@attr/core";
 *
 * const model = functionModel(({ x }) => hostBackend.sum(x, [1]), { inputs: ["x"] });
 * const { attributions } = await new ShapleyValues(model).attribute({ x: [[1, 2, 3]] });
 * console.log(attributions["x"]?.toArray()); // [[1, 2, 3]]
 * ```
 *
 * @throws InvalidArgumentError where the output has not one row for every row fed.
 */
export function functionModel<Name extends string = string>(
  fn: (inputs: Readonly<Record<Name, HostTensor>>) => FunctionOutput | Promise<FunctionOutput>,
  options?: FunctionModelOptions<Name> & { readonly backend?: undefined },
): Model;
export function functionModel<Name extends string = string>(
  fn: (inputs: Readonly<Record<Name, Tensor>>) => FunctionOutput | Promise<FunctionOutput>,
  options: FunctionModelOptions<Name> & { readonly backend: TensorBackend },
): Model;
export function functionModel(
  fn: (inputs: Readonly<Record<string, HostTensor>>) => FunctionOutput | Promise<FunctionOutput>,
  options: FunctionModelOptions = {},
): Model {
  if (typeof fn !== "function") throw new InvalidArgumentError(`fn must be a function, got ${String(fn)}`);
  const { maxBatchSize = 64, backend = hostBackend } = options;
  if (!(maxBatchSize >= 1 && (Number.isInteger(maxBatchSize) || maxBatchSize === Number.POSITIVE_INFINITY)))
    throw new InvalidArgumentError(`maxBatchSize must be a whole number from 1 up, got ${String(maxBatchSize)}`);
  const inputs = (options.inputs ?? []).map(infoOf);
  const outputs = (options.outputs ?? ["output"]).map(infoOf);
  if (outputs.length === 0) throw new InvalidArgumentError("outputs is empty: name at least the one that is explained");

  return {
    backend,
    inputs,
    outputs,
    maxBatchSize,
    async run(request: RunRequest): Promise<NamedTensors> {
      request.signal?.throwIfAborted();
      const rows = rowCount(request);
      if (rows > maxBatchSize)
        throw new InvalidArgumentError(
          `the function takes ${maxBatchSize} rows a call, got ${rows}; raise maxBatchSize or cut the work to it`,
        );
      checkFeeds(request.feeds, inputs);
      // On the host backend every feed is a HostTensor; on another the second overload's type holds.
      const result = await fn({ ...request.feeds } as Record<string, HostTensor>);
      const named = outputsByName(result, outputs);
      return Object.fromEntries(request.fetches.map((name) => [name, toRows(backend, name, named, rows)]));
    },
  };
}

function infoOf(value: string | ValueInfo): ValueInfo {
  return typeof value === "string" ? { name: value } : value;
}

function checkFeeds(feeds: NamedTensors, inputs: readonly ValueInfo[]): void {
  if (inputs.length === 0) return;
  const names = namesOf(inputs);
  for (const name of names)
    if (!Object.hasOwn(feeds, name))
      throw new InvalidArgumentError(`input "${name}" is missing; the function takes ${listNames(names)}`);
  for (const name of Object.keys(feeds))
    if (!names.includes(name))
      throw new InvalidArgumentError(`input "${name}" is unknown; the function takes ${listNames(names)}`);
}

type NamedOutputs = Readonly<Record<string, TensorLike>>;

function outputsByName(result: FunctionOutput, outputs: readonly ValueInfo[]): NamedOutputs {
  const first = outputs[0]!.name;
  if (!isRecord(result)) return { [first]: result };
  const [only, ...more] = Object.keys(result);
  // A function with one output under a name of its own needs no options to say so.
  if (only !== undefined && more.length === 0 && outputs.length === 1 && outputs[0]?.dtype === undefined && first === "output")
    return { [first]: result[only]!, ...result };
  return result;
}

function isRecord(value: FunctionOutput): value is NamedOutputs {
  return isByName(value) && !isOpaqueTensor(value);
}

function toRows(backend: TensorBackend, name: string, outputs: NamedOutputs, rows: number): Tensor {
  const value = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
  if (value === undefined)
    throw new InvalidArgumentError(
      `output "${name}" is not what the function returned (${listNames(Object.keys(outputs))}); name its outputs in functionModel's options`,
    );
  const output = toTensor(backend, value, `output "${name}"`);
  if (output.shape.length === 0 && rows === 1) return backend.reshape(output, [1]);
  if (output.shape[0] === rows) return output;
  const size = output.shape.reduce((product, length) => product * length, 1);
  if (size === 1)
    throw new InvalidArgumentError(
      `the function returned one number for ${rows} rows: return one for every row, or, where the number is the whole batch's, wrap the model in wholeBatch(model)`,
    );
  throw new InvalidArgumentError(
    `the function returned ${output.shape[0]} rows for ${rows} (output "${name}" has shape ${formatShape(output.shape)}): ` +
      "return one row for every row, or, where the output is the whole batch's, wrap the model in wholeBatch(model)",
  );
}

function toTensor(backend: TensorBackend, value: TensorLike, what: string): Tensor {
  // An opaque tensor is the backend's own.
  if (isOpaqueTensor(value)) return value as Tensor;
  const dtype: DType | undefined = backend === hostBackend && isPlainNumbers(value) ? "float64" : undefined;
  const output = toHostTensor(value, dtype, what);
  return backend === hostBackend ? output : backend.fromData(output.data, output.shape, output.dtype);
}
