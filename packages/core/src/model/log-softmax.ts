import { InvalidArgumentError, UnsupportedError } from "../errors.ts";
import { isFloat } from "../tensor/dtype.ts";
import { formatShape, sizeOf, stridesOf } from "../tensor/shape.ts";
import type { Scope, Tensor, TensorBackend } from "../tensor/tensor.ts";
import { assertModel } from "./assert-model.ts";
import { isDifferentiableModel, isGraphModel } from "./capabilities.ts";
import type { DifferentiableModel, GradientRequest, GradientResult, Objective } from "./differentiable.ts";
import type { Model, NamedTensors, RunRequest, ValueInfo } from "./model.ts";
import { derive, throughLayers, type ViewOf } from "./view.ts";

/**
 * The model with its first output turned into log-probabilities: `x − log Σ exp x` along `axis`, computed without overflow. The output is
 * called `log_softmax(NAME)`; what it was is still there under its own name.
 *
 * A gradient takes one call where the model differentiates log-probabilities itself, as ONNX files do. Elsewhere it takes two: one for
 * the scores, which the derivative of the logarithm of a softmax needs, and one that differentiates.
 *
 * @param axis counts from the back where negative; never the first one, which is the batch.
 */
export function logSoftmax<M extends Model>(model: M, axis?: number): ViewOf<M>;
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
    ...(isDifferentiableModel(model) && {
      // A log-softmax of the log-softmax is not what the model below would take it for.
      differentiatesLogSoftmax: false,
      gradient: (request: GradientRequest) => gradientOf(model, request, { raw: raw.name, output: output.name, axis }),
    }),
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

interface Names {
  readonly raw: string;
  readonly output: string;
  readonly axis: number;
}

async function gradientOf(model: DifferentiableModel, request: GradientRequest, names: Names): Promise<GradientResult> {
  const { backend } = model;
  const { raw, output, axis } = names;
  const { objective, wrt, fetches = [], rules, feeds, shared, stacked, origin, signal } = request;
  const run = (names: readonly string[]): Promise<NamedTensors> =>
    model.run({ feeds, shared, stacked, origin, signal, fetches: names });
  if (Object.hasOwn(feeds, output) || (wrt.includes(output) && objective.value !== output))
    throw new UnsupportedError(
      `"${output}" is made of the model's output, so nothing of the model comes after it: differentiate by "${raw}" or what is before`,
    );
  if (rules !== undefined && (rules.kind === "deepLift" || rules.kind === "lrp") && objective.value === output)
    throw new UnsupportedError(
      `${rules.kind === "lrp" ? "Lrp" : "DeepLift"} has no rule for logSoftmax, which divides one output among all: explain "${raw}" itself, the model without logSoftmax`,
    );
  using scope = backend.scope();
  const inner = wrt.filter((name) => name !== output);
  const rawFetches = [...new Set(fetches.map((name) => (name === output ? raw : name)))];
  let through: Objective = objective;
  let cotangent: Tensor | undefined;
  if (
    objective.value === output &&
    model.differentiatesLogSoftmax === true &&
    !wrt.includes(output) &&
    isInside(objective, axis)
  ) {
    through = { ...objective, value: raw, logSoftmax: axis };
  } else if (objective.value === output) {
    const scores = (await run([raw]))[raw]!;
    const logarithms = logSoftmaxOf(backend, scores, axis, raw);
    cotangent = cotangentOf(backend, objective, logarithms);
    // d/dx of c · (x − log Σ exp x) is c − softmax(x) Σ c.
    const total = backend.sum(cotangent, [positive(axis, scores)], true);
    through = { value: raw, cotangent: backend.sub(cotangent, backend.mul(backend.exp(logarithms), total)) };
  }
  const result =
    inner.length > 0
      ? await model.gradient({ ...request, wrt: inner, fetches: rawFetches, objective: through })
      : { gradients: {}, values: rawFetches.length > 0 ? await run(rawFetches) : {} };
  return {
    gradients: Object.fromEntries(wrt.map((name) => [name, scope.keep(name === output ? cotangent! : result.gradients[name]!)])),
    values: Object.fromEntries(fetches.map((name) => [name, keepFetched(scope, backend, result.values, name, names)])),
  };
}

/** Whether the axis is one of the value's, the batch aside, as far as the objective shows its rank. */
function isInside(objective: Objective, axis: number): boolean {
  const rank = "index" in objective ? (objective.index[0]?.length ?? 0) + 1 : objective.cotangent.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  return Number.isInteger(axis) && at >= 1 && at < rank;
}

function keepFetched(scope: Scope, backend: TensorBackend, values: NamedTensors, name: string, names: Names): Tensor {
  const { raw, output, axis } = names;
  return scope.keep(name === output ? logSoftmaxOf(backend, values[raw]!, axis, raw) : values[name]!);
}

function cotangentOf(backend: TensorBackend, objective: Objective, value: Tensor): Tensor {
  if ("cotangent" in objective) return objective.cotangent;
  const ones = new Float64Array(sizeOf(value.shape));
  const strides = stridesOf(value.shape);
  objective.index.forEach((path, row) => {
    ones[path.reduce((sum, index, axis) => sum + index * strides[axis + 1]!, row * strides[0]!)] = 1;
  });
  return backend.from({ data: ones, dims: value.shape, type: "float64" }, value.dtype);
}

function positive(axis: number, value: Tensor): number {
  return axis < 0 ? axis + value.shape.length : axis;
}

function logSoftmaxOf(backend: TensorBackend, value: Tensor, axis: number, name: string): Tensor {
  const rank = value.shape.length;
  const at = positive(axis, value);
  if (!Number.isInteger(axis) || at < 1 || at >= rank)
    throw new InvalidArgumentError(
      `axis ${String(axis)} is no axis of "${name}" (shape ${formatShape(value.shape)}) to normalise over; the first one is the batch`,
    );
  const x = isFloat(value.dtype) ? value : backend.cast(value, "float32");
  const shifted = backend.sub(x, backend.max(x, [at], true));
  return backend.sub(shifted, backend.log(backend.sum(backend.exp(shifted), [at], true)));
}
