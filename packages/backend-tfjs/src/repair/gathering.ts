import { sizeOf } from "@attr/core";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import type { GradientDefinition } from "./with-gradients.ts";

/** Gradients of lookups: what was read goes back to where it was read from, and adds up there; of writing, the way back. */
export function gatheringGradients(tf: TensorFlow): readonly GradientDefinition[] {
  return [
    {
      kernelName: "GatherV2",
      inputsToSave: ["x", "indices"],
      gradFunc: (dy, [x, indices], attrs) => {
        const { axis = 0, batchDims = 0 } = attrs as { readonly axis?: number; readonly batchDims?: number }; // the kernel's
        return {
          x: () => gatherGradient(tf, dy as TfTensor, x!, indices!, axis < 0 ? axis + x!.rank : axis, batchDims),
          indices: () => tf.zeros(indices!.shape, "float32"),
        };
      },
    },
    {
      kernelName: "GatherNd",
      inputsToSave: ["params", "indices"],
      gradFunc: (dy, [params, indices]) => ({
        params: () => {
          const depth = indices!.shape.at(-1)!;
          const looked = params!.shape.slice(0, depth);
          const inner = sizeOf(params!.shape.slice(depth));
          const strides = looked.map((_, axis) => sizeOf(looked.slice(axis + 1)));
          const rows = tf.reshape(indices!, [-1, depth]);
          const flat = tf.sum(tf.mul(rows, tf.tensor(strides, [1, depth], "int32")), 1);
          return tf.reshape(addUp(tf, tf.reshape(dy as TfTensor, [flat.size, inner]), flat, sizeOf(looked)), params!.shape);
        },
        indices: () => tf.zeros(indices!.shape, "float32"),
      }),
    },
    {
      kernelName: "ScatterNd",
      inputsToSave: ["indices"],
      gradFunc: (dy, [indices]) => ({
        indices: () => tf.zeros(indices!.shape, "float32"),
        updates: () => tf.gatherND(dy as TfTensor, indices!), // one output
      }),
    },
    {
      kernelName: "TensorScatterUpdate",
      inputsToSave: ["indices", "updates"],
      gradFunc: (dy, [indices, updates]) => ({
        tensor: () => tf.tensorScatterUpdate(dy as TfTensor, indices!, tf.zerosLike(updates!)),
        indices: () => tf.zeros(indices!.shape, "float32"),
        updates: () => tf.gatherND(dy as TfTensor, indices!),
      }),
    },
    {
      kernelName: "TopK",
      inputsToSave: ["x"],
      outputsToSave: [false, true],
      gradFunc: (dys, [x, places]) => ({
        x: () => {
          const [dy] = dys as TfTensor[]; // of the values; the places have none
          const [width, count] = [x!.shape.at(-1)!, places!.shape.at(-1)!];
          const rows = places!.size / count;
          const starts = tf.reshape(tf.mul(tf.range(0, rows, 1, "int32"), tf.scalar(width, "int32")), [rows, 1]);
          const flat = tf.reshape(tf.add(tf.reshape(places!, [rows, count]), starts), [rows * count]);
          return tf.reshape(addUp(tf, tf.reshape(dy!, [rows * count, 1]), flat, rows * width), x!.shape);
        },
      }),
    },
  ];
}

function gatherGradient(tf: TensorFlow, dy: TfTensor, x: TfTensor, indices: TfTensor, axis: number, batchDims: number): TfTensor {
  const { shape } = x;
  const batch = sizeOf(shape.slice(0, batchDims));
  const outer = sizeOf(shape.slice(batchDims, axis));
  const length = shape[axis]!;
  const inner = sizeOf(shape.slice(axis + 1));
  const count = indices.size / batch;
  // [batch, outer, count, inner] → [batch · count, outer · inner]
  const up = tf.reshape(tf.transpose(tf.reshape(dy, [batch, outer, count, inner]), [0, 2, 1, 3]), [batch * count, outer * inner]);
  const starts = tf.mul(tf.range(0, batch, 1, "int32"), tf.scalar(length, "int32"));
  const flat = tf.reshape(tf.add(tf.reshape(indices, [batch, count]), tf.reshape(starts, [batch, 1])), [batch * count]);
  const sums = addUp(tf, up, flat, batch * length);
  return tf.reshape(tf.transpose(tf.reshape(sums, [batch, length, outer, inner]), [0, 2, 1, 3]), shape);
}

/** Sums rows by number: `[count, width]` → `[rows, width]`. */
function addUp(tf: TensorFlow, values: TfTensor, numbers: TfTensor, rows: number): TfTensor {
  const indices = tf.reshape(tf.cast(numbers, "int32"), [numbers.size, 1]);
  return tf.scatterND(indices, values, [rows, values.shape[1]!]);
}
