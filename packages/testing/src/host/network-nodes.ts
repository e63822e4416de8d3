import { HostTensor, hostBackend, tensor } from "@attr/core";
import type { HostNode } from "./host-graph.ts";
import { stabilised } from "./reverse-mode.ts";

/* What convolutional networks are made of, for host graphs: images are [rows, height, width, channels]. */

const { add, sub, mul, div, exp } = hostBackend;

/** Which element of an image goes into which element of the result, with which weight. */
interface Wiring {
  /** Of the result, without the batch axis. */
  readonly shape: readonly number[];
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weight: Float64Array;
}

/** A linear operation given by single connections: no faster than its definition, and as easy to check. */
function wired(name: string, input: string, wiringOf: (shape: readonly number[]) => Wiring, bias?: HostTensor): HostNode {
  const forward = (x: HostTensor): HostTensor => {
    const wiring = wiringOf(x.shape.slice(1));
    const sum = carried(x, wiring.from, wiring.to, wiring, [x.shape[0]!, ...wiring.shape]);
    return bias === undefined ? sum : add(sum, hostBackend.cast(bias, x.dtype));
  };
  const back = (given: HostTensor, x: HostTensor): HostTensor => {
    const wiring = wiringOf(x.shape.slice(1));
    return carried(given, wiring.to, wiring.from, wiring, x.shape);
  };
  return {
    name,
    inputs: [input],
    compute: forward,
    backward: {
      kind: "own",
      cotangents: (given, [x]) => [back(given, x!)],
      relevances: (given, [x], y) => [mul(x!, back(div(given, stabilised(y)), x!))],
      linear: true,
    },
  };
}

function carried(x: HostTensor, from: Int32Array, to: Int32Array, { weight }: Wiring, shape: readonly number[]): HostTensor {
  const rows = shape[0]!;
  const [width, across] = [x.data.length / rows, shape.slice(1).reduce((size, length) => size * length, 1)];
  const result = new Float64Array(rows * across);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < weight.length; i++) result[row * across + to[i]!]! += weight[i]! * Number(x.data[row * width + from[i]!]);
  return hostBackend.cast(new HostTensor(result, shape, "float64"), x.dtype);
}

/** Connections are told one by one. */
function wire(shape: readonly number[], tell: (connect: (from: number, to: number, weight: number) => void) => void): Wiring {
  const [from, to, weight]: [number[], number[], number[]] = [[], [], []];
  tell((one, other, by) => {
    from.push(one);
    to.push(other);
    weight.push(by);
  });
  return { shape, from: Int32Array.from(from), to: Int32Array.from(to), weight: Float64Array.from(weight) };
}

/** A convolution without padding; `kernel` is `[height, width, in, out]`. */
export function convolution(
  name: string,
  input: string,
  kernel: HostTensor,
  bias: HostTensor | undefined,
  stride: number,
): HostNode {
  const [kernelHeight, kernelWidth, channels, out] = kernel.shape as readonly [number, number, number, number];
  return wired(
    name,
    input,
    ([height, width]) => {
      const [rows, columns] = [
        Math.floor((height! - kernelHeight) / stride) + 1,
        Math.floor((width! - kernelWidth) / stride) + 1,
      ];
      return wire([rows, columns, out], (connect) => {
        for (let place = 0; place < rows * columns; place++)
          for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
            const y = Math.floor(place / columns) * stride + Math.floor(tap / kernelWidth);
            const x = (place % columns) * stride + (tap % kernelWidth);
            for (let c = 0; c < channels; c++)
              for (let o = 0; o < out; o++)
                connect((y * width! + x) * channels + c, place * out + o, Number(kernel.data[(tap * channels + c) * out + o]));
          }
      });
    },
    bias,
  );
}

/** The mean of windows that do not overlap. */
export function averagePooling(name: string, input: string, size: number): HostNode {
  return wired(name, input, ([height, width, channels]) => {
    const [rows, columns] = [Math.floor(height! / size), Math.floor(width! / size)];
    return wire([rows, columns, channels!], (connect) => {
      for (const { from, to } of windows(rows, columns, width!, channels!, size)) connect(from, to, 1 / size ** 2);
    });
  });
}

/** The mean over all axes but the first and the last. */
export function globalAverage(name: string, input: string): HostNode {
  return wired(name, input, (shape) => {
    const channels = shape.at(-1)!;
    const places = shape.slice(0, -1).reduce((size, length) => size * length, 1);
    return wire([channels], (connect) => {
      for (let i = 0; i < places * channels; i++) connect(i, i % channels, 1 / places);
    });
  });
}

/** The largest of windows that do not overlap; the gradient goes to the first of the largest. */
export function maxPooling(name: string, input: string, size: number): HostNode {
  const chosen = (x: HostTensor): { readonly shape: readonly number[]; readonly from: Int32Array } => {
    const [examples, height, width, channels] = x.shape as readonly [number, number, number, number];
    const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
    const across = rows * columns * channels;
    const from = new Int32Array(examples * across).fill(-1);
    for (let example = 0; example < examples; example++)
      for (const window of windows(rows, columns, width, channels, size)) {
        const [at, to] = [example * height * width * channels + window.from, example * across + window.to];
        if (from[to] === -1 || Number(x.data[at]) > Number(x.data[from[to]!])) from[to] = at;
      }
    return { shape: [examples, rows, columns, channels], from };
  };
  const back = (given: HostTensor, x: HostTensor): HostTensor => {
    const result = new Float64Array(x.data.length);
    for (const [to, from] of chosen(x).from.entries()) result[from]! += Number(given.data[to]);
    return hostBackend.cast(new HostTensor(result, x.shape, "float64"), x.dtype);
  };
  return {
    name,
    inputs: [input],
    compute: (x) => {
      const { shape, from } = chosen(x);
      return hostBackend.cast(
        new HostTensor(
          Float64Array.from(from, (at) => Number(x.data[at])),
          shape,
          "float64",
        ),
        x.dtype,
      );
    },
    backward: { kind: "own", cotangents: (given, [x]) => [back(given, x!)], relevances: (given, [x]) => [back(given, x!)] },
  };
}

/** Every element of windows of `size × size`, and the element of the result that its window is. */
function* windows(
  rows: number,
  columns: number,
  width: number,
  channels: number,
  size: number,
): Generator<{ readonly from: number; readonly to: number }> {
  for (let place = 0; place < rows * columns; place++)
    for (let tap = 0; tap < size * size; tap++) {
      const y = Math.floor(place / columns) * size + Math.floor(tap / size);
      const x = (place % columns) * size + (tap % size);
      for (let c = 0; c < channels; c++) yield { from: (y * width + x) * channels + c, to: place * channels + c };
    }
}

/** Rows of a table, picked by whole numbers, which have no gradient. */
export function embedding(name: string, input: string, table: HostTensor): HostNode {
  return {
    name,
    inputs: [input],
    compute: (ids) => hostBackend.gather(table, hostBackend.cast(ids, "int32"), 0),
  };
}

/** Two values joined along the last axis. */
export function concatenation(name: string, inputs: readonly string[]): HostNode {
  const parts = (given: HostTensor, operands: readonly HostTensor[]): HostTensor[] => {
    let end = 0;
    return operands.map(({ shape }) => {
      const begin = end;
      end += shape.at(-1)!;
      return hostBackend.slice(
        given,
        given.shape.map((_, axis) => (axis === given.shape.length - 1 ? begin : 0)),
        given.shape.map((length, axis) => (axis === given.shape.length - 1 ? end : length)),
      );
    });
  };
  return {
    name,
    inputs,
    compute: (...operands) => hostBackend.concat(operands, operands[0]!.shape.length - 1),
    backward: { kind: "own", cotangents: parts, relevances: parts, linear: true },
  };
}

/** `1 / (1 + e^−x)`. */
export function sigmoid(name: string, input: string): HostNode {
  const one = (x: HostTensor): HostTensor => tensor(1, x.dtype);
  return {
    name,
    inputs: [input],
    compute: (x) => div(one(x), add(one(x), exp(hostBackend.neg(x)))),
    backward: { kind: "activation", slope: (x, y) => mul(y, sub(one(x), y)) },
  };
}

/** `log(1 + e^x)`, by way of the larger of x and 0 so that it does not overflow. */
export function softplus(name: string, input: string): HostNode {
  const one = (x: HostTensor): HostTensor => tensor(1, x.dtype);
  const zero = (x: HostTensor): HostTensor => tensor(0, x.dtype);
  return {
    name,
    inputs: [input],
    compute: (x) => add(hostBackend.maximum(x, zero(x)), hostBackend.log(add(one(x), exp(hostBackend.neg(hostBackend.abs(x)))))),
    backward: { kind: "activation", slope: (x) => div(one(x), add(one(x), exp(hostBackend.neg(x)))) },
  };
}
