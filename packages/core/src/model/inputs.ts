import { InvalidArgumentError } from "../errors.ts";
import type { AbortSignalLike } from "../signal.ts";
import type { TensorLike } from "../tensor/tensor.ts";
import { checkDeclaredShape } from "./declared-shape.ts";
import { exampleCount } from "./example-count.ts";
import type { Model, NamedTensors } from "./model.ts";
import { isByName, listNames, namesOf } from "./names.ts";
import { toModelTensor } from "./to-model-tensor.ts";

/** What a method works on from here on: see {@link resolveInputs}. */
export interface ModelInputs {
  /** What the user handed over, as tensors, by input name. */
  readonly inputs: NamedTensors;
  /** What is attributed to, one row an example, by name: the inputs, or a layer's value. */
  readonly values: NamedTensors;
  /** Rows of every value. */
  readonly examples: number;
  /** The model to run: its inputs are `values`. */
  readonly model: Model;
  /** The attributed values at other inputs, where they are not the inputs themselves. */
  readonly at?: ((inputs: NamedTensors) => Promise<NamedTensors>) | undefined;
}

/**
 * The inputs as tensors of the dtype and shape the model declares, and, for a layer view, the layer's value at them with the model that
 * goes on from it (one model call).
 *
 * @throws InvalidArgumentError for a missing or unknown name, a fraction where integers are wanted, a rank or fixed axis that is not
 * the model's, or inputs that differ in their number of examples.
 */
export async function resolveInputs(
  model: Model,
  inputs: Readonly<Record<string, TensorLike>>,
  signal?: AbortSignalLike,
): Promise<ModelInputs> {
  checkNames(model, inputs);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const info = model.inputs.find((input) => input.name === name);
      const tensor = toModelTensor(model.backend, value, info?.dtype, `input "${name}"`);
      checkDeclaredShape(info, tensor, `input "${name}"`);
      return [name, tensor];
    }),
  );
  if (model.resolve === undefined) return { inputs: tensors, values: tensors, examples: exampleCount(tensors), model };
  signal?.throwIfAborted();
  const resolved = await model.resolve(tensors, signal);
  return {
    inputs: tensors,
    values: resolved.values,
    examples: exampleCount(resolved.values),
    model: resolved.model,
    at: (others) => resolved.at(others),
  };
}

function checkNames(model: Model, inputs: Readonly<Record<string, TensorLike>>): void {
  if (!isByName(inputs))
    throw new InvalidArgumentError(
      `inputs must be an object of tensors by input name, as { ${quoted(model.inputs[0]?.name ?? "x")}: … }, got ${describe(inputs)}`,
    );
  const names = Object.keys(inputs);
  if (names.length === 0) throw new InvalidArgumentError(`inputs is empty; the model takes ${listNames(namesOf(model.inputs))}`);
  for (const name of names) if (inputs[name] === undefined) throw new InvalidArgumentError(`input "${name}" is undefined`);
  if (model.inputs.length === 0) return;
  const known = namesOf(model.inputs);
  for (const name of names)
    if (!known.includes(name)) throw new InvalidArgumentError(`input "${name}" is unknown; the model takes ${listNames(known)}`);
  for (const name of known)
    if (!names.includes(name))
      throw new InvalidArgumentError(
        `input "${name}" is missing: give it, or fix it with bind(model, { ${quoted(name)}: … }) if it is not to be attributed to`,
      );
}

function describe(value: unknown): string {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "an array";
  return typeof value === "object" && value !== null ? "a tensor" : String(value);
}

/** A name as it stands in an object literal. */
function quoted(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
