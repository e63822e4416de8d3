import { sizeOf } from "@attr/core";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { offsets, type WindowAxis, windowAxes } from "./geometry.ts";
import { every, spread, window } from "./spatial.ts";
import type { GradientDefinition } from "./with-gradients.ts";

type Tensor4D = import("@tensorflow/tfjs-core").Tensor4D;
type Tensor5D = import("@tensorflow/tfjs-core").Tensor5D;
type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];
type Pad = "valid" | "same" | number;
type Rounding = "floor" | "round" | "ceil" | undefined;

/** The attributes of the convolution kernels. */
export interface Attributes {
  readonly strides: number | number[];
  readonly pad: Pad;
  readonly dataFormat?: string;
  readonly dilations?: number | number[] | null;
  readonly dimRoundingMode?: Rounding;
}

/**
 * Gradients of convolutions: with dilation, which TensorFlow.js refuses; by filters, whose kernels some backends lack; of volumes, which
 * wasm gets wrong.
 */
export function convolutionGradients(tf: TensorFlow): readonly GradientDefinition[] {
  return [
    {
      kernelName: "Conv2D",
      inputsToSave: ["x", "filter"],
      gradFunc: (dy, saved, attrs) => {
        const [x, filter] = saved as [Tensor4D, Tensor4D]; // what is saved, in that order
        const attributes = attrs as unknown as Attributes; // the kernel's
        const isLast = attributes.dataFormat !== "NCHW";
        const [image, back] = isLast ? [same, same] : [toLast(tf), toFirst(tf)];
        const axes = axes2D(tf, image(x), filter, attributes, false);
        const up = image(dy as TfTensor); // one output
        return {
          x: () => {
            const { strides, pad, dataFormat, dimRoundingMode } = attributes;
            if (isPlain(axes) && hasInputKernel(tf, pad))
              return tf.engine().runKernel<TfTensor>(
                "Conv2DBackpropInput",
                { dy: dy as TfTensor, filter },
                {
                  ...{ strides, pad, dataFormat: dataFormat ?? "NHWC", dimRoundingMode: dimRoundingMode! },
                  inputShape: x.shape,
                },
              );
            const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as Tensor4D; // of the same rank
            const rates = axes.map(({ dilation }) => dilation) as [number, number];
            return back(tf.conv2d(backToInput(tf, up, axes) as Tensor4D, turned, 1, "valid", "NHWC", rates));
          },
          filter: () => filterGradient(tf, image(x), up, axes, filter.shape),
        };
      },
    },
    {
      kernelName: "Conv2DBackpropInput",
      inputsToSave: ["dy", "filter"],
      gradFunc: (ddx, saved, attrs) => {
        const [small, filter] = saved as [Tensor4D, Tensor4D];
        const attributes = attrs as unknown as Attributes;
        const up = ddx as Tensor4D;
        const { strides, pad, dataFormat, dimRoundingMode } = attributes;
        const isLast = dataFormat !== "NCHW";
        const image = isLast ? same : toLast(tf);
        return {
          dy: () => tf.conv2d(up, filter, strides as [number, number], pad, (dataFormat ?? "NHWC") as "NHWC", 1, dimRoundingMode),
          filter: () => {
            const axes = axes2D(tf, image(up), filter, attributes, false);
            return filterGradient(tf, image(up), image(small), axes, filter.shape);
          },
        };
      },
    },
    {
      kernelName: "DepthwiseConv2dNative",
      inputsToSave: ["x", "filter"],
      gradFunc: (dy, saved, attrs) => {
        const [x, filter] = saved as [Tensor4D, Tensor4D];
        const attributes = attrs as unknown as Attributes;
        const isLast = attributes.dataFormat !== "NCHW";
        const [image, back] = isLast ? [same, same] : [toLast(tf), toFirst(tf)];
        const axes = axes2D(tf, image(x), filter, attributes, true);
        const up = image(dy as TfTensor);
        return {
          x: () => back(depthwiseInputGradient(tf, up, filter, axes)),
          filter: () => depthwiseFilterGradient(tf, image(x), up, axes, filter.shape),
        };
      },
    },
    {
      kernelName: "Conv3D",
      inputsToSave: ["x", "filter"],
      gradFunc: (dy, saved, attrs) => {
        const [x, filter] = saved as [Tensor5D, Tensor5D];
        const axes = axes3D(tf, x.shape, filter, attrs as unknown as Attributes); // the kernel's
        const up = dy as TfTensor; // one output
        return {
          x: () => inputGradient3D(tf, up, filter, axes),
          filter: () => filterGradient(tf, x, up, axes, filter.shape),
        };
      },
    },
    {
      kernelName: "Conv3DBackpropInputV2",
      inputsToSave: ["dy", "filter"],
      gradFunc: (ddx, saved, attrs) => {
        const [small, filter] = saved as [Tensor5D, Tensor5D];
        const { strides, pad } = attrs as unknown as Attributes;
        const up = ddx as Tensor5D; // one output
        return {
          dy: () => tf.conv3d(up, filter, strides as [number, number, number], pad as "same" | "valid"),
          filter: () => filterGradient(tf, up, small, axes3D(tf, up.shape, filter, { strides, pad }), filter.shape),
        };
      },
    },
  ];
}

const same = (x: TfTensor): TfTensor => x;

function toLast(tf: TensorFlow): (x: TfTensor) => TfTensor {
  return (x) => tf.transpose(x, [0, 2, 3, 1]);
}

function toFirst(tf: TensorFlow): (x: TfTensor) => TfTensor {
  return (x) => tf.transpose(x, [0, 3, 1, 2]);
}

function reversed(tf: TensorFlow, x: TfTensor, axes: readonly number[]): TfTensor {
  // One axis at a time, and of three: the kernel of some backends knows ranks up to 4.
  return axes.reduce((turned, axis) => {
    const [before, after] = [sizeOf(turned.shape.slice(0, axis)), sizeOf(turned.shape.slice(axis + 1))];
    return tf.reshape(tf.reverse(tf.reshape(turned, [before, turned.shape[axis]!, after]), 1), turned.shape);
  }, x);
}

function axes2D(
  tf: TensorFlow,
  x: TfTensor,
  filter: TfTensor,
  { strides, pad, dilations, dimRoundingMode }: Attributes,
  depthwise: boolean,
): readonly WindowAxis[] {
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    strides as number, // one or two, as the kernel has them
    (dilations ?? 1) as number,
    pad,
    dimRoundingMode,
    depthwise,
  );
  return windowAxes(info);
}

function hasInputKernel(tf: TensorFlow, pad: Attributes["pad"]): boolean {
  const backend = tf.getBackend();
  // wasm takes ten times as long for its own as for a convolution; TensorFlow's is not told of paddings by number.
  return backend !== "wasm" && (backend !== "tensorflow" || typeof pad === "string");
}

/** How the filter of a convolution goes over a volume of some shape. */
export function axes3D(
  tf: TensorFlow,
  shape: readonly number[],
  filter: TfTensor,
  { strides, pad, dilations, dimRoundingMode }: Attributes,
): readonly WindowAxis[] {
  const info = tf.backend_util.computeConv3DInfo(
    shape as Shape5D,
    filter.shape as Shape5D,
    strides as number, // one or three, as the kernel has them
    (dilations ?? 1) as number,
    pad,
    false,
    "channelsLast",
    dimRoundingMode,
  );
  return windowAxes(info);
}

/** The gradient of a volume's convolution by the volume, which is what a transposed convolution gives. */
export function inputGradient3D(tf: TensorFlow, dy: TfTensor, filter: TfTensor, axes: readonly WindowAxis[]): TfTensor {
  const turned = tf.transpose(reversed(tf, filter, [0, 1, 2]), [0, 1, 2, 4, 3]) as Tensor5D; // of the same rank
  const rates = axes.map(({ dilation }) => dilation) as [number, number, number];
  return tf.conv3d(backToInput(tf, dy, axes) as Tensor5D, turned, 1, "valid", "NDHWC", rates);
}

function isPlain(axes: readonly WindowAxis[]): boolean {
  return axes.every(({ dilation }) => dilation === 1);
}

/** What a plain convolution with the turned filter makes the input's gradient of. */
function backToInput(tf: TensorFlow, dy: TfTensor, axes: readonly WindowAxis[]): TfTensor {
  return axes.reduce((x, { input, size, stride, dilation, before }, i) => {
    const reach = (size - 1) * dilation;
    return window(tf, spread(tf, x, i + 1, stride), i + 1, before - reach, input + reach);
  }, dy);
}

/** What the window's element at an offset sees: one entry an output. */
function seenAt(tf: TensorFlow, x: TfTensor, axes: readonly WindowAxis[], offset: readonly number[]): TfTensor {
  return axes.reduce(
    (part, { stride, dilation, before, output }, i) => every(tf, part, i + 1, offset[i]! * dilation - before, stride, output),
    x,
  );
}

function filterGradient(
  tf: TensorFlow,
  x: TfTensor,
  dy: TfTensor,
  axes: readonly WindowAxis[],
  shape: readonly number[],
): TfTensor {
  const [channels, outputs] = [shape.at(-2)!, shape.at(-1)!];
  const count = sizeOf(dy.shape) / outputs;
  const up = tf.reshape(dy, [count, outputs]);
  const parts = offsets(axes).map((offset) => {
    const seen = tf.reshape(seenAt(tf, x, axes, offset), [count, channels]);
    return tf.matMul(tf.transpose(seen), up);
  });
  return tf.reshape(tf.stack(parts), [...shape]);
}

function depthwiseFilterGradient(
  tf: TensorFlow,
  x: TfTensor,
  dy: TfTensor,
  axes: readonly WindowAxis[],
  shape: readonly number[],
): TfTensor {
  const [channels, multiplier] = [shape.at(-2)!, shape.at(-1)!];
  const count = sizeOf(dy.shape) / (channels * multiplier);
  const up = tf.reshape(dy, [count, channels, multiplier]);
  const parts = offsets(axes).map((offset) =>
    tf.sum(tf.mul(tf.reshape(seenAt(tf, x, axes, offset), [count, channels, 1]), up), 0),
  );
  return tf.reshape(tf.stack(parts), [...shape]);
}

function depthwiseInputGradient(tf: TensorFlow, dy: TfTensor, filter: Tensor4D, axes: readonly WindowAxis[]): TfTensor {
  const [high, wide, channels, multiplier] = filter.shape;
  const turned = tf.reshape(tf.reverse(filter, [0, 1]), [high, wide, channels * multiplier, 1]) as Tensor4D;
  const rates = axes.map(({ dilation }) => dilation) as [number, number];
  const parts = tf.depthwiseConv2d(backToInput(tf, dy, axes) as Tensor4D, turned, 1, "valid", "NHWC", rates);
  if (multiplier === 1) return parts;
  const shape = parts.shape.slice(0, 3);
  return tf.reshape(tf.sum(tf.reshape(parts, [sizeOf(shape) * channels, multiplier]), 1), [...shape, channels]);
}
