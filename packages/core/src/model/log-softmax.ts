import { InvalidArgumentError } from "../errors.ts";
import { isFloat } from "../tensor/dtype.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor, TensorBackend } from "../tensor/tensor.ts";
import { assertModel } from "./assert-model.ts";
import { isGraphModel } from "./capabilities.ts";
import type { GraphModel, Model, NamedTensors, RunRequest, ValueInfo } from "./model.ts";
import { derive, throughLayers } from "./view.ts";

/**
 * The model with its first output turned into log-probabilities: `x − log Σ exp x` along `axis`, computed without overflow. The output is
 * called `log_softmax(NAME)`; what it was is still there under its own name.
 *
 * @param axis counts from the back where negative; never the first one, which is the batch.
 */
export function logSoftmax(model: GraphModel, axis?: number): GraphModel;
export function logSoftmax(model: Model, axis?: number): Model;
export function logSoftmax(model: Model, axis = -1): Model {
  assertModel(model, "model");
  return throughLayers(model, (inner) => logSoftmaxOne(inner, axis));
}

function logSoftmaxOne(model: Model, axis: number): Model {
  const [raw, ...others] = model.outputs;
  if (raw === undefined) throw new InvalidArgumentError("model has no outputs");
  const output: ValueInfo = { ...raw, name: `log_softmax(${raw.name})` };
  const below = (name: string): string => (name === output.name ? raw.name : name);

  return derive(model, {
    outputs: [output, ...others],
    async run(request: RunRequest): Promise<NamedTensors> {
      using scope = model.backend.scope();
      // Fed itself, as an inner value of a graph can be, it is what was fed.
      const { [output.name]: fed, ...feeds } = request.feeds;
      const fetches = fed === undefined ? request.fetches : request.fetches.filter((name) => name !== output.name);
      const result =
        fetches.length === 0 ? {} : await model.run({ ...request, feeds, fetches: [...new Set(fetches.map(below))] });
      return Object.fromEntries(
        request.fetches.map((name) => {
          if (name === output.name && fed !== undefined) return [name, fed];
          const value = result[below(name)]!;
          return [name, scope.keep(name === output.name ? logSoftmaxOf(model.backend, value, axis, raw.name) : value)];
        }),
      );
    },
    ...(isGraphModel(model) && {
      value: (name: string) => (name === output.name ? output : model.value(name)),
      values: [...model.values, output.name],
      required: (fed: readonly string[], fetches: readonly string[]) =>
        model.required(
          fed.filter((name) => name !== output.name),
          fetches.filter((name) => name !== output.name || !fed.includes(name)).map(below),
        ),
    }),
  });
}

function logSoftmaxOf(backend: TensorBackend, value: Tensor, axis: number, name: string): Tensor {
  const rank = value.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || at < 1 || at >= rank)
    throw new InvalidArgumentError(
      `axis ${String(axis)} is no axis of "${name}" (shape ${formatShape(value.shape)}) to normalise over; the first one is the batch`,
    );
  const x = isFloat(value.dtype) ? value : backend.cast(value, "float32");
  const shifted = backend.sub(x, backend.max(x, [at], true));
  return backend.sub(shifted, backend.log(backend.sum(backend.exp(shifted), [at], true)));
}
