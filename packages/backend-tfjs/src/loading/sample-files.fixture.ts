import * as layers from "@tensorflow/tfjs-layers";
import { attribute, branchingFiles, convolutionalFiles, graphFiles, input, perceptronFiles } from "../graph-files.fixture.ts";
import { layersFiles } from "../layers-files.fixture.ts";
import { smallModels } from "../small-models.fixture.ts";

/** A model's files by name. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** Files of all the small models, which tests break. */
export async function sampleFiles(): Promise<Readonly<Record<string, Files>>> {
  const small: Record<string, Files> = {};
  for (const [name, make] of Object.entries(smallModels)) {
    const { model } = make();
    small[`the layers model "${name}"`] = await layersFiles(model);
    model.dispose();
  }
  return {
    ...small,
    "a graph of products": perceptronFiles(),
    "a graph of convolutions": convolutionalFiles(),
    "a graph with branches": branchingFiles(),
    "a layers model that makes much of little": await growingLayersFiles(),
    "a graph that makes much of little": growingGraphFiles(),
  };
}

export function textOf(files: Files): string {
  return new TextDecoder().decode(files["model.json"]);
}

export function withText(files: Files, text: string): Files {
  return { ...files, "model.json": new TextEncoder().encode(text) };
}

/** Layers that pad, repeat, enlarge and reshape, and those that have a layer inside. */
async function growingLayersFiles(): Promise<Files> {
  const layer = layers.layers;
  const model = layers.sequential({
    name: "growing",
    layers: [
      layer.zeroPadding2d({ name: "padded", padding: 1, inputShape: [3, 3, 2] }),
      layer.upSampling2d({ name: "enlarged", size: [2, 2] }),
      layer.conv2dTranspose({ name: "spread", filters: 2, kernelSize: 2, strides: 2 }),
      layer.separableConv2d({ name: "separable", filters: 2, kernelSize: 2, dilationRate: 2 }),
      layer.maxPooling2d({ name: "pool", poolSize: 3, strides: 3 }),
      layer.cropping2D({
        name: "cropped",
        cropping: [
          [1, 1],
          [0, 1],
        ],
      }),
      layer.reshape({ name: "rows", targetShape: [4, 10] }),
      layer.conv1d({ name: "line", filters: 3, kernelSize: 2, padding: "same" }),
      layer.timeDistributed({ name: "each", layer: layer.dense({ name: "inside", units: 2 }) }),
      layer.bidirectional({
        name: "both",
        layer: layer.simpleRNN({ name: "back", units: 2, recurrentInitializer: "glorotNormal" }) as layers.RNN,
        mergeMode: "concat",
      }),
      layer.repeatVector({ name: "repeated", n: 3 }),
      layer.permute({ name: "turned", dims: [2, 1] }),
      layer.averagePooling1d({ name: "mean", poolSize: 2 }),
      layer.flatten({ name: "flat" }),
      layer.leakyReLU({ name: "leaky" }),
      layer.dense({ name: "logits", units: 2 }),
    ],
  });
  const files = await layersFiles(model);
  model.dispose();
  return files;
}

/** Operations whose results are as large as numbers in the weights say. */
function growingGraphFiles(): Files {
  const float = { T: attribute.type("DT_FLOAT") };
  const ints = { T: attribute.type("DT_INT32") };
  return graphFiles(
    [
      input("x", -1, 4),
      { name: "tiled", op: "Tile", input: ["x", "factors"], attr: float },
      { name: "padded", op: "PadV2", input: ["tiled", "paddings", "zero"], attr: float },
      { name: "picture", op: "Reshape", input: ["padded", "shape"], attr: float },
      {
        name: "large",
        op: "ResizeBilinear",
        input: ["picture", "size"],
        attr: { ...float, align_corners: attribute.flag(false), half_pixel_centers: attribute.flag(false) },
      },
      {
        name: "pooled",
        op: "MaxPool",
        input: ["large"],
        attr: {
          ...float,
          ksize: attribute.ints(1, 2, 2, 1),
          strides: attribute.ints(1, 2, 2, 1),
          padding: attribute.text("SAME"),
          data_format: attribute.text("NHWC"),
        },
      },
      { name: "mirrored", op: "MirrorPad", input: ["pooled", "mirrors"], attr: { ...float, mode: attribute.text("REFLECT") } },
      { name: "spread", op: "SpaceToBatchND", input: ["mirrored", "block", "edges"], attr: float },
      { name: "back", op: "BatchToSpaceND", input: ["spread", "block", "edges"], attr: float },
      { name: "mean", op: "Mean", input: ["back", "axes"], attr: { ...float, keep_dims: attribute.flag(true) } },
      { name: "filled", op: "Fill", input: ["shape", "zero"], attr: float },
      { name: "counted", op: "Range", input: ["start", "stop", "step"], attr: { Tidx: attribute.type("DT_INT32") } },
      { name: "hot", op: "OneHot", input: ["counted", "depth", "one", "zero"], attr: { ...float, axis: attribute.int(-1) } },
      { name: "broad", op: "BroadcastTo", input: ["one", "wide"], attr: float },
      { name: "scattered", op: "ScatterNd", input: ["places", "updates", "long"], attr: ints },
      { name: "numbers", op: "Cast", input: ["scattered"], attr: { SrcT: ints.T, DstT: float.T } },
      { name: "added", op: "AddV2", input: ["mean", "filled"], attr: float },
      { name: "warm", op: "Sum", input: ["hot", "axes01"], attr: { ...float, keep_dims: attribute.flag(false) } },
      { name: "both", op: "AddV2", input: ["added", "warm"], attr: float },
      { name: "wider", op: "AddV2", input: ["both", "broad"], attr: float },
      { name: "total", op: "Sum", input: ["numbers", "axes0"], attr: { ...float, keep_dims: attribute.flag(false) } },
      { name: "y", op: "AddV2", input: ["wider", "total"], attr: float },
    ],
    [
      { name: "factors", shape: [2], integers: [1, 2] },
      { name: "paddings", shape: [2, 2], integers: [0, 0, 1, 0] },
      { name: "shape", shape: [4], integers: [2, 3, 3, 1] },
      { name: "size", shape: [2], integers: [6, 6] },
      { name: "mirrors", shape: [4, 2], integers: [0, 0, 1, 1, 0, 0, 0, 0] },
      { name: "block", shape: [2], integers: [1, 1] },
      { name: "edges", shape: [2, 2], integers: [0, 0, 0, 0] },
      { name: "axes", shape: [2], integers: [1, 2] },
      { name: "axes01", shape: [2], integers: [0, 1] },
      { name: "axes0", shape: [1], integers: [0] },
      { name: "start", shape: [], integers: [0] },
      { name: "stop", shape: [], integers: [6] },
      { name: "step", shape: [], integers: [2] },
      { name: "depth", shape: [], integers: [3] },
      { name: "zero", shape: [] },
      { name: "one", shape: [] },
      { name: "wide", shape: [2], integers: [3, 1] },
      { name: "places", shape: [2, 1], integers: [0, 2] },
      { name: "updates", shape: [2], integers: [5, 6] },
      { name: "long", shape: [1], integers: [4] },
    ],
  );
}
