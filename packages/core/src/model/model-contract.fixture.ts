import { describe, expect, test } from "vitest";
import { InvalidArgumentError } from "../errors.ts";
import { seededRandom } from "../tensor/random.ts";
import { sizeOf, unravel } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isDifferentiableModel, isGraphModel, isModel } from "./capabilities.ts";
import type { DifferentiableModel } from "./differentiable.ts";
import { limitBatch } from "./limit-batch.ts";
import type { GraphModel, Model, NamedTensors } from "./model.ts";
import { namesOf } from "./names.ts";
import { sliceRows } from "./rows.ts";

/** What the suite needs of a model under test. */
export interface ModelCase<M extends Model = Model> {
  readonly model: M;
  /** Inputs of so many rows, no two rows alike, by input name. */
  inputs(rows: number): NamedTensors;
  /** By how much a float may be off between batches, of the larger of 1 and the number. @defaultValue 0 */
  readonly tolerance?: number | undefined;
}

const rows = 5;

/** What every model must do. */
export function describeModel(name: string, makeModel: () => ModelCase | Promise<ModelCase>): void {
  describe(`${name} as a model`, () => {
    test("is one, with outputs and room for a row", async () => {
      const { model } = await makeModel();
      expect(isModel(model)).toBe(true);
      expect(model.outputs.length).toBeGreaterThan(0);
      expect(model.maxBatchSize).toBeGreaterThanOrEqual(1);
    });

    test("gives one row for every row, under the names asked for", async () => {
      const { model, inputs } = await makeModel();
      const fetches = namesOf(model.outputs);
      const result = await run(model, inputs(rows), fetches);
      expect(new Set(Object.keys(result))).toEqual(new Set(fetches));
      for (const name of fetches) expect(result[name]!.shape[0]).toBe(rows);
    });

    test("gives a row the same numbers alone and in any batch", async () => {
      const { model, inputs, tolerance } = await makeModel();
      const fetch = model.outputs[0]!.name;
      const all = inputs(rows);
      const whole = (await run(model, all, [fetch]))[fetch]!;
      const backwards = mapTensors(all, (tensor) => reversed(model, tensor));
      const turned = reversed(model, (await run(model, backwards, [fetch]))[fetch]!);
      await expectClose(model, turned, whole, tolerance);
      for (let row = 0; row < rows; row++) {
        const alone = await run(
          model,
          mapTensors(all, (tensor) => sliceRows(model.backend, tensor, row, row + 1)),
          [fetch],
        );
        await expectClose(model, alone[fetch]!, sliceRows(model.backend, whole, row, row + 1), tolerance);
      }
    });

    test("gives the same numbers when it is called again, and leaves its feeds as they were", async () => {
      const { model, inputs } = await makeModel();
      const fetch = model.outputs[0]!.name;
      const feeds = inputs(rows);
      const before = await Promise.all(Object.values(feeds).map(async (tensor) => numbers(model, tensor)));
      const first = await numbers(model, (await run(model, feeds, [fetch]))[fetch]!);
      expect(await numbers(model, (await run(model, feeds, [fetch]))[fetch]!)).toEqual(first);
      expect(await Promise.all(Object.values(feeds).map(async (tensor) => numbers(model, tensor)))).toEqual(before);
    });

    test("takes rows that share an example", async () => {
      const { model, inputs, tolerance } = await makeModel();
      const fetch = model.outputs[0]!.name;
      const two = inputs(2);
      const order = model.backend.from([1, 0, 1], "int32");
      const feeds = mapTensors(two, (tensor) => model.backend.gather(tensor, order, 0));
      const result = await runInLimit(model, { feeds, fetches: [fetch], origin: { examples: Int32Array.of(1, 0, 1), count: 2 } });
      const expected = model.backend.gather((await run(model, two, [fetch]))[fetch]!, order, 0);
      await expectClose(model, result[fetch]!, expected, tolerance);
    });

    test("refuses a missing input, an unknown one and an unknown output by name", async () => {
      const { model, inputs } = await makeModel();
      const feeds = inputs(1);
      const fetches = namesOf(model.outputs);
      const [first] = Object.keys(feeds);
      const { [first!]: left, ...others } = feeds;
      await expect(model.run({ feeds: others, fetches })).rejects.toThrow(InvalidArgumentError);
      await expect(model.run({ feeds: { ...feeds, "no such input": left! }, fetches })).rejects.toThrow("no such input");
      await expect(model.run({ feeds, fetches: ["no such output"] })).rejects.toThrow("no such output");
    });

    test("rejects with the signal's reason once it is aborted", async () => {
      const { model, inputs } = await makeModel();
      const reason = new Error("enough");
      await expect(
        model.run({ feeds: inputs(1), fetches: namesOf(model.outputs), signal: AbortSignal.abort(reason) }),
      ).rejects.toBe(reason);
    });
  });
}

/** What every graph model must do: all that a model must, and that its inner values can be fetched and fed. */
export function describeGraphModel(name: string, makeModel: () => ModelCase<GraphModel> | Promise<ModelCase<GraphModel>>): void {
  describeModel(name, makeModel);
  describe(`${name} as a graph model`, () => {
    const graphTest = (fact: string, check: (given: ModelCase<GraphModel>) => Promise<void>): void => {
      test(fact, async () => {
        const given = await makeModel();
        expect(isGraphModel(given.model)).toBe(true);
        await check(given);
      });
    };

    graphTest("knows its inputs and outputs among its values, and no others", async ({ model }) => {
      for (const { name } of [...model.inputs, ...model.outputs]) {
        expect(model.values).toContain(name);
        expect(model.value(name)?.name).toBe(name);
      }
      expect(model.value("no such value")).toBeUndefined();
    });

    graphTest(
      "computes the same outputs from any inner value fed as it was, with only the inputs that are still required",
      async (given) => {
        const { model, inputs, tolerance } = given;
        const feeds = inputs(rows);
        const fetches = namesOf(model.outputs);
        const expected = await run(model, feeds, fetches);
        for (const name of model.values) {
          const value = (await run(model, feeds, [name]))[name]!;
          if (value.shape[0] !== rows) continue;
          const still = model.required([name], fetches);
          const fed = { ...Object.fromEntries(still.map((input) => [input, feeds[input]!])), [name]: value };
          const result = await run(model, fed, fetches);
          for (const fetch of fetches) await expectClose(model, result[fetch]!, expected[fetch]!, tolerance);
        }
      },
    );

    graphTest("requires nothing of what is fed, and every input when nothing is fed and all is fetched", async ({ model }) => {
      const fetches = namesOf(model.outputs);
      expect(model.required(fetches, fetches)).toEqual([]);
      expect(new Set(model.required([], model.values))).toEqual(new Set(namesOf(model.inputs)));
    });
  });
}

/** What the suite needs of a differentiable model under test: its first output is smooth at the inputs. */
export interface DifferentiableCase extends ModelCase<DifferentiableModel> {
  /** Float inputs, and inner values with a row for every row, to differentiate by. */
  readonly wrt: readonly string[];
  /** Steps of central differences. @defaultValue 1e-3 */
  readonly step?: number | undefined;
  /** By how much a derivative may be off central differences, of the larger of 1 and the number. @defaultValue 1e-4 */
  readonly differenceTolerance?: number | undefined;
  /** The same function in float64, with the same names. */
  readonly oracle?: DifferentiableModel | undefined;
}

/** What every differentiable model must do. */
export function describeDifferentiableModel(
  name: string,
  makeModel: () => DifferentiableCase | Promise<DifferentiableCase>,
): void {
  describe(`${name} as a differentiable model`, () => {
    const ask = async (given: DifferentiableCase, feeds: NamedTensors) => {
      const { model, wrt } = given;
      const value = model.outputs[0]!.name;
      const output = (await run(model, feeds, [value]))[value]!;
      const random = seededRandom(7);
      const weights = Float64Array.from({ length: sizeOf(output.shape) }, () => random.normal());
      const cotangent = ofNumbers(model, weights, output);
      const result = await inLimit(model).gradient({ feeds, objective: { value, cotangent }, wrt, fetches: [value] });
      return { value, output, weights, cotangent, ...result };
    };

    test("gives a gradient of every value's shape and dtype, and the fetched values as a run does", async () => {
      const given = await makeModel();
      expect(isDifferentiableModel(given.model)).toBe(true);
      const feeds = given.inputs(rows);
      const { value, output, gradients, values } = await ask(given, feeds);
      expect(Object.keys(values)).toEqual([value]);
      await expectClose(given.model, values[value]!, output, given.tolerance);
      expect(new Set(Object.keys(gradients))).toEqual(new Set(given.wrt));
      for (const wrt of given.wrt) {
        const at = (await run(given.model, feeds, [wrt]))[wrt]!;
        expect(gradients[wrt]!.shape).toEqual(at.shape);
        expect(gradients[wrt]!.dtype).toBe(at.dtype);
      }
    });

    test("gives what central differences give along random directions", async () => {
      const given = await makeModel();
      const { model, step = 1e-3, differenceTolerance = 1e-4 } = given;
      const feeds = given.inputs(rows);
      const { value, weights, gradients } = await ask(given, feeds);
      const objectives = async (at: NamedTensors): Promise<number[]> => {
        const output = await numbers(model, (await run(model, at, [value]))[value]!);
        const width = output.length / rows;
        return Array.from({ length: rows }, (_, row) =>
          output.slice(row * width, (row + 1) * width).reduce((sum, x, i) => sum + x * weights[row * width + i]!, 0),
        );
      };
      const random = seededRandom(8);
      for (const wrt of given.wrt) {
        const at = (await run(model, feeds, [wrt]))[wrt]!;
        const still = isGraphModel(model) ? model.required([wrt], [value]) : Object.keys(feeds);
        const others = Object.fromEntries(still.map((input) => [input, feeds[input]!]));
        const x = await numbers(model, at);
        const direction = x.map(() => random.normal());
        const moved = (by: number): NamedTensors => ({
          ...others,
          [wrt]: ofNumbers(
            model,
            Float64Array.from(x, (element, i) => element + by * direction[i]!),
            at,
          ),
        });
        const [up, down] = [await objectives(moved(step)), await objectives(moved(-step))];
        const gradient = await numbers(model, gradients[wrt]!);
        const width = gradient.length / rows;
        for (let row = 0; row < rows; row++) {
          let slope = 0;
          for (let i = row * width; i < (row + 1) * width; i++) slope += gradient[i]! * direction[i]!;
          const difference = (up[row]! - down[row]!) / (2 * step);
          expect(Math.abs(slope - difference), `${wrt}, row ${row}: ${slope}, ${difference}`).toBeLessThanOrEqual(
            differenceTolerance * Math.max(1, Math.abs(difference)),
          );
        }
      }
    });

    test("gives the gradient by an index as the cotangent of that element alone", async () => {
      const given = await makeModel();
      const { model, wrt } = given;
      const feeds = given.inputs(rows);
      const { value, output } = await ask(given, feeds);
      const inner = output.shape.slice(1);
      const width = sizeOf(inner);
      const picks = Array.from({ length: rows }, (_, row) => (row * 7) % width);
      const ones = new Float64Array(rows * width);
      for (const [row, pick] of picks.entries()) ones[row * width + pick] = 1;
      const index = picks.map((pick) => unravel(pick, inner));
      const byIndex = await inLimit(model).gradient({ feeds, objective: { value, index }, wrt });
      const byCotangent = await inLimit(model).gradient({
        feeds,
        objective: { value, cotangent: ofNumbers(model, ones, output) },
        wrt,
      });
      for (const name of wrt) await expectClose(model, byIndex.gradients[name]!, byCotangent.gradients[name]!, given.tolerance);
    });

    test("gives a row the same gradient alone and in any batch", async () => {
      const given = await makeModel();
      const { model, wrt } = given;
      const all = given.inputs(rows);
      const { value, cotangent, gradients } = await ask(given, all);
      for (const limit of [1, 2]) {
        const feeds = mapTensors(all, (tensor) => tensor);
        const limited = await limitBatch(model, limit).gradient({ feeds, objective: { value, cotangent }, wrt });
        for (const name of wrt) await expectClose(model, limited.gradients[name]!, gradients[name]!, given.tolerance);
      }
    });

    test("gives what the oracle gives, where there is one", async (context) => {
      const given = await makeModel();
      const { oracle } = given;
      if (oracle === undefined) return context.skip("the case has no oracle");
      const feeds = given.inputs(rows);
      const { value, weights, output, gradients } = await ask(given, feeds);
      const exact: NamedTensors = Object.fromEntries(
        await Promise.all(
          Object.entries(feeds).map(async ([input, tensor]) => {
            const isFloat = tensor.dtype.startsWith("float");
            return [
              input,
              oracle.backend.from((await given.model.backend.read(tensor)) as Tensor, isFloat ? "float64" : undefined),
            ];
          }),
        ),
      );
      const cotangent = oracle.backend.fromData(weights, output.shape, "float64");
      const truth = await oracle.gradient({ feeds: exact, objective: { value, cotangent }, wrt: given.wrt });
      for (const name of given.wrt) {
        const [got, expected] = [await numbers(given.model, gradients[name]!), await numbers(oracle, truth.gradients[name]!)];
        for (const [i, x] of got.entries())
          expect(Math.abs(x - expected[i]!)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected[i]!)));
      }
    });

    test("rejects with the signal's reason once it is aborted, also when it differentiates", async () => {
      const { model, inputs, wrt } = await makeModel();
      const reason = new Error("enough");
      const value = model.outputs[0]!.name;
      const feeds = inputs(1);
      const output = (await run(model, feeds, [value]))[value]!;
      const signal = AbortSignal.abort(reason);
      await expect(model.gradient({ feeds, objective: { value, cotangent: output }, wrt, signal })).rejects.toBe(reason);
    });
  });
}

function ofNumbers(model: Model, data: Float64Array, like: Tensor): Tensor {
  return model.backend.from({ data, dims: like.shape, type: "float64" }, like.dtype);
}

async function run(model: Model, feeds: NamedTensors, fetches: readonly string[]): Promise<NamedTensors> {
  return runInLimit(model, { feeds, fetches });
}

async function runInLimit(model: Model, request: Parameters<Model["run"]>[0]): Promise<NamedTensors> {
  return limitBatch(model, Math.min(model.maxBatchSize, 1024)).run(request);
}

/** The model for any number of rows. */
function inLimit(model: DifferentiableModel): DifferentiableModel {
  return limitBatch(model, Math.min(model.maxBatchSize, 1024));
}

function mapTensors(tensors: NamedTensors, change: (tensor: Tensor) => Tensor): NamedTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)]));
}

function reversed(model: Model, tensor: Tensor): Tensor {
  const order = Array.from({ length: tensor.shape[0]! }, (_, i) => tensor.shape[0]! - 1 - i);
  return model.backend.gather(tensor, model.backend.from(order, "int32"), 0);
}

async function numbers(model: Model, tensor: Tensor): Promise<number[]> {
  return Array.from((await model.backend.read(tensor)).data, Number);
}

async function expectClose(model: Model, got: Tensor, expected: Tensor, tolerance = 0): Promise<void> {
  expect(got.shape).toEqual(expected.shape);
  const [a, b] = await Promise.all([numbers(model, got), numbers(model, expected)]);
  if (tolerance === 0) expect(a).toEqual(b);
  else
    for (const [i, x] of a.entries()) expect(Math.abs(x - b[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(b[i]!)));
}
