import { type AttributionResult, InvalidArgumentError } from "@attr/core";
import type { TabularDocument, TabularRow } from "../documents/tabular-document.ts";
import {
  checkPart,
  examplesOf,
  type HeadOptions,
  headOf,
  inputShape,
  type PartOptions,
  partOf,
  type TensorLike,
  valuesOf,
} from "./result-part.ts";

/** How a result over features is drawn; what is not here is as in {@link TabularDocument}. */
export interface TabularDocumentOptions extends HeadOptions, PartOptions, Pick<TabularDocument, "view" | "top"> {
  /** The example shown, by index. @defaultValue all of them */
  readonly example?: number | undefined;
  /** What features are called: one name an element of the inputs, in order. @defaultValue the input's name and the element's place */
  readonly names?: readonly string[] | undefined;
  /** The inputs that were explained, so that features show their values. */
  readonly inputs?: Readonly<Record<string, TensorLike>> | undefined;
  /** What examples are called. @defaultValue "example 0", … */
  readonly labels?: readonly string[] | undefined;
  /** The feature that `dependence` shows, by name or index. */
  readonly feature?: number | string | undefined;
  /** The group of every feature, in order, as the method's mask had them: a group's score is counted once. */
  readonly groups?: readonly number[] | undefined;
}

/**
 * What a result over features shows: `toSvg(tabularDocument(result, { names }))`. Every element of every input is a feature. One example
 * is shown as signed bars (or a `waterfall`), many as a `beeswarm` (or `dependence`).
 *
 * @throws InvalidArgumentError where names, inputs or labels do not fit the result, or the example, output or feature is none of its.
 */
export function tabularDocument(result: AttributionResult, options: TabularDocumentOptions = {}): TabularDocument {
  const examples = examplesOf(result);
  const chosen = options.example === undefined ? Array.from({ length: examples }, (_, index) => index) : [options.example];
  for (const example of chosen) checkPart(result, { example, output: options.output });
  const features = namesOf(result, options.names);
  const { labels, inputs, groups, view, top } = options;
  if (labels !== undefined && labels.length !== examples)
    throw new InvalidArgumentError(`labels must name each of the ${examples} examples, got ${labels.length}`);
  if (groups !== undefined && groups.length !== features.length)
    throw new InvalidArgumentError(`groups holds ${groups.length} entries for ${features.length} features`);
  const inputNames = Object.keys(result.attributions);
  const rows = chosen.map((example): TabularRow => {
    const part = checkPart(result, { example, output: options.output });
    const errors = result.standardErrors;
    return {
      label: labels?.[example] ?? `example ${example}`,
      scores: inputNames.flatMap((name) => partOf(result.attributions[name]!, part, examples)),
      ...(errors !== undefined && { standardErrors: inputNames.flatMap((name) => partOf(errors[name]!, part, examples)) }),
      ...(inputs !== undefined && { inputs: inputNames.flatMap((name) => inputValues(result, inputs, name, example)) }),
      ...valuesOf(result, part),
    };
  });
  const feature = featureIndex(options.feature, features);
  return {
    kind: "tabular",
    ...headOf(result, chosen[0] ?? 0, options),
    features,
    ...(groups !== undefined && { groups }),
    rows,
    ...(view !== undefined && { view }),
    ...(top !== undefined && { top }),
    ...(feature !== undefined && { feature }),
  };
}

/** "age", or "x[0]", "x[1, 2]" for the elements of an input. */
function namesOf(result: AttributionResult, names: readonly string[] | undefined): readonly string[] {
  const own = Object.keys(result.attributions).flatMap((name) => {
    const shape = inputShape(result, name);
    const size = shape.reduce((product, length) => product * length, 1);
    if (size === 1) return [name];
    return Array.from({ length: size }, (_, index) => {
      const place: number[] = [];
      for (let axis = shape.length - 1, left = index; axis >= 0; axis--) {
        place.unshift(left % shape[axis]!);
        left = Math.floor(left / shape[axis]!);
      }
      return `${name}[${place.join(", ")}]`;
    });
  });
  if (names !== undefined && names.length !== own.length)
    throw new InvalidArgumentError(`names must hold a name for each of the ${own.length} features, got ${names.length}`);
  return names ?? own;
}

function inputValues(
  result: AttributionResult,
  inputs: Readonly<Record<string, TensorLike>>,
  name: string,
  example: number,
): number[] {
  const tensor = inputs[name];
  const size = inputShape(result, name).reduce((product, length) => product * length, 1);
  if (tensor === undefined || tensor.data.length !== size * examplesOf(result))
    throw new InvalidArgumentError(
      `inputs[${JSON.stringify(name)}] must hold ${size * examplesOf(result)} numbers, got ${tensor === undefined ? "none" : tensor.data.length}`,
    );
  return Array.from({ length: size }, (_, index) => Number(tensor.data[example * size + index]!));
}

function featureIndex(feature: number | string | undefined, features: readonly string[]): number | undefined {
  if (typeof feature !== "string") return feature;
  const index = features.indexOf(feature);
  if (index < 0) throw new InvalidArgumentError(`feature ${JSON.stringify(feature)} is none of the ${features.length} features`);
  return index;
}
