import { type DifferentiableGraphModel, InvalidArgumentError, upToLayer } from "@attr/core";

/** A model seen up to the value that is explained. */
export interface ChosenOutput {
  readonly model: DifferentiableGraphModel;
  /** The value's name. */
  readonly output: string;
  /** The same where it is none of the model's outputs, so that its numbers are no classes. */
  readonly inner: string | undefined;
}

/**
 * The model up to the value asked for; without one, up to its first output of floats: some files have the answer itself first, as a whole
 * number that nothing can be attributed to.
 *
 * @throws InvalidArgumentError for a name that is none of the model's values, and a model without outputs.
 */
export function chosenOutput(whole: DifferentiableGraphModel, asked: string | undefined): ChosenOutput {
  const { outputs } = whole;
  const floats = outputs.find(({ dtype }) => dtype === undefined || dtype === "float32" || dtype === "float64");
  const output = asked ?? (floats ?? outputs[0])?.name;
  if (output === undefined) throw new InvalidArgumentError("the model has no outputs");
  if (whole.value(output) === undefined)
    throw new InvalidArgumentError(
      `the model has no value ${JSON.stringify(output)}; its outputs are ${outputs.map(({ name }) => name).join(", ")}`,
    );
  const model = output === outputs[0]?.name ? whole : upToLayer(whole, output);
  return { model, output, inner: outputs.some(({ name }) => name === output) ? undefined : output };
}
