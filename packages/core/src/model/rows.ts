import { InvalidArgumentError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor, TensorBackend } from "../tensor/tensor.ts";
import type { Model, NamedTensors, RowOrigin, RunRequest } from "./model.ts";
import { listNames } from "./names.ts";

/** What of a request tells its rows. */
export type RowsRequest = Pick<RunRequest, "feeds" | "shared" | "stacked" | "origin">;

/** True for a feed that has one row for every row of the batch. */
function hasRows(name: string, tensor: Tensor, { shared, stacked }: RowsRequest): boolean {
  return tensor.shape.length > 0 && shared?.includes(name) !== true && stacked?.includes(name) !== true;
}

/** How many rows a request holds. @throws InvalidArgumentError where its feeds disagree. */
export function rowCount(request: RowsRequest): number {
  let rows = request.origin?.examples.length;
  let source = "origin";
  for (const [name, tensor] of Object.entries(request.feeds)) {
    if (!hasRows(name, tensor, request)) continue;
    if (rows === undefined) {
      rows = tensor.shape[0]!;
      source = `"${name}"`;
    } else if (tensor.shape[0] !== rows)
      throw new InvalidArgumentError(
        `"${name}" has ${tensor.shape[0]} rows (shape ${formatShape(tensor.shape)}), but ${source} has ${rows}`,
      );
  }
  if (rows === undefined)
    throw new InvalidArgumentError(
      `no input with rows is fed (fed: ${listNames(Object.keys(request.feeds))}); its first axis is the batch`,
    );
  for (const name of request.stacked ?? []) {
    const shape = request.feeds[name]?.shape;
    if (shape !== undefined && !((shape[0] ?? 0) > 0 && shape[0]! % rows === 0))
      throw new InvalidArgumentError(`"${name}" has shape ${formatShape(shape)}, whose rows cannot be shared out among ${rows}`);
  }
  return rows;
}

/** Where the rows come from: row i is example i where a request does not say. */
export function originOf(request: RowsRequest): RowOrigin {
  if (request.origin !== undefined) return request.origin;
  const count = rowCount(request);
  return { examples: Int32Array.from({ length: count }, (_, row) => row), count };
}

/** The rows `begin .. end` (exclusive) of a tensor. */
export function sliceRows(backend: TensorBackend, tensor: Tensor, begin: number, end: number): Tensor {
  if (begin === 0 && end === tensor.shape[0]) return tensor;
  const starts = tensor.shape.map((_, axis) => (axis === 0 ? begin : 0));
  return backend.slice(
    tensor,
    starts,
    tensor.shape.map((length, axis) => (axis === 0 ? end : length)),
  );
}

/** Runs a request of any number of rows in calls of at most `limit` rows, and joins what they give. */
export async function runInBatches(model: Model, request: RunRequest, limit: number = model.maxBatchSize): Promise<NamedTensors> {
  const rows = rowCount(request);
  if (rows <= limit) return await model.run(request);
  const { backend } = model;
  using scope = backend.scope();
  const parts: NamedTensors[] = [];
  for (let begin = 0; begin < rows; begin += limit) {
    request.signal?.throwIfAborted();
    parts.push(await model.run(requestRows(backend, request, begin, Math.min(begin + limit, rows))));
  }
  return Object.fromEntries(
    request.fetches.map((name) => [
      name,
      scope.keep(
        backend.concat(
          parts.map((part) => part[name]!),
          0,
        ),
      ),
    ]),
  );
}

/** The part of a request that holds the rows `begin .. end`. */
export function requestRows<R extends RowsRequest>(backend: TensorBackend, request: R, begin: number, end: number): R {
  const feeds = feedRows(backend, request.feeds, request, begin, end);
  // Said also where the request did not: row 0 of the second part is not example 0.
  const origin = originOf(request);
  return { ...request, feeds, origin: { examples: origin.examples.subarray(begin, end), count: origin.count } };
}

/** What `feeds` have of the rows `begin .. end` of a request: its own, or what stands beside them. */
export function feedRows(
  backend: TensorBackend,
  feeds: NamedTensors,
  request: RowsRequest,
  begin: number,
  end: number,
): NamedTensors {
  const rows = rowCount(request);
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => {
      if (request.stacked?.includes(name) === true) {
        const each = tensor.shape[0]! / rows;
        return [name, sliceRows(backend, tensor, begin * each, end * each)];
      }
      return [name, hasRows(name, tensor, request) ? sliceRows(backend, tensor, begin, end) : tensor];
    }),
  );
}
