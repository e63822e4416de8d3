import { HostTensor } from "@attr/core";
import { wholeNumbers } from "../rooms/model-settings.ts";
import type { GroupingSettings } from "./method-settings.ts";
import { pictureAxes } from "./picture-axes.ts";

/**
 * Which elements of the input are one feature; undefined where each is one.
 *
 * @throws Error that names what is wrong, and what would do.
 */
export function makeGroups(shape: readonly number[], settings: GroupingSettings): HostTensor<"int32"> | undefined {
  const sizes = shape.slice(1);
  const length = sizes.reduce((product, size) => product * size, 1);
  const mask = (idOf: (at: number) => number): HostTensor<"int32"> =>
    new HostTensor(
      Int32Array.from({ length }, (_, at) => idOf(at)),
      [1, ...sizes],
      "int32",
    );
  switch (settings.grouping) {
    case "elements":
      return undefined;
    case "rows": {
      const inRow = length / (sizes[0] ?? 1);
      return mask((at) => Math.floor(at / inRow));
    }
    case "squares": {
      const axes = pictureAxes(shape);
      if (axes === undefined) throw new Error(`only a picture has squares; the input is [${shape.join(", ")}]`);
      const { channels, height, width, channelsFirst } = axes;
      const { square } = settings;
      const across = Math.ceil(width / square);
      return mask((at) => {
        const pixel = channelsFirst ? at % (height * width) : Math.floor(at / channels);
        return Math.floor(Math.floor(pixel / width) / square) * across + Math.floor((pixel % width) / square);
      });
    }
    case "numbers": {
      const ids = wholeNumbers(settings.groupNumbers, "the groups");
      if (ids.length !== length)
        throw new Error(`the groups take ${length} whole numbers, one for every element; got ${ids.length}`);
      return mask((at) => ids[at]!);
    }
  }
}
