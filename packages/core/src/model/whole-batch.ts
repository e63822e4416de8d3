import { InvalidArgumentError, UnsupportedError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import { assertModel } from "./assert-model.ts";
import type { Model, NamedTensors, ResolvedInputs, RunRequest } from "./model.ts";
import { rowCount, sliceRows } from "./rows.ts";

/**
 * A model whose output is of the batch as a whole (a loss, an average, one number whatever the rows), made one that gives a row for
 * every row: all that the user hands over is one example. Inputs of shape `[...]` become `[1, ...]`, and so do their attributions;
 * each row is then run by itself, as the batch it stands for.
 *
 * An output that is one number becomes one row; one of shape `[1, ...]` is a row already. Inputs need not agree in their first axis.
 *
 * @throws InvalidArgumentError where the model gives more than one row for a batch.
 */
export function wholeBatch(model: Model): Model {
  assertModel(model, "model");
  if (model.resolve !== undefined)
    throw new UnsupportedError(
      "wholeBatch takes a model that attributes to its inputs, not a layer view: a layer's value would have to be a batch",
    );
  const rowsView: Model = {
    backend: model.backend,
    inputs: model.inputs.map(({ name, dtype, shape }) => ({ name, dtype, shape: shape && [null, ...shape] })),
    outputs: model.outputs,
    maxBatchSize: 1,
    get notes() {
      return model.notes;
    },
    run: (request) => runBatches(model, request),
  };
  // No graph model, also where the model is one: its inner values are of batches, not of rows.
  return {
    backend: model.backend,
    inputs: model.inputs,
    outputs: model.outputs,
    maxBatchSize: 1,
    get notes() {
      return model.notes;
    },
    run: (request) => model.run(request),
    async resolve(inputs): Promise<ResolvedInputs> {
      const lift = (tensors: NamedTensors): NamedTensors =>
        Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]) => [name, model.backend.reshape(tensor, [1, ...tensor.shape])]),
        );
      return { values: lift(inputs), model: rowsView, at: async (others) => lift(others) };
    },
  };
}

/** Runs the batch of every row by itself. */
async function runBatches(model: Model, request: RunRequest): Promise<NamedTensors> {
  const rows = rowCount(request);
  const { backend } = model;
  using scope = backend.scope();
  const parts: NamedTensors[] = [];
  for (let row = 0; row < rows; row++) {
    request.signal?.throwIfAborted();
    const feeds = Object.fromEntries(
      Object.entries(request.feeds).map(([name, tensor]) =>
        request.shared?.includes(name) || tensor.shape.length === 0
          ? [name, tensor]
          : [name, backend.reshape(sliceRows(backend, tensor, row, row + 1), tensor.shape.slice(1))],
      ),
    );
    // The batch is one example: no feed has a row axis of its own.
    parts.push(
      await model.run({
        feeds,
        fetches: request.fetches,
        shared: Object.keys(feeds),
        origin: { examples: Int32Array.of(0), count: 1 },
        signal: request.signal,
      }),
    );
  }
  return Object.fromEntries(
    request.fetches.map((name) => {
      const outputs = parts.map((part) => {
        const output = part[name]!;
        if (output.shape.length === 0) return backend.reshape(output, [1]);
        if (output.shape[0] === 1) return output;
        throw new InvalidArgumentError(
          `output "${name}" has shape ${formatShape(output.shape)} for a whole batch: it must be one number, or one row; without wholeBatch the rows are explained one by one`,
        );
      });
      return [name, scope.keep(backend.concat(outputs, 0))];
    }),
  );
}
