import { allMethods, type MethodName } from "@attr/core/catalogue";

/** Methods that need many examples or many baselines beside the row explained. */
const ofMany: readonly MethodName[] = ["feature-permutation", "expected-gradients", "deep-lift-shap"];

/** Those that say something of the input's elements: a map of a layer lies over a picture too. */
const overInputs = allMethods.filter(
  ({ name, settings, attributesTo, pictures }) =>
    (attributesTo !== "layer" || pictures === true) && !settings.includes("neuron") && !ofMany.includes(name),
);

/** The methods over pictures, the one that is taken where none is named first. */
export const pictureMethods: readonly MethodName[] = overInputs.map(({ name }) => name);

/** The methods over tables: those that are not about pictures alone. */
export const tableMethods: readonly MethodName[] = overInputs.flatMap(({ name, pictures }) => (pictures === true ? [] : [name]));
