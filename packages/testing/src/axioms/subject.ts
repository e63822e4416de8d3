import type { AttributionResult, DifferentiableGraphModel, TensorMethod } from "@attr/core";
import type { NetworkRows } from "../arbitraries/networks.ts";
import { check, checkClose } from "../check.ts";
import type { Network } from "../networks/network.ts";

/** A method as the axioms see it: options of every kind, and what they do not know of is left alone. */
export type AnyMethod = Pick<TensorMethod, "name"> & {
  /** Attributions at rows of inputs. */
  attribute(inputs: NetworkRows, options?: Readonly<Record<string, unknown>>): Promise<AttributionResult>;
};

/** What an axiom is held against. */
export interface AxiomSubject {
  /** Makes the method over a model. */
  make(model: DifferentiableGraphModel): AnyMethod;
  /** Makes a model of a network. */
  realise(network: Network): DifferentiableGraphModel | Promise<DifferentiableGraphModel>;
  /** Options of every call, beside the target. */
  readonly options: Readonly<Record<string, unknown>>;
  /** By how much a number may be off, of the larger of 1 and the number. */
  readonly tolerance: number;
  /** How many tensors are alive on the backend, where it can be told. */
  readonly liveTensors?: (() => number) | undefined;
}

/** Explains one number of the output, or all of it where `target` is undefined. */
export async function explain(
  subject: AxiomSubject,
  model: DifferentiableGraphModel,
  inputs: NetworkRows,
  options: Readonly<Record<string, unknown>> = {},
): Promise<AttributionResult> {
  return await subject.make(model).attribute(inputs, { target: 0, ...subject.options, ...options });
}

/** All attributions of an example, one name after the other. */
export function ofExample(result: AttributionResult, example: number): number[] {
  return Object.values(result.attributions).flatMap(({ data, shape }) => {
    const width = data.length / shape[0]!;
    return Array.from(data.slice(example * width, (example + 1) * width), Number);
  });
}

/** All attributions, one name after the other. */
export function numbersOf(result: AttributionResult): number[] {
  return Object.values(result.attributions).flatMap(({ data }) => Array.from(data, Number));
}

/** Holds that two explanations are the same, names and shapes included. */
export function checkSameExplanation(got: AttributionResult, expected: AttributionResult, tolerance: number, what: string): void {
  for (const [name, { shape }] of Object.entries(expected.attributions))
    check(String(got.attributions[name]?.shape) === String(shape), `${what}: "${name}" has the shape [${shape.join(", ")}]`);
  checkClose(numbersOf(got), numbersOf(expected), tolerance, what);
}

/** How many examples rows hold. */
export function exampleCount(rows: NetworkRows): number {
  return Object.values(rows)[0]!.dims[0]!;
}

/** Some of the rows, in an order. */
export function pickRows(rows: NetworkRows, order: readonly number[]): NetworkRows {
  return Object.fromEntries(
    Object.entries(rows).map(([name, { data, dims, type }]) => {
      const width = data.length / dims[0]!;
      const picked = data.slice(0, order.length * width); // an array of the same kind
      order.forEach((row, at) => {
        for (let i = 0; i < width; i++) picked[at * width + i] = data[row * width + i]!;
      });
      return [name, { data: picked, dims: [order.length, ...dims.slice(1)], type }];
    }),
  );
}
