import { type HostTensor, hostBackend, InvalidArgumentError } from "@attr/core";
import { readInteger, readList, readNumber, readObject } from "./read-json.ts";

/** One small network with inputs `x0`, `x1`, …, output `y`, and the vector-Jacobian product of `dy` for every input. */
export interface OperatorCase {
  readonly inputs: readonly HostTensor[];
  readonly y: Float64Array;
  readonly dy: HostTensor;
  /** One flat list an input. */
  readonly grads: readonly Float64Array[];
}

/** Reads the JSON of an operator case; throws a sentence that names the field where one is missing or wrong. */
export function readOperatorCase(value: unknown): OperatorCase {
  const fields = readObject(value, "the case");
  const inputs = readList(fields["inputs"], "inputs", readTensor);
  const grads = readList(fields["grads"], "grads", readNumbers);
  const y = readNumbers(fields["y"], "y");
  const dy = readTensor(fields["dy"], "dy");
  if (dy.data.length !== y.length)
    throw new InvalidArgumentError(`dy must have as many numbers as y (${y.length}), got ${dy.data.length}`);
  if (grads.length !== inputs.length)
    throw new InvalidArgumentError(`grads must have one list an input (${inputs.length}), got ${grads.length}`);
  for (const [index, grad] of grads.entries()) {
    const size = inputs[index]!.data.length;
    if (grad.length !== size) throw new InvalidArgumentError(`grads[${index}] must have ${size} numbers, got ${grad.length}`);
  }
  return { inputs, y, dy, grads };
}

function readTensor(value: unknown, where: string): HostTensor {
  const fields = readObject(value, where);
  const shape = readList(fields["shape"], `${where}.shape`, readInteger);
  const data = Float32Array.from(readNumbers(fields["data"], `${where}.data`));
  const size = shape.reduce((product, length) => product * length, 1);
  if (data.length !== size)
    throw new InvalidArgumentError(`${where}.data must have ${size} numbers for shape [${shape}], got ${data.length}`);
  return hostBackend.fromData(data, shape, "float32");
}

function readNumbers(value: unknown, where: string): Float64Array {
  return Float64Array.from(readList(value, where, readNumber));
}
