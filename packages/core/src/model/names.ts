import { InvalidArgumentError } from "../errors.ts";
import type { NamedTensors, ValueInfo } from "./model.ts";

/** `"a", "b"`, as messages list names. */
export function listNames(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ");
}

export function namesOf(values: readonly ValueInfo[]): string[] {
  return values.map((value) => value.name);
}

/** The named tensors, in that order. @throws InvalidArgumentError for a name that is not there, calling it `kind`. */
export function pick(tensors: NamedTensors, names: readonly string[], kind: string): NamedTensors {
  return Object.fromEntries(
    names.map((name) => {
      const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
      if (tensor === undefined)
        throw new InvalidArgumentError(`${kind} "${name}" is missing; given: ${listNames(Object.keys(tensors))}`);
      return [name, tensor];
    }),
  );
}

/** True for an object of values by name; a tensor or an array is none. */
export function isByName(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  // Looked at by name; any of them may be missing.
  const { data, dims, shape, type, dtype } = value as Readonly<Record<string, unknown>>;
  return !(data !== undefined && Array.isArray(dims ?? shape) && typeof (type ?? dtype) === "string");
}
