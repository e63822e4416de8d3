import { isObject } from "./json.ts";

const zeros = { class_name: "Zeros", config: {} } as const;

/**
 * A topology without what matters for training alone. Weights start at zero, as all are read from the files: TensorFlow.js would draw those
 * of models inside models at random first, for ever where a deviation is no number. Constraints and regularizers are left out: one that is
 * no such thing, but a layer, would be built.
 */
export function withoutTraining(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTraining);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, fieldOf(key, field)]));
}

function fieldOf(key: string, field: unknown): unknown {
  if (key.endsWith("_constraint") || key.endsWith("_regularizer")) return null;
  return key.endsWith("_initializer") && isObject(field) ? zeros : withoutTraining(field);
}
