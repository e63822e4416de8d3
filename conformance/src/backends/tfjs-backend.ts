import { readFileSync } from "node:fs";
import { readModel } from "@attr/backend-onnx";
import { TfjsModel } from "@attr/backend-tfjs";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { layersModelOf } from "../layers-model/layers-model.ts";
import { NotConverted } from "../layers-model/not-converted.ts";
import type { CaseBackend, CaseModel } from "./case-backend.ts";

/** TensorFlow.js: an ONNX file is turned into a layers model. */
export function tfjsBackend(runtime: "cpu" | "wasm"): CaseBackend {
  return {
    name: runtime === "cpu" ? "tfjs" : "tfjs-wasm",
    async model(file, options = {}): Promise<CaseModel> {
      if (options.batch === "none") throw new NotConverted("a layers model has a batch axis");
      if (tf.getBackend() !== runtime) await tf.setBackend(runtime);
      await tf.ready();
      const layers = layersModelOf(readModel(readFileSync(file)));
      const model = await TfjsModel.from(layers, { tf });
      return Object.assign(model, {
        async [Symbol.asyncDispose]() {
          await model.dispose();
          layers.dispose();
        },
      });
    },
    async languageModel() {
      throw new NotConverted("a language model is no layers model");
    },
  };
}
