import { type MethodName, methodNamed } from "@attr/core/catalogue";
import { type Arguments, type Option, UsageError } from "../arguments.ts";
import { samplingOptions } from "../shared-options.ts";

/** How a method over tensors runs: the same for every command that has one. */
export const workOptions: readonly Option[] = [
  {
    name: "steps",
    type: "string",
    value: "N",
    help: "points of the path, for methods that follow one",
    number: { minimum: 1, integer: true },
  },
  ...samplingOptions,
];

/** The option that says which output is explained. */
export const outputOption: Option = {
  name: "output",
  type: "string",
  value: "VALUE",
  help: "the value explained (default: the first output)",
};

/**
 * The numbers of the command line that a method takes. One that is typed and that the method does not take is refused; one that stands in
 * a file of settings gives way.
 */
export function chosenWork(given: Arguments, name: MethodName): { readonly [option in "steps" | "samples" | "seed"]?: number } {
  const { settings } = methodNamed(name);
  const chosen: { [option in "steps" | "samples" | "seed"]?: number } = {};
  for (const option of ["steps", "samples", "seed"] as const) {
    const value = given.number(option);
    if (value === undefined) continue;
    if (settings.includes(option)) chosen[option] = value;
    else if (given.typed(option) && option !== "seed")
      throw new UsageError(
        `--${option} is for other methods; ${name} ${option === "steps" ? "follows no path" : "draws no samples"}`,
      );
  }
  return chosen;
}
