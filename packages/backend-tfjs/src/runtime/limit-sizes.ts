import type { TensorFlow, TfTensor } from "./tensor-flow.ts";

/** Elements beyond which no result is computed: 4 GiB of floats, more than an array of JavaScript or a texture takes. */
const mostElements = 2 ** 30;

type Inputs = Readonly<Record<string, TfTensor>>;
type Attributes = Readonly<Record<string, unknown>>;
type Size = (inputs: Inputs, attributes: Attributes) => number;

const product = (sizes: Iterable<number>): number => {
  let size = 1;
  for (const length of sizes) size *= length;
  return size;
};
const paddings = ({ x }: Inputs, { paddings }: Attributes): number =>
  product((paddings as readonly (readonly number[])[]).map(([before = 0, after = 0], axis) => x!.shape[axis]! + before + after));
const resized = ({ images }: Inputs, { size }: Attributes): number =>
  images!.shape[0]! * images!.shape[3]! * product(size as readonly number[]);
const shaped = (_: Inputs, { shape }: Attributes): number => product(shape as readonly number[]);

/** Kernels whose results can be much larger than what they are given, with the elements that these have. */
const sizes: Readonly<Record<string, Size>> = {
  Fill: shaped,
  ScatterNd: shaped,
  Tile: ({ x }, { reps }) => x!.size * product(reps as readonly number[]),
  PadV2: paddings,
  MirrorPad: paddings,
  ResizeBilinear: resized,
  ResizeNearestNeighbor: resized,
  SparseToDense: (_, { outputShape }) => product(outputShape as readonly number[]),
  Conv2DBackpropInput: (_, { inputShape }) => product(inputShape as readonly number[]),
  Range: (_, { start, stop, step }) => Math.abs((Number(stop) - Number(start)) / Number(step)),
  LinSpace: (_, { num }) => Number(num),
  OneHot: ({ indices }, { depth }) => indices!.size * Number(depth),
  Multinomial: ({ logits }, { numSamples }) => logits!.shape[0]! * Number(numSamples),
  BatchMatMul: ({ a, b }, { transposeA, transposeB }) => {
    const rows = a!.shape.at(transposeA === true ? -1 : -2)!;
    const columns = b!.shape.at(transposeB === true ? -2 : -1)!;
    return Math.max(product(a!.shape.slice(0, -2)), product(b!.shape.slice(0, -2))) * rows * columns;
  },
};

/** Elements of two operands that are broadcast against each other. */
function broadcast({ a, b }: Inputs): number {
  const [first, second] = [a!.shape, b!.shape];
  let size = 1;
  for (let axis = 1; axis <= Math.max(first.length, second.length); axis++)
    size *= Math.max(first.at(-axis) ?? 1, second.at(-axis) ?? 1);
  return size;
}

/**
 * Does work in which no kernel may make more than can be computed: files can compute a size that nobody meant, and what asks for it takes
 * all memory, or goes on for ever. Work is synchronous, so nobody else's kernels are looked at.
 *
 * @throws RangeError where one would.
 */
export function withinSizes<T>(tf: TensorFlow, work: () => T): T {
  const engine = tf.engine();
  const { runKernel } = engine;
  engine.runKernel = ((name, inputs, attributes) => {
    const given = inputs as Inputs; // kernels that are listed take tensors by name
    const size = sizes[name] ?? (given["a"] !== undefined && given["b"] !== undefined ? broadcast : undefined);
    const elements = size?.(given, (attributes ?? {}) as Attributes) ?? 0;
    if (!(elements <= mostElements))
      throw new RangeError(`it would make ${elements} elements; at most ${mostElements} can be computed`);
    return runKernel.call(engine, name, inputs, attributes);
  }) as typeof runKernel;
  try {
    return work();
  } finally {
    engine.runKernel = runKernel;
  }
}
