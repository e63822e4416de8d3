import { InvalidArgumentError } from "../errors.ts";
import { formatShape } from "../tensor/shape.ts";
import type { NamedTensors } from "./model.ts";

/** The number of examples, which is the length of the first axis of every tensor. @throws InvalidArgumentError where they differ. */
export function exampleCount(tensors: NamedTensors): number {
  let examples: number | undefined;
  let source = "";
  for (const [name, { shape }] of Object.entries(tensors)) {
    const [rows] = shape;
    if (rows === undefined)
      throw new InvalidArgumentError(`input "${name}" is a single number: its first axis must be the batch, one row an example`);
    if (rows === 0) throw new InvalidArgumentError(`input "${name}" has no examples (shape ${formatShape(shape)})`);
    if (examples === undefined) {
      examples = rows;
      source = name;
    } else if (rows !== examples)
      throw new InvalidArgumentError(
        `input "${name}" has ${rows} examples (shape ${formatShape(shape)}), but "${source}" has ${examples}; the first axis is the batch`,
      );
  }
  if (examples === undefined) throw new InvalidArgumentError("no inputs are given");
  return examples;
}
