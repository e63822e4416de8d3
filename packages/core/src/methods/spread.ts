import type { FeatureSwitch } from "../game/feature-switch.ts";
import type { NamedTensors } from "../model/model.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Shape } from "../tensor/tensor.ts";

/**
 * One number a player written to every element the player holds: `[examples × explained][players]` becomes, for every input,
 * `[examples, ...explained, ...input]`. The number is repeated, not shared out; where several players hold an element (windows that
 * overlap) it is their mean, and an element without a player gets 0.
 */
export function spread(
  numbers: Float64Array,
  players: number,
  values: NamedTensors,
  featureSwitch: FeatureSwitch,
  examples: number,
  output: Shape,
): Record<string, HostTensor> {
  const width = sizeOf(output);
  return Object.fromEntries(
    Object.entries(values).map(([name, { shape }]) => {
      const inner = shape.slice(1);
      const elements = sizeOf(inner);
      const data = new Float64Array(examples * width * elements);
      for (let example = 0; example < examples; example++) {
        const first = example * width;
        for (let player = 0; player < players; player++) {
          const runs = featureSwitch.runs(name, example, player);
          for (let run = 0; run < runs.length; run += 2)
            for (let k = first; k < first + width; k++) {
              const number = numbers[k * players + player]!;
              const start = k * elements;
              for (let i = start + runs[run]!; i < start + runs[run + 1]!; i++) data[i]! += number;
            }
        }
      }
      if (!featureSwitch.isPartition) divideByCoverage(data, players, name, featureSwitch, elements);
      return [name, new HostTensor(data, [examples, ...output, ...inner], "float64")];
    }),
  );
}

/** Overlapping players lie alike in all examples. */
function divideByCoverage(
  data: Float64Array,
  players: number,
  name: string,
  featureSwitch: FeatureSwitch,
  elements: number,
): void {
  const covered = new Float64Array(elements);
  for (let player = 0; player < players; player++) {
    const runs = featureSwitch.runs(name, 0, player);
    for (let run = 0; run < runs.length; run += 2) for (let i = runs[run]!; i < runs[run + 1]!; i++) covered[i]!++;
  }
  for (let start = 0; start < data.length; start += elements)
    for (let i = 0; i < elements; i++) if (covered[i]! > 1) data[start + i]! /= covered[i]!;
}
