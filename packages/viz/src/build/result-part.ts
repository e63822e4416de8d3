import { type AttributionResult, InvalidArgumentError } from "@attr/core";
import type { DocumentHead, ExplainedValues } from "../documents/document.ts";

/** Numbers of any shape, row-major: what `HostTensor` is, and what any array with its shape can be. */
export interface TensorLike {
  readonly data: ArrayLike<number | bigint>;
  readonly shape: readonly number[];
}

/** What a picture of a result says of itself; each has words of its own where it is left out. */
export interface HeadOptions {
  /** @defaultValue what is explained */
  readonly title?: string | undefined;
  /** What is explained, in words: 'the logit of "cat"'. @defaultValue "output 281", from the result's target */
  readonly explained?: string | undefined;
  /** What the model's output is measured in. @defaultValue "units of the output" */
  readonly unit?: string | undefined;
  /** How far the work had come, where the result is not at its end. */
  readonly partial?: DocumentHead["partial"];
}

/** Which of a result's many numbers are shown. */
export interface PartOptions {
  /** The example, by index. @defaultValue 0 */
  readonly example?: number | undefined;
  /** The output, by index, where the result explains all outputs and not one target. @defaultValue 0 where there is one */
  readonly output?: number | undefined;
}

export function headOf(
  result: AttributionResult,
  example: number,
  options: HeadOptions,
): Omit<DocumentHead, "partial"> & Pick<DocumentHead, "partial"> {
  const explained = options.explained ?? targetInWords(result, example);
  return {
    title: options.title ?? `What ${explained} goes by`,
    explained,
    unit: options.unit ?? "units of the output",
    method: result.method,
    notes: result.warnings,
    ...(options.partial !== undefined && { partial: options.partial }),
  };
}

function targetInWords({ target }: AttributionResult, example: number): string {
  const own: unknown = Array.isArray(target) ? target[example] : target;
  if (typeof own === "number") return `output ${own}`;
  if (Array.isArray(own)) return `output [${own.join(", ")}]`;
  if (typeof own === "object" && own !== null && "path" in own && Array.isArray(own.path))
    return `output [${own.path.join(", ")}]`;
  return "the output";
}

/** The name of an input of the result. @throws InvalidArgumentError where it has no such input, or several and none was named. */
export function inputNamed(result: AttributionResult, input: string | undefined): string {
  const names = Object.keys(result.attributions);
  const listed = names.map((name) => JSON.stringify(name)).join(", ");
  if (input !== undefined) {
    if (!Object.hasOwn(result.attributions, input))
      throw new InvalidArgumentError(`input ${JSON.stringify(input)} is none of the result's: ${listed}`);
    return input;
  }
  if (names.length !== 1) throw new InvalidArgumentError(`input must name one of the result's inputs: ${listed}`);
  return names[0]!;
}

/** Examples of a result: the length of every tensor's first axis. */
export function examplesOf(result: AttributionResult): number {
  return Object.values(result.attributions)[0]?.shape[0] ?? 0;
}

/** Numbers explained an example: 1 where there is a target, else all elements of the output. */
function outputsOf(result: AttributionResult): number {
  const numbers = result.value ?? result.baseValue;
  const examples = examplesOf(result);
  return numbers === undefined || examples === 0 ? 1 : Math.max(1, numbers.data.length / examples);
}

/** @throws InvalidArgumentError where the result has no such example or output. */
export function checkPart(
  result: AttributionResult,
  { example = 0, output }: PartOptions,
): { example: number; output: number; outputs: number } {
  const examples = examplesOf(result);
  if (!Number.isInteger(example) || example < 0 || example >= examples)
    throw new InvalidArgumentError(`example ${example} is outside the ${examples} examples of the result`);
  const outputs = outputsOf(result);
  if (output === undefined && outputs > 1)
    throw new InvalidArgumentError(`output must choose one of the ${outputs} outputs the result explains`);
  const chosen = output ?? 0;
  if (!Number.isInteger(chosen) || chosen < 0 || chosen >= outputs)
    throw new InvalidArgumentError(`output ${chosen} is outside the ${outputs} outputs the result explains`);
  return { example, output: chosen, outputs };
}

/** One example's numbers of a tensor `[n, ...output, ...shape]`, for one output. */
export function partOf(
  tensor: TensorLike,
  { example, output, outputs }: { readonly example: number; readonly output: number; readonly outputs: number },
  examples: number,
): number[] {
  const size = tensor.data.length / examples / outputs;
  const from = (example * outputs + output) * size;
  const numbers = new Array<number>(size);
  for (let i = 0; i < size; i++) numbers[i] = Number(tensor.data[from + i]!);
  return numbers;
}

/** The shape of an example's attributions of an input, without the axes of examples and outputs. */
export function inputShape(result: AttributionResult, input: string): readonly number[] {
  const outputAxes = Math.max(0, (result.value ?? result.baseValue)?.shape.length ?? 1) - 1;
  return result.attributions[input]!.shape.slice(1 + Math.max(0, outputAxes));
}

/** Value and base value of an example and output, where the result has them. */
export function valuesOf(
  result: AttributionResult,
  part: { readonly example: number; readonly output: number; readonly outputs: number },
): ExplainedValues {
  const at = part.example * part.outputs + part.output;
  const read = (numbers: TensorLike | undefined): number | undefined => {
    const number = numbers?.data[at];
    return number === undefined ? undefined : Number(number);
  };
  const [value, baseValue] = [read(result.value), read(result.baseValue)];
  return { ...(value !== undefined && { value }), ...(baseValue !== undefined && { baseValue }) };
}
