import { describeCoreMethods, describeNetworks, type Network } from "@attr/testing";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, test } from "vitest";
import { layersModel } from "./layers-network.fixture.ts";
import { TfjsModel } from "./tfjs-model.ts";

/** Holds every method of core, and the models of random networks, to their contracts on one backend of TensorFlow.js. */
export function describeMethods(backend: string): void {
  const live: LayersModel[] = [];
  const realise = async (network: Network): Promise<TfjsModel> => {
    const model = layersModel(network);
    live.push(model);
    return await TfjsModel.from(model, { tf });
  };
  beforeAll(async () => {
    await tf.setBackend(backend);
    await tf.ready();
  });
  afterAll(() => {
    for (const model of live) model.dispose();
  });

  describeNetworks(backend, { describe, test, realise });
  describeCoreMethods(`TensorFlow.js, ${backend}`, {
    describe,
    test,
    realise,
    tolerance: 1e-4,
    runs: 2,
    liveTensors: () => tf.memory().numTensors,
  });
}
