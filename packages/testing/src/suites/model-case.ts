import { limitBatch, type Model, type NamedTensors, type Tensor, type ViewOf } from "@attr/core";
import { check, checkClose, checkSame } from "../check.ts";
import type { TestContext, TestFramework } from "../framework.ts";

/** What a suite needs of a model under test. */
export interface ModelCase<M extends Model = Model> {
  readonly model: M;
  /** Inputs of so many rows, no two rows alike, by input name. */
  inputs(rows: number): NamedTensors;
  /** By how much a float may be off between batches, of the larger of 1 and the number. @defaultValue 0 */
  readonly tolerance?: number | undefined;
}

/** Rows of the batches that the suites run. */
export const usualRows = 5;

/** Makes a case, or hands over one that serves all tests. */
export type MakeCase<Case> = () => Case | Promise<Case>;

/** Registers tests that each look at a case; the tensors they make are freed when they end. */
export function caseTests<Case extends ModelCase>(
  { test }: Pick<TestFramework, "test">,
  makeCase: MakeCase<Case>,
): (fact: string, holds: (given: Case, context: TestContext) => Promise<void>) => void {
  return (fact, holds) => {
    test(fact, async (context) => {
      const given = await makeCase();
      using _scope = given.model.backend.scope();
      await holds(given, context);
    });
  };
}

/** Runs a model on any number of rows. */
export function run(model: Model, feeds: NamedTensors, fetches: readonly string[]): Promise<NamedTensors> {
  return inLimit(model).run({ feeds, fetches });
}

/** The model for any number of rows. */
export function inLimit<M extends Model>(model: M): ViewOf<M> {
  return limitBatch(model, Math.min(model.maxBatchSize, 1024));
}

export function namesOf(values: readonly { readonly name: string }[]): string[] {
  return values.map(({ name }) => name);
}

export function mapTensors(tensors: NamedTensors, change: (tensor: Tensor) => Tensor): NamedTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)]));
}

/** The rows `begin .. end` (exclusive). */
export function rowsOf(model: Model, tensor: Tensor, begin: number, end: number): Tensor {
  const first = (value: number, other: readonly number[]): number[] => [value, ...other.slice(1)];
  const zeros = tensor.shape.map(() => 0);
  return model.backend.slice(tensor, first(begin, zeros), first(end, tensor.shape));
}

/** The rows in the opposite order. */
export function reversed(model: Model, tensor: Tensor): Tensor {
  const order = Array.from({ length: tensor.shape[0]! }, (_, i) => tensor.shape[0]! - 1 - i);
  return model.backend.gather(tensor, model.backend.from(order, "int32"), 0);
}

/** Numbers as a tensor of the shape and dtype of another. */
export function ofNumbers(model: Model, data: Float64Array, like: Tensor): Tensor {
  return model.backend.from({ data, dims: like.shape, type: "float64" }, like.dtype);
}

export async function numbers(model: Model, tensor: Tensor): Promise<number[]> {
  return Array.from((await model.backend.read(tensor)).data, Number);
}

export async function checkCloseTensors(
  model: Model,
  got: Tensor | undefined,
  expected: Tensor | undefined,
  tolerance: number | undefined,
  what: string,
): Promise<void> {
  check(got !== undefined && expected !== undefined, `${what} is given`);
  checkSame(got.shape, expected.shape, `the shape of ${what}`);
  checkClose(await numbers(model, got), await numbers(model, expected), tolerance ?? 0, what);
}
