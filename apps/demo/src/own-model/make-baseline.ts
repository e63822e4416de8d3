import { HostTensor, seededRandom } from "@attr/core";
import { numbersIn } from "../rooms/model-settings.ts";
import type { BaselineSettings } from "./method-settings.ts";
import { pictureAxes } from "./picture-axes.ts";

/** Rows that numbers of one's own, or draws, may be. */
const mostRows = 1000;

/**
 * What stands for the input where it is absent, `[1 or more, ...]` with the rest of its shape.
 *
 * @param many whether the method takes several rows, as a distribution.
 * @throws Error that names what is wrong, and what would do.
 */
export function makeBaseline(input: HostTensor, settings: BaselineSettings, many: boolean): HostTensor {
  const { shape } = input;
  const length = shape.slice(1).reduce((product, size) => product * size, 1);
  const values = Float64Array.from({ length }, (_, at) => Number(input.data[at]));
  const made = rowsOf(values, shape, settings, many);
  return new HostTensor(Float32Array.from(made), [made.length / Math.max(1, length), ...shape.slice(1)], "float32");
}

function rowsOf(
  values: Float64Array,
  shape: readonly number[],
  { baseline, baselineNumber, baselineNumbers, draws }: BaselineSettings,
  many: boolean,
): Float64Array {
  switch (baseline) {
    case "zeros":
      return new Float64Array(values.length);
    case "number":
      return new Float64Array(values.length).fill(numberOf(baselineNumber));
    case "mean":
      return means(values, shape);
    case "blurred":
      return blurred(values, shape);
    case "numbers":
      return ownRows(baselineNumbers, values.length, many);
    case "draws":
      if (!many)
        throw new Error(
          "this method takes one baseline: random rows are for those that take many (Gradient SHAP, DeepLIFT SHAP)",
        );
      return drawn(values, Math.min(mostRows, draws));
  }
}

function numberOf(text: string): number {
  const number = Number(text.trim().replace("−", "-"));
  if (text.trim() === "" || !Number.isFinite(number)) throw new Error(`the baseline takes a number, got “${text}”`);
  return number;
}

function ownRows(text: string, length: number, many: boolean): Float64Array {
  const parts = numbersIn(text);
  const wrong = parts.find((part) => !Number.isFinite(Number(part)));
  if (wrong !== undefined) throw new Error(`“${wrong}” in the numbers of the baseline is none`);
  const rows = parts.length / length;
  if (!Number.isInteger(rows) || rows < 1 || rows > (many ? mostRows : 1))
    throw new Error(`the baseline takes ${length} numbers${many ? ", or several times as many" : ""}, got ${parts.length}`);
  return Float64Array.from(parts, Number);
}

/** The mean of each channel of a picture, else of everything. */
function means(values: Float64Array, shape: readonly number[]): Float64Array {
  const { channels, channelsFirst } = pictureAxes(shape) ?? { channels: 1, channelsFirst: true };
  const plane = values.length / channels;
  const channelOf = (at: number): number => (channelsFirst ? Math.floor(at / plane) : at % channels);
  const sums = new Float64Array(channels);
  for (let at = 0; at < values.length; at++) sums[channelOf(at)]! += values[at]!;
  return values.map((_, at) => sums[channelOf(at)]! / plane);
}

/** A picture blurred so far that no form is left: three means over a window of a quarter of its shorter side. */
function blurred(values: Float64Array, shape: readonly number[]): Float64Array {
  const axes = pictureAxes(shape);
  if (axes === undefined) throw new Error(`only a picture can be blurred; the input is [${shape.join(", ")}]`);
  const { channels, height, width, channelsFirst } = axes;
  const result = values.slice();
  const reach = Math.max(1, Math.floor(Math.min(height, width) / 8));
  const [place, channel] = channelsFirst ? [1, height * width] : [channels, 1];
  for (let c = 0; c < channels; c++)
    for (let pass = 0; pass < 3; pass++) {
      for (let y = 0; y < height; y++) smooth(result, c * channel + y * width * place, place, width, reach);
      for (let x = 0; x < width; x++) smooth(result, c * channel + x * place, width * place, height, reach);
    }
  return result;
}

/** Puts the mean of its neighbours, as far as there are any, in place of every number of a line. */
function smooth(numbers: Float64Array, start: number, step: number, length: number, reach: number): void {
  const sums = new Float64Array(length + 1);
  for (let at = 0; at < length; at++) sums[at + 1] = sums[at]! + numbers[start + at * step]!;
  for (let at = 0; at < length; at++) {
    const [from, to] = [Math.max(0, at - reach), Math.min(length, at + reach + 1)];
    numbers[start + at * step] = (sums[to]! - sums[from]!) / (to - from);
  }
}

/** Rows of numbers between the least and the largest of the input. */
function drawn(values: Float64Array, rows: number): Float64Array {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const random = seededRandom(0).fork("baselines");
  return Float64Array.from({ length: rows * values.length }, () => least + (most - least) * random.next());
}
