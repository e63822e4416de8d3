import {
  type DifferentiableModel,
  type GradientResult,
  isDifferentiableModel,
  isGraphModel,
  limitBatch,
  type NamedTensors,
  seededRandom,
  type Tensor,
} from "@attr/core";
import { abortedSignal } from "../aborted-signal.ts";
import { check, checkClose, checkRejectsAs, checkSame } from "../check.ts";
import type { TestFramework } from "../framework.ts";
import { sizeOf, unravel } from "../naive/naive-tensor.ts";
import { firstOutput, outputOf } from "./model.ts";
import {
  caseTests,
  checkCloseTensors,
  inLimit,
  type MakeCase,
  type ModelCase,
  numbers,
  ofNumbers,
  usualRows as rows,
  run,
} from "./model-case.ts";

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
  makeCase: MakeCase<DifferentiableCase>,
  framework: TestFramework,
): void {
  framework.describe(`${name} as a differentiable model`, () => {
    const test = caseTests(framework, makeCase);

    test("gives a gradient of every value's shape and dtype, and the fetched values as a run does", async (given) => {
      const { model, wrt, tolerance } = given;
      check(isDifferentiableModel(model), "it has gradient");
      const feeds = given.inputs(rows);
      const { value, output, gradients, values } = await ask(given, feeds);
      checkSame(Object.keys(values), [value], "the names of the fetched values");
      await checkCloseTensors(model, values[value], output, tolerance, `"${value}"`);
      checkSame(Object.keys(gradients).sort(), [...wrt].sort(), "the names of the gradients");
      for (const name of wrt) {
        const at = await named(model, feeds, name);
        checkSame(gradients[name]?.shape, at.shape, `the shape of the gradient by "${name}"`);
        checkSame(gradients[name]?.dtype, at.dtype, `the dtype of the gradient by "${name}"`);
      }
    });

    test("gives what central differences give along random directions", async (given) => {
      const { model, step = 1e-3, differenceTolerance = 1e-4 } = given;
      const feeds = given.inputs(rows);
      const { value, weights, gradients } = await ask(given, feeds);
      const objectives = async (at: NamedTensors): Promise<number[]> => {
        const output = await numbers(model, await named(model, at, value));
        const width = output.length / rows;
        return Array.from({ length: rows }, (_, row) =>
          output.slice(row * width, (row + 1) * width).reduce((sum, x, i) => sum + x * weights[row * width + i]!, 0),
        );
      };
      const random = seededRandom(8);
      for (const name of given.wrt) {
        const at = await named(model, feeds, name);
        const still = isGraphModel(model) ? model.required([name], [value]) : Object.keys(feeds);
        const others = Object.fromEntries(still.map((input) => [input, feeds[input]!]));
        const x = await numbers(model, at);
        const direction = x.map(() => random.normal());
        const moved = (by: number): NamedTensors => {
          const elements = Float64Array.from(x, (element, i) => element + by * direction[i]!);
          return { ...others, [name]: ofNumbers(model, elements, at) };
        };
        const [up, down] = [await objectives(moved(step)), await objectives(moved(-step))];
        const gradient = await numbers(model, gradients[name]!);
        const width = gradient.length / rows;
        const slopes = Array.from({ length: rows }, (_, row) => {
          let slope = 0;
          for (let i = row * width; i < (row + 1) * width; i++) slope += gradient[i]! * direction[i]!;
          return slope;
        });
        const differences = up.map((number, row) => (number - down[row]!) / (2 * step));
        checkClose(slopes, differences, differenceTolerance, `the slopes along a direction of "${name}"`);
      }
    });

    test("gives the gradient by an index as the cotangent of that element alone", async (given) => {
      const { model, wrt, tolerance } = given;
      const feeds = given.inputs(rows);
      const value = firstOutput(model);
      const output = await outputOf(model, feeds);
      const inner = output.shape.slice(1);
      const width = sizeOf(inner);
      const picks = Array.from({ length: rows }, (_, row) => (row * 7) % width);
      const ones = new Float64Array(rows * width);
      for (const [row, pick] of picks.entries()) ones[row * width + pick] = 1;
      const index = picks.map((pick) => unravel(pick, inner));
      const cotangent = ofNumbers(model, ones, output);
      const byIndex = await inLimit(model).gradient({ feeds, objective: { value, index }, wrt });
      const byCotangent = await inLimit(model).gradient({ feeds, objective: { value, cotangent }, wrt });
      for (const name of wrt)
        await checkCloseTensors(model, byIndex.gradients[name], byCotangent.gradients[name], tolerance, `by "${name}"`);
    });

    test("gives a row the same gradient alone and in any batch", async (given) => {
      const { model, wrt, tolerance } = given;
      const feeds = given.inputs(rows);
      const { value, cotangent, gradients } = await ask(given, feeds);
      for (const limit of [1, 2]) {
        const limited = await limitBatch(model, limit).gradient({ feeds, objective: { value, cotangent }, wrt });
        for (const name of wrt)
          await checkCloseTensors(model, limited.gradients[name], gradients[name], tolerance, `by "${name}", ${limit} a call`);
      }
    });

    test("gives what the oracle gives, where there is one", async (given, context) => {
      const { model, oracle, wrt } = given;
      if (oracle === undefined) return context.skip("the case has no oracle");
      const feeds = given.inputs(rows);
      const { value, weights, output, gradients } = await ask(given, feeds);
      const exact: Record<string, Tensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) {
        const host = await model.backend.read(tensor);
        const dtype = host.dtype === "float32" ? "float64" : host.dtype;
        exact[name] = oracle.backend.cast(oracle.backend.fromData(host.data, host.shape, host.dtype), dtype);
      }
      const cotangent = oracle.backend.fromData(weights, output.shape, "float64");
      const truth = await oracle.gradient({ feeds: exact, objective: { value, cotangent }, wrt });
      for (const name of wrt)
        checkClose(
          await numbers(model, gradients[name]!),
          await numbers(oracle, truth.gradients[name]!),
          1e-5,
          `the gradient by "${name}"`,
        );
    });

    test("rejects with the signal's reason once it is aborted, also when it differentiates", async ({ model, inputs, wrt }) => {
      const reason = new Error("enough");
      const feeds = inputs(1);
      const objective = { value: firstOutput(model), cotangent: await outputOf(model, feeds) };
      const asked = model.gradient({ feeds, objective, wrt, signal: abortedSignal(reason) });
      await checkRejectsAs(asked, reason, "an aborted gradient");
    });
  });
}

interface Asked extends GradientResult {
  readonly value: string;
  readonly output: Tensor;
  readonly weights: Float64Array;
  readonly cotangent: Tensor;
}

/** The gradient of a random sum of the first output. */
async function ask({ model, wrt }: DifferentiableCase, feeds: NamedTensors): Promise<Asked> {
  const value = firstOutput(model);
  const output = await outputOf(model, feeds);
  const random = seededRandom(7);
  const weights = Float64Array.from({ length: sizeOf(output.shape) }, () => random.normal());
  const cotangent = ofNumbers(model, weights, output);
  const result = await inLimit(model).gradient({ feeds, objective: { value, cotangent }, wrt, fetches: [value] });
  return { value, output, weights, cotangent, ...result };
}

async function named(model: DifferentiableModel, feeds: NamedTensors, name: string): Promise<Tensor> {
  const value = (await run(model, feeds, [name]))[name];
  check(value !== undefined, `a run gives "${name}"`);
  return value;
}
