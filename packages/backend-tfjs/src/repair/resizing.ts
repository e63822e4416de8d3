import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { alongAxis } from "./spatial.ts";
import type { GradientDefinition } from "./with-gradients.ts";

/** The attributes of the kernels that resize images. */
interface Attributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: readonly [number, number];
}

/** Gradients of resized images, whose kernels know nothing of pixels' halves. */
export function resizingGradients(tf: TensorFlow): readonly GradientDefinition[] {
  return [
    resizing(tf, "ResizeBilinear", (x, [high, wide], align, half) => tf.image.resizeBilinear(x, [high, wide], align, half)),
    resizing(tf, "ResizeNearestNeighbor", (x, [high, wide], align, half) =>
      tf.image.resizeNearestNeighbor(x, [high, wide], align, half),
    ),
  ];
}

type Tensor4D = import("@tensorflow/tfjs-core").Tensor4D;
type Resize = (images: Tensor4D, size: readonly [number, number], alignCorners: boolean, halfPixelCenters: boolean) => TfTensor;

function resizing(tf: TensorFlow, kernelName: string, resize: Resize): GradientDefinition {
  return {
    kernelName,
    inputsToSave: ["images"],
    gradFunc: (dy, [images], attrs) => {
      const { alignCorners, halfPixelCenters, size } = attrs as unknown as Attributes; // the kernel's
      return {
        images: () =>
          size.reduce((part, length, i) => {
            const before = images!.shape[i + 1]!;
            // Every column of a unit matrix is an image of one column: the kernel itself tells its weights.
            const unit = tf.reshape(tf.eye(before), [1, before, 1, before]) as Tensor4D;
            const weights = tf.reshape(resize(unit, [length, 1], alignCorners, halfPixelCenters), [length, before]);
            return alongAxis(tf, part, i + 1, (flat) => {
              const back = tf.reshape(tf.transpose(weights), [1, before, length]);
              return tf.matMul(tf.tile(back, [flat.shape[0]!, 1, 1]), flat);
            });
          }, dy as TfTensor), // one output
      };
    },
  };
}
