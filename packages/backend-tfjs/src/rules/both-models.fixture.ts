import {
  type DifferentiableGraphModel,
  type GradientRules,
  hostBackend,
  type NamedTensors,
  type Tensor,
  type TensorBackend,
} from "@attr/core";
import { hostNetwork, type Network, networkRows } from "@attr/testing";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import { layersModel } from "../layers-network.fixture.ts";
import type { TensorFlow } from "../runtime/tensor-flow.ts";
import { TfjsModel } from "../tfjs-model.ts";

/** Rows for a network's inputs as a backend's tensors. */
export function feedsOf(backend: TensorBackend, network: Network, rows: number, shift: number): NamedTensors {
  return Object.fromEntries(
    Object.entries(networkRows(network, rows, shift)).map(([name, value]) => [name, backend.from(value)]),
  );
}

/** The numbers of a tensor. */
export async function numbersOf(backend: TensorBackend, value: Tensor | undefined): Promise<readonly number[]> {
  return Array.from((await backend.read(value!)).data, Number);
}

/** Does something with a network as a TensorFlow.js model, and frees it. */
export async function withModel<T>(tf: TensorFlow, network: Network, work: (model: TfjsModel) => Promise<T>): Promise<T> {
  const live: LayersModel = layersModel(network);
  const model = await TfjsModel.from(live, { tf });
  try {
    using _scope = model.backend.scope();
    return await work(model);
  } finally {
    live.dispose();
  }
}

/** Holds what comes back by rules to what comes back in double precision, to 4 digits or `tolerance` of the largest number. */
export async function expectAsInDoublePrecision(
  tf: TensorFlow,
  network: Network,
  options: {
    readonly rules: (reference: NamedTensors) => GradientRules;
    readonly wrt: readonly string[];
    readonly shift: number;
    readonly tolerance?: number;
  },
): Promise<void> {
  const { rules, wrt, shift, tolerance = 1e-4 } = options;
  const ask = async (model: DifferentiableGraphModel): Promise<ReadonlyMap<string, readonly number[]>> => {
    const [feeds, reference] = [feedsOf(model.backend, network, 2, shift), feedsOf(model.backend, network, 2, shift + 7)];
    const cast: NamedTensors = Object.fromEntries(
      Object.entries(reference).map(([name, value]) => [
        name,
        model.backend === hostBackend ? hostBackend.cast(value, "float64") : value,
      ]),
    );
    const objective = { value: network.output, index: [[0], [1]] };
    const { gradients } = await model.gradient({ feeds, objective, wrt, rules: rules(cast) });
    return new Map(await Promise.all(wrt.map(async (name) => [name, await numbersOf(model.backend, gradients[name])] as const)));
  };
  const wanted = await ask(hostNetwork(network));
  const got = await withModel(tf, network, ask);
  for (const name of wrt) {
    const right = wanted.get(name)!;
    const scale = Math.max(1, ...right.map(Math.abs));
    for (const [i, value] of got.get(name)!.entries())
      expect(Math.abs(value - right[i]!), `${name}[${i}]: ${value}, in double precision ${right[i]}`).toBeLessThan(
        tolerance * scale,
      );
  }
}
