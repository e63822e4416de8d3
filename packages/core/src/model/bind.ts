import { InvalidArgumentError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor, TensorBackend, TensorLike } from "../tensor/tensor.ts";
import { assertModel } from "./assert-model.ts";
import { isDifferentiableModel, isGraphModel } from "./capabilities.ts";
import { checkDeclaredShape } from "./declared-shape.ts";
import type { GradientRequest, GradientResult } from "./differentiable.ts";
import type { Model, NamedTensors, RowOrigin, RunRequest, ValueInfo } from "./model.ts";
import { listNames, namesOf } from "./names.ts";
import { originOf, type RowsRequest } from "./rows.ts";
import { toModelTensor } from "./to-model-tensor.ts";
import { derive, throughLayers, type ViewOf } from "./view.ts";

/** How bound values are passed along. */
export interface BindOptions {
  /**
   * Names of bound values that have no batch axis and are passed as they are, whatever their shape.
   *
   * @defaultValue none
   */
  readonly shared?: readonly string[] | undefined;
}

/**
 * The model with some of its inputs given for good: they are passed along and not attributed to (Captum's
 * `additional_forward_args`).
 *
 * A bound tensor has one row an example, which goes with every row made of that example, or one row for all, which is repeated (where
 * the model declares the shape, it may be given without its batch axis). A scalar whose shape the model does not declare, and whatever
 * `shared` names, is passed as it is.
 *
 * @throws InvalidArgumentError for a name the model does not have, or a shape it does not take; when it is run, for a number of rows
 * that is neither 1 nor the number of examples.
 */
export function bind<M extends Model>(model: M, values: Readonly<Record<string, TensorLike>>, options?: BindOptions): ViewOf<M>;
export function bind(model: Model, values: Readonly<Record<string, TensorLike>>, options: BindOptions = {}): Model {
  assertModel(model, "model");
  const { shared = [] } = options;
  for (const name of shared)
    if (!Object.hasOwn(values, name))
      throw new InvalidArgumentError(`shared names "${name}", which is not bound (${listNames(Object.keys(values))})`);
  return throughLayers(model, (inner) => bindOne(inner, values, shared));
}

function bindOne(model: Model, values: Readonly<Record<string, TensorLike>>, shared: readonly string[]): Model {
  const names = Object.keys(values);
  const bound: NamedTensors = Object.fromEntries(
    names.map((name) => {
      const info = isGraphModel(model) ? model.value(name) : model.inputs.find((input) => input.name === name);
      if (info === undefined && model.inputs.length > 0)
        throw new InvalidArgumentError(`bound input "${name}" is unknown; the model takes ${listNames(namesOf(model.inputs))}`);
      const tensor = toModelTensor(model.backend, values[name]!, info?.dtype, `bound input "${name}"`);
      return [name, shared.includes(name) ? tensor : withRows(model.backend, info, tensor, `bound input "${name}"`)];
    }),
  );

  /** A request with what is bound among its feeds, row by row, where it is needed for `fetches`. */
  const complete = <R extends RowsRequest>(request: R, fetches: readonly string[]): R => {
    const twice = Object.keys(request.feeds).find((name) => names.includes(name));
    if (twice !== undefined) throw new InvalidArgumentError(`input "${twice}" is fed, but bound already`);
    const origin = originOf(request);
    const needed = neededNames(model, names, request.feeds, fetches);
    const isShared = (name: string): boolean => shared.includes(name) || bound[name]!.shape.length === 0;
    const feeds = Object.fromEntries(
      needed.map((name) => [
        name,
        isShared(name) ? bound[name]! : rowsFor(model, name, bound[name]!, origin, request.origin === undefined),
      ]),
    );
    return {
      ...request,
      feeds: { ...request.feeds, ...feeds },
      origin,
      shared: [...(request.shared ?? []), ...needed.filter(isShared)],
    };
  };

  return derive(model, {
    inputs: model.inputs.filter((input) => !names.includes(input.name)),
    async run(request: RunRequest): Promise<NamedTensors> {
      using scope = model.backend.scope();
      const result = await model.run(complete(request, request.fetches));
      for (const tensor of Object.values(result)) scope.keep(tensor);
      return result;
    },
    ...(isDifferentiableModel(model) && {
      async gradient(request: GradientRequest): Promise<GradientResult> {
        using scope = model.backend.scope();
        // A reference leaves out what is bound, which is therefore fed to both alike.
        const result = await model.gradient(complete(request, [request.objective.value, ...(request.fetches ?? [])]));
        for (const tensor of [...Object.values(result.gradients), ...Object.values(result.values)]) scope.keep(tensor);
        return result;
      },
    }),
    ...(isGraphModel(model) && {
      // What is bound is no value to feed any more.
      value: (name: string) => (names.includes(name) ? undefined : model.value(name)),
      values: model.values.filter((name) => !names.includes(name)),
      required: (fed: readonly string[], fetches: readonly string[]) => model.required([...fed, ...names], fetches),
    }),
  });
}

/** One row for all may be given without its axis, where the model says what a row is. */
function withRows(backend: TensorBackend, info: ValueInfo | undefined, tensor: Tensor, what: string): Tensor {
  const isRow = tensor.shape.length + 1 === info?.shape?.length;
  const rows = isRow ? backend.reshape(tensor, [1, ...tensor.shape]) : tensor;
  checkDeclaredShape(info, rows, what);
  return rows;
}

/** A graph model takes only what still reaches the values asked for. */
function neededNames(model: Model, names: readonly string[], feeds: NamedTensors, fetches: readonly string[]): readonly string[] {
  if (!isGraphModel(model)) return names;
  const inputs = namesOf(model.inputs);
  const required = model.required(Object.keys(feeds), fetches);
  return names.filter((name) => required.includes(name) || !inputs.includes(name));
}

function rowsFor(model: Model, name: string, tensor: Tensor, origin: RowOrigin, inOrder: boolean): Tensor {
  const rows = origin.examples.length;
  const given = tensor.shape[0]!;
  if (given === 1 && origin.count !== 1) return model.backend.broadcastTo(tensor, [rows, ...tensor.shape.slice(1)]);
  if (given !== origin.count)
    throw new InvalidArgumentError(
      `bound input "${name}" has ${given} rows (shape ${formatShape(tensor.shape)}) for ${origin.count} examples: give one row an example, ` +
        "one for all, or, where it has no batch axis, list it in bind's `shared`",
    );
  if (inOrder) return tensor;
  // One example repeated needs no index for every row.
  if (given === 1) return rows === 1 ? tensor : model.backend.broadcastTo(tensor, [rows, ...tensor.shape.slice(1)]);
  return model.backend.gather(tensor, model.backend.fromData(origin.examples, [rows], "int32"), 0);
}
