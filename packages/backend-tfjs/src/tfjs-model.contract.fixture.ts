import { describeDifferentiableModel, describeGraphModel } from "@attr/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { convolutionalFiles, perceptronFiles } from "./graph-files.fixture.ts";
import { rowsFor, smallModels } from "./small-models.fixture.ts";
import { tfjsBackend } from "./tensor/tfjs-backend.ts";
import { TfjsModel } from "./tfjs-model.ts";

const numeric = { tolerance: 1e-5, step: 1e-2, differenceTolerance: 2e-3 };

const graphs = {
  perceptron: {
    files: () => perceptronFiles(),
    shapes: { x: [4] },
    wrt: ["x", "hidden", "halves", "halves:1", "gate", "gated"],
  },
  "perceptron for one row": { files: () => perceptronFiles(1), shapes: { x: [4] }, wrt: ["x", "gated"] },
  "perceptron for three rows": { files: () => perceptronFiles(3), shapes: { x: [4] }, wrt: ["x", "gated"] },
  convolutional: {
    files: convolutionalFiles,
    shapes: { image: [6, 5, 2] },
    wrt: ["image", "conv", "depthwise", "cut"],
  },
} as const;

/** Holds the small models to the contracts on a backend of TensorFlow.js that is registered. */
export function describeSmallModels(backend: string): void {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
    });
    for (const [name, make] of Object.entries(smallModels)) {
      const makeCase = async () => {
        const { model, shapes, wrt } = make();
        return { ...numeric, model: await TfjsModel.from(model, { tf }), inputs: rowsFor(tfjsBackend(tf), shapes), wrt };
      };
      describeGraphModel(name, makeCase, { describe, test });
      describeDifferentiableModel(name, makeCase, { describe, test });
    }
    for (const [name, { files, shapes, wrt }] of Object.entries(graphs)) {
      const makeCase = async () => ({
        ...numeric,
        model: await TfjsModel.load(files(), { tf }),
        inputs: rowsFor(tfjsBackend(tf), shapes),
        wrt,
      });
      describeGraphModel(`${name} as a graph`, makeCase, { describe, test });
      describeDifferentiableModel(`${name} as a graph`, makeCase, { describe, test });
    }
  });
}
