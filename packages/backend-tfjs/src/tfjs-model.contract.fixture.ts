import { describeDifferentiableModel, describeGraphModel } from "@attr/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { rowsFor, smallModels } from "./small-models.fixture.ts";
import { tfjsBackend } from "./tensor/tfjs-backend.ts";
import { TfjsModel } from "./tfjs-model.ts";

/** Holds the small models to the contracts on a backend of TensorFlow.js that is registered. */
export function describeSmallModels(backend: string): void {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      await tf.setBackend(backend);
    });
    for (const [name, make] of Object.entries(smallModels)) {
      const makeCase = async () => {
        const { model, shapes, wrt } = make();
        const numeric = { tolerance: 1e-5, step: 1e-2, differenceTolerance: 2e-3 };
        return { ...numeric, model: await TfjsModel.from(model, { tf }), inputs: rowsFor(tfjsBackend(tf), shapes), wrt };
      };
      describeGraphModel(name, makeCase, { describe, test });
      describeDifferentiableModel(name, makeCase, { describe, test });
    }
  });
}
