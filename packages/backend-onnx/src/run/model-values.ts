import { InvalidArgumentError, UnsupportedError, type ValueInfo } from "@attr/core";
import type { GraphIndex } from "../graph/graph-index.ts";
import type { FileShape, ValueType, ValueTypes } from "../graph/value-type.ts";
import { type RowPlan, shapeWithRows } from "./rows.ts";

const floats: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16"]);

/** The values of a file by name: their types, and which of them can be fed, fetched and differentiated by. */
export class ModelValues {
  readonly types: ValueTypes;
  /** Names of the file's outputs. */
  readonly outputs: ReadonlySet<string>;
  readonly #index: GraphIndex;
  readonly #plan: RowPlan;
  readonly #modelName: string;

  constructor(index: GraphIndex, types: ValueTypes, plan: RowPlan, modelName: string) {
    this.types = types;
    this.outputs = new Set(index.model.graph.outputs.map(({ name }) => name));
    this.#index = index;
    this.#plan = plan;
    this.#modelName = modelName;
  }

  has(name: string): boolean {
    return this.#index.producers.has(name) || this.#index.inputs.includes(name);
  }

  type(name: string): ValueType | undefined {
    return this.types.get(name);
  }

  shape(name: string): FileShape {
    return this.types.get(name)?.shape;
  }

  /** True where the file says that a value has one row for each row of the batch: its first axis has the name of an input's. */
  hasRows(name: string): boolean {
    const first = this.shape(name)?.[0];
    return typeof first === "string" && this.#index.inputs.some((input) => this.shape(input)?.[0] === first);
  }

  /** A value as the model shows it. */
  info(name: string): ValueInfo {
    const type = this.type(name);
    const shape = shapeWithRows(this.#plan, name, type?.shape);
    return { name, ...(type?.element.dtype && { dtype: type.element.dtype }), ...(shape && { shape }) };
  }

  /** @throws InvalidArgumentError, UnsupportedError where the file has no such value outside its constants and branches. */
  check(name: string): void {
    if (this.has(name)) return;
    const { constants, sparseConstants, inner, inputs } = this.#index;
    if (constants.has(name) || sparseConstants.has(name))
      throw new UnsupportedError(
        `"${name}" is a constant of ${this.#modelName}: it has no rows and can be neither fed nor fetched`,
      );
    if (inner.has(name))
      throw new UnsupportedError(
        `"${name}" lies inside a branch or loop of ${this.#modelName}: only values outside can be fed or fetched`,
      );
    throw new InvalidArgumentError(
      `${this.#modelName} has no value "${name}"; its inputs are ${listNames(inputs)}, its outputs ${listNames([...this.outputs])}`,
    );
  }

  /** @throws UnsupportedError where the value is no tensor; `done` is what cannot be done with it. */
  checkTensor(name: string, done: "fed" | "fetched"): void {
    if (this.#isNoTensor(name))
      throw new UnsupportedError(`"${name}" is no tensor (a sequence, map or optional) and cannot be ${done}`);
  }

  /** @throws InvalidArgumentError for a value that holds no floats. */
  checkFloats(name: string): void {
    const element = this.type(name)?.element;
    if (this.#isNoTensor(name) || (element !== undefined && !floats.has(element.name)))
      throw new InvalidArgumentError(
        `"${name}" holds ${element?.name ?? "no tensor"}, which has no gradient: name a value of floats`,
      );
  }

  #isNoTensor(name: string): boolean {
    return this.types.has(name) && this.type(name) === undefined;
  }
}

/** Names for a sentence; many are cut short. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
