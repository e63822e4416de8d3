import { HostTensor, seededRandom, tensor, type ValueInfo } from "@attr/core";
import type { ImagePixels } from "@attr/viz";
import { type FeedSettings, numbersIn, wholeNumbers } from "./model-settings.ts";

/** An input that can be fed, and the picture it was made of. */
export interface FilledInput {
  readonly value: HostTensor;
  readonly picture?: ImagePixels | undefined;
}

/** Elements that an input of this page may have: more is no picture and no text, and would take the browser's memory. */
const most = 64_000_000;

/** Makes an input as the user asked for it. @throws Error that names the input and what is wrong. */
export async function fillInput({ name, dtype = "float32" }: ValueInfo, feed: FeedSettings): Promise<FilledInput> {
  const shape = wholeNumbers(feed.shape, `the shape of “${name}”`);
  const length = shape.reduce((product, size) => product * size, 1);
  if (length === 0 || length > most) throw new Error(`“${name}” of shape [${shape.join(", ")}] would have ${length} elements`);
  if (feed.fill === "picture" || feed.fill === "picture-signed") return await fromPicture(name, feed, shape);
  const whole = dtype !== "float32" && dtype !== "float64";
  const random = seededRandom(0).fork(name);
  const own = feed.fill === "numbers" ? ownNumbers(name, feed.numbers, length) : undefined;
  const element: (index: number) => number =
    own !== undefined
      ? (index) => own[index]!
      : feed.fill === "zeros"
        ? () => 0
        : feed.fill === "ones"
          ? () => 1
          : feed.fill === "count"
            ? (index) => (dtype === "bool" ? index % 2 : index)
            : () => (dtype === "bool" ? random.integer(2) : whole ? random.integer(10) : random.next());
  const numbers = new HostTensor(
    Float64Array.from({ length }, (_, index) => element(index)),
    shape,
    "float64",
  );
  return { value: tensor(numbers, dtype) };
}

function ownNumbers(name: string, text: string, length: number): readonly number[] {
  const numbers = numbersIn(text).map(Number);
  const wrong = numbersIn(text).find((part) => Number.isNaN(Number(part)));
  if (wrong !== undefined) throw new Error(`“${wrong}” in the numbers of “${name}” is none`);
  if (numbers.length !== length) throw new Error(`“${name}” takes ${length} numbers, got ${numbers.length}`);
  return numbers;
}

/** A picture in the size of the input, channels first or last; grey where there is one channel. */
async function fromPicture(name: string, { picture, fill }: FeedSettings, shape: readonly number[]): Promise<FilledInput> {
  const [batch, first, second, last] = shape;
  const channelsFirst = first === 1 || first === 3;
  const channels = channelsFirst ? first : last;
  if (shape.length !== 4 || batch !== 1 || (channels !== 1 && channels !== 3))
    throw new Error(
      `a picture goes into an input of shape [1, 1 or 3, height, width] or [1, height, width, 1 or 3]; “${name}” is [${shape.join(", ")}]`,
    );
  if (picture === undefined) throw new Error(`no picture was chosen for “${name}”`);
  const [height, width] = channelsFirst ? [second!, last!] : [first!, second!];
  const bitmap = await createImageBitmap(picture, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" }).catch(
    () => {
      throw new Error(`“${picture.name}” is no picture that this browser reads`);
    },
  );
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = width * height;
  const values = new Float32Array(pixels * channels);
  const shown = new Array<number>(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [red, green, blue] = [data[4 * pixel]!, data[4 * pixel + 1]!, data[4 * pixel + 2]!];
    const colors = channels === 3 ? [red, green, blue] : [0.299 * red + 0.587 * green + 0.114 * blue];
    for (let channel = 0; channel < channels; channel++) {
      const color = colors[channel]!;
      const scaled = fill === "picture" ? color / 255 : color / 127.5 - 1;
      values[channelsFirst ? channel * pixels + pixel : pixel * channels + channel] = scaled;
      shown[pixel * channels + channel] = color;
    }
  }
  return { value: new HostTensor(values, shape, "float32"), picture: { width, height, channels, data: shown } };
}
