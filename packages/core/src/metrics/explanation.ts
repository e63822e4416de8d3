import { InvalidArgumentError } from "../errors.ts";
import type { NamedTensors } from "../model/model.ts";
import { isByName, listNames } from "../model/names.ts";
import type { Target } from "../model/target.ts";
import { toHostTensor } from "../tensor/from.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { TensorLike } from "../tensor/tensor.ts";

/** What a metric is of: a method's result, or attributions of anyone's, a tensor of the input's shape by input name. */
export interface Explanation {
  readonly attributions: Readonly<Record<string, TensorLike>>;
  /** What is explained, where a metric is not told otherwise. */
  readonly target?: Target;
  readonly method?: string | undefined;
}

/** Attributions on the host, one a value. @throws InvalidArgumentError where one is missing or of another shape. */
export function readAttributions(explanation: Explanation, values: NamedTensors): Record<string, Float64Array> {
  const attributions: unknown = explanation?.attributions;
  if (!isByName(attributions))
    throw new InvalidArgumentError("explanation must be a method's result, or { attributions } with a tensor by input name");
  return Object.fromEntries(
    Object.entries(values).map(([name, { shape }]) => {
      const given = attributions[name];
      if (given === undefined)
        throw new InvalidArgumentError(`attributions of "${name}" are missing; given: ${listNames(Object.keys(attributions))}`);
      const what = `attributions of "${name}"`;
      const tensor = toHostTensor(given as TensorLike, "float64", what); // it is looked at there
      if (!sameShape(tensor.shape, shape))
        throw new InvalidArgumentError(
          `${what} have shape ${formatShape(tensor.shape)}, where the input has ${formatShape(shape)}; of several explained outputs a target picks one`,
        );
      return [name, tensor.data as Float64Array]; // the dtype asked for
    }),
  );
}

/** @throws InvalidArgumentError where more than one number an example is explained. */
export function checkOneNumber(numbers: number, examples: number): void {
  if (numbers !== examples)
    throw new InvalidArgumentError(`the output has ${numbers / examples} numbers an example: target must pick one of them`);
}
