/** How a window goes along one axis. */
export interface WindowAxis {
  /** Length of the input along it. */
  readonly input: number;
  readonly output: number;
  /** Elements of the window. */
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Elements of padding before the first. */
  readonly before: number;
}

/** What TensorFlow.js works out of the attributes of a convolution or pool. */
interface Info {
  readonly inDepth?: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outDepth?: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly strideDepth?: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly filterDepth?: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly dilationDepth?: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padInfo: { readonly front?: number; readonly top: number; readonly left: number };
}

/**
 * The axes of a window over an image, `[rows, height, width, channels]`, or a volume, which has a depth before.
 *
 * Where windows leave gaps, TensorFlow.js computes paddings below 0 for volumes; TensorFlow defines that there is none.
 */
export function windowAxes(info: Info): readonly WindowAxis[] {
  const { padInfo } = info;
  const plane: WindowAxis[] = [
    {
      input: info.inHeight,
      output: info.outHeight,
      size: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      before: Math.max(padInfo.top, 0),
    },
    {
      input: info.inWidth,
      output: info.outWidth,
      size: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      before: Math.max(padInfo.left, 0),
    },
  ];
  if (info.inDepth === undefined) return plane;
  const depth: WindowAxis = {
    input: info.inDepth,
    output: info.outDepth!,
    size: info.filterDepth!,
    stride: info.strideDepth!,
    dilation: info.dilationDepth!,
    before: Math.max(padInfo.front!, 0),
  };
  return [depth, ...plane];
}

/** How much of an axis, with its padding, windows reach over. */
export function reach({ output, stride, size, dilation }: WindowAxis): number {
  return (output - 1) * stride + (size - 1) * dilation + 1;
}

/** The offsets of a window's elements, one an axis, in order. */
export function offsets(axes: readonly WindowAxis[]): readonly (readonly number[])[] {
  return axes.reduce<readonly (readonly number[])[]>(
    (all, { size }) => all.flatMap((offset) => Array.from({ length: size }, (_, i) => [...offset, i])),
    [[]],
  );
}
