import { type AttributionResult, InvalidArgumentError } from "@attr/core";
import { sumOf } from "../documents/facts.ts";
import type { LayerScore, LayersDocument } from "../documents/layers-document.ts";
import {
  checkPart,
  examplesOf,
  type HeadOptions,
  headOf,
  inputShape,
  type PartOptions,
  partOf,
  valuesOf,
} from "./result-part.ts";

export interface LayersDocumentOptions extends HeadOptions, PartOptions {
  /**
   * A layer's number: the sum of its attributions, which for complete methods is the same at every layer that all of the network passes
   * through, or their mean magnitude.
   *
   * @defaultValue "sum"
   */
  readonly measure?: "sum" | "magnitude" | undefined;
}

/**
 * A strip through the network from results at its layers, in the order from input to output:
 * `toSvg(layersDocument({ conv1: await method.attribute(…), conv2: … }))`.
 *
 * @throws InvalidArgumentError for no results, and where the example or output is none of theirs.
 */
export function layersDocument(
  results: Readonly<Record<string, AttributionResult>>,
  options: LayersDocumentOptions = {},
): LayersDocument {
  const named = Object.entries(results);
  const first = named[0]?.[1];
  if (first === undefined) throw new InvalidArgumentError("results must hold at least one result");
  const magnitude = options.measure === "magnitude";
  const layers = named.map(([name, result]): LayerScore => {
    const part = checkPart(result, options);
    const inputs = Object.keys(result.attributions);
    const scores = inputs.flatMap((input) => partOf(result.attributions[input]!, part, examplesOf(result)));
    const score = magnitude ? sumOf(scores.map(Math.abs)) / scores.length : sumOf(scores);
    return { name, score, ...(inputs.length === 1 && { shape: inputShape(result, inputs[0]!) }) };
  });
  return {
    kind: "layers",
    ...headOf(first, options.example ?? 0, options),
    method: [...new Set(named.map(([, { method }]) => method))].join(", "),
    notes: [...new Set(named.flatMap(([, { warnings }]) => warnings))],
    measure: magnitude ? "mean magnitude of attributions" : "sum of attributions",
    layers,
    ...valuesOf(first, checkPart(first, options)),
  };
}
