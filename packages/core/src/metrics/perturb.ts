import { InvalidArgumentError } from "../errors.ts";
import type { HostValues } from "../gradient/host-values.ts";
import { isByName, listNames } from "../model/names.ts";
import { toHostTensor } from "../tensor/from.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import type { Random } from "../tensor/random.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { DType, TensorLike } from "../tensor/tensor.ts";

/** What a perturbation has made of the inputs. */
export interface Perturbed {
  /** The inputs as they are now, of the same shapes; those that are left out are as they were. */
  readonly perturbed: Readonly<Record<string, TensorLike>>;
  /** How far each element has moved, in the unit in which attributions count it, for {@link infidelity}. */
  readonly perturbations?: Readonly<Record<string, TensorLike>> | undefined;
}

/**
 * Changes the inputs a little, or takes some of them away. Called once a sample, with all examples and a stream of random numbers of the
 * sample's own.
 */
export type Perturb = (inputs: Readonly<Record<string, HostTensor>>, random: Random) => Perturbed | Promise<Perturbed>;

/** What a perturbation gave, in the shapes of the inputs and their dtypes, or the one asked for; names that it left out are not there. */
export function readPerturbed(
  given: Readonly<Record<string, TensorLike>>,
  values: HostValues,
  kind: "perturbed" | "perturbations",
  dtype?: DType,
): Record<string, HostTensor> {
  if (!isByName(given))
    throw new InvalidArgumentError(`perturb must return { perturbed }, with tensors by input name in ${kind}`);
  return Object.fromEntries(
    Object.entries(given).map(([name, tensor]) => {
      const what = `${kind} "${name}" of perturb`;
      const value = values[name];
      if (value === undefined) throw new InvalidArgumentError(`${what} is none of the inputs ${listNames(Object.keys(values))}`);
      const read = toHostTensor(tensor, dtype ?? value.dtype, what);
      if (!sameShape(read.shape, value.shape))
        throw new InvalidArgumentError(`${what} has shape ${formatShape(read.shape)}, and the input ${formatShape(value.shape)}`);
      return [name, read];
    }),
  );
}

/** As a perturbation is given them. */
export function asTensors(values: HostValues): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, { data, shape, dtype }]) => [name, new HostTensor(data, shape, dtype)]),
  );
}
