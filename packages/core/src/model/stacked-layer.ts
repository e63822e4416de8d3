import { InvalidArgumentError } from "../errors.ts";
import type { AbortSignalLike } from "../signal.ts";
import { numbersOf } from "../tensor/dtype.ts";
import { formatShape } from "../tensor/shape.ts";
import type { HostData, Tensor } from "../tensor/tensor.ts";
import { isDifferentiableModel } from "./capabilities.ts";
import type { GradientRequest, GradientResult } from "./differentiable.ts";
import type { GraphModel, NamedTensors } from "./model.ts";
import { pick } from "./names.ts";
import { originOf, type RowsRequest, rowCount, runInBatches, sliceRows } from "./rows.ts";
import { derive } from "./view.ts";

/** Where a layer's rows for one example lie when it is computed for several: next to each other, or anywhere. */
export type Stack = "neighbours" | "anywhere";

export interface LayerAt {
  /** One row an example. */
  readonly value: Tensor;
  /** Every row is a stack of the layer's own rows. Absent where the layer has one for an example. */
  readonly stack?: Stack | undefined;
}

/**
 * A layer's value at inputs. Where it has several rows for an example (all choices of a question go through an encoder as rows of their
 * own) they make one: `[examples, rows, ...]`.
 *
 * @param known where the rows lie, if that has been found out before
 * @throws InvalidArgumentError where the rows cannot be shared out among the examples.
 */
export async function layerAt(
  model: GraphModel,
  layer: string,
  inputs: NamedTensors,
  examples: number,
  signal: AbortSignalLike | undefined,
  known?: Stack,
): Promise<LayerAt> {
  const feeds = pick(inputs, model.required([], [layer]), "input");
  const together = (await runInBatches(model, { feeds, fetches: [layer], signal }))[layer]!;
  if (together.shape[0] === examples) return { value: together };
  const rows = (together.shape[0] ?? 0) / examples;
  if (!(Number.isInteger(rows) && rows > 0)) throw unevenRows(layer, together, examples);
  const stack = known ?? (await whereRowsLie(model, layer, feeds, { examples, rows }, signal));
  if (stack === "neighbours" || examples === 1)
    return { value: model.backend.reshape(together, [examples, rows, ...together.shape.slice(1)]), stack };
  return { value: await oneByOne(model, layer, feeds, together, { examples, signal }), stack };
}

/**
 * Where the rows lie: of two copies of an example, neighbours are the example's rows twice. Rows that are all alike are that in any
 * order, which tells nothing.
 */
async function whereRowsLie(
  model: GraphModel,
  layer: string,
  feeds: NamedTensors,
  { examples, rows }: { readonly examples: number; readonly rows: number },
  signal: AbortSignalLike | undefined,
): Promise<Stack> {
  // No two examples ever share a call.
  if (model.maxBatchSize === 1) return "neighbours";
  const { backend } = model;
  const twice = Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => {
      const first = sliceRows(backend, tensor, 0, 1);
      return [name, backend.concat([first, first], 0)];
    }),
  );
  const origin = { examples: Int32Array.of(0, 0), count: examples };
  const value = (await model.run({ feeds: twice, fetches: [layer], origin, signal }))[layer]!;
  return value.shape[0] === 2 * rows && areCopies(await backend.read(value)) ? "neighbours" : "anywhere";
}

/** Whether the second half of the rows repeats the first, which has rows that differ. */
function areCopies({ data, shape }: HostData): boolean {
  const numbers = numbersOf(data);
  const half = numbers.length / 2;
  const width = numbers.length / shape[0]!;
  let most = 0;
  for (let i = 0; i < numbers.length; i++) most = Math.max(most, Math.abs(numbers[i]!));
  // Other rows of a batch may change a row by rounding.
  const rounding = 1e-4 * most;
  let differ = false;
  for (let i = 0; i < half; i++) {
    if (!(Math.abs(numbers[half + i]! - numbers[i]!) <= rounding)) return false;
    if (Math.abs(numbers[i]! - numbers[i % width]!) > rounding) differ = true;
  }
  return differ;
}

async function oneByOne(
  model: GraphModel,
  layer: string,
  feeds: NamedTensors,
  together: Tensor,
  { examples, signal }: { readonly examples: number; readonly signal: AbortSignalLike | undefined },
): Promise<Tensor> {
  const { backend } = model;
  const stacks: Tensor[] = [];
  let rows = 0;
  for (let example = 0; example < examples; example++) {
    signal?.throwIfAborted();
    const alone = Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => [name, sliceRows(backend, tensor, example, example + 1)]),
    );
    const origin = { examples: Int32Array.of(example), count: examples };
    const value = (await model.run({ feeds: alone, fetches: [layer], origin, signal }))[layer]!;
    rows += value.shape[0] ?? 0;
    stacks.push(backend.reshape(value, [1, ...value.shape]));
  }
  if (rows !== together.shape[0]) throw unevenRows(layer, together, examples);
  return backend.concat(stacks, 0);
}

function unevenRows(layer: string, value: Tensor, examples: number): InvalidArgumentError {
  return new InvalidArgumentError(
    `layer "${layer}" has shape ${formatShape(value.shape)} for ${examples} examples: it has not one row an example, so nothing can be attributed to it`,
  );
}

/** The model from a layer on that is fed a stack an example: the layer's own rows are no rows of the batch. */
export function unstacked(model: GraphModel, layer: string, stack: Stack): GraphModel {
  const { backend } = model;
  const open = <R extends RowsRequest>(request: R): R => {
    const stacks = request.feeds[layer];
    if (stacks === undefined) return request;
    const [rows, each, ...inner] = stacks.shape as [number, number, ...number[]]; // those of `layerAt`
    const feeds = { ...request.feeds, [layer]: backend.reshape(stacks, [rows * each, ...inner]) };
    return { ...request, feeds, stacked: [...(request.stacked ?? []), layer], origin: originOf(request) };
  };
  const close = (tensors: NamedTensors, request: RowsRequest): NamedTensors => {
    const value = tensors[layer];
    if (value === undefined) return tensors;
    const rows = rowCount(request);
    const [all, ...inner] = value.shape as [number, ...number[]]; // a layer that has rows
    return { ...tensors, [layer]: backend.reshape(value, [rows, all / rows, ...inner]) };
  };
  return derive(model, {
    maxBatchSize: stack === "neighbours" ? model.maxBatchSize : 1,
    run: async (request) => close(await model.run(open(request)), request),
    ...(isDifferentiableModel(model) && {
      async gradient(request: GradientRequest): Promise<GradientResult> {
        const { rules } = request;
        const reference = rules?.kind === "deepLift" ? open({ ...request, feeds: rules.reference }).feeds : undefined;
        const result = await model.gradient({
          ...open(request),
          rules: rules?.kind === "deepLift" ? { ...rules, reference: reference! } : rules,
        });
        return { gradients: close(result.gradients, request), values: close(result.values, request) };
      },
    }),
  });
}
