import { InvalidArgumentError } from "../errors.ts";
import type { GraphModel, ValueInfo } from "./model.ts";

/** What a graph model says of a value. @throws InvalidArgumentError naming values with a similar name, where there is none. */
export function layerValue(model: GraphModel, layer: string): ValueInfo {
  const info = model.value(layer);
  if (info !== undefined) return info;
  const lower = String(layer).toLowerCase();
  const alike = model.values.filter(
    (name) => name.toLowerCase().includes(lower) || (name !== "" && lower.includes(name.toLowerCase())),
  );
  const shown = (alike.length > 0 ? alike : model.values).slice(0, 8);
  const more = (alike.length > 0 ? alike : model.values).length - shown.length;
  throw new InvalidArgumentError(
    `layer "${layer}" is no value of the model; ${alike.length > 0 ? "alike" : "it has"}: ${shown.map((name) => `"${name}"`).join(", ")}` +
      (more > 0 ? ` and ${more} more` : ""),
  );
}
