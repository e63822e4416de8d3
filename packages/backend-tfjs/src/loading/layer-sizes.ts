import { formatShape, InvalidArgumentError } from "@attr/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { mostElements } from "./sane-sizes.ts";

type Layer = LayersModel["layers"][number];

/**
 * Sees to it that no layer makes more of a row than can be computed: paddings, repetitions and shapes that are fine alone make too much
 * together.
 *
 * @param file names the file in messages.
 */
export function checkLayerSizes(model: LayersModel, file: string): void {
  const seen = new Set<Layer>();
  const look = (layer: Layer): void => {
    if (seen.has(layer)) return;
    seen.add(layer);
    for (const { outputShapes } of layer.inboundNodes ?? []) {
      // One shape, or one for each output.
      const shapes = (outputShapes as readonly unknown[]).some(Array.isArray) ? outputShapes : [outputShapes];
      for (const shape of shapes as readonly (readonly (number | null)[])[]) checkShape(layer, shape, file);
    }
    for (const inner of (layer as Partial<LayersModel>).layers ?? []) look(inner);
  };
  look(model);
}

function checkShape({ name }: Layer, shape: readonly (number | null)[], file: string): void {
  const elements = shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1);
  if (!(elements <= mostElements) || shape.some((size) => size !== null && size !== undefined && size < 0))
    throw new InvalidArgumentError(
      `${file}: layer "${name}" makes ${formatShape(shape)} of a row: sizes must be whole numbers, of at most ${mostElements} elements together`,
    );
}
