import type { DifferentiableGraphModel, NamedTensors } from "@attr/core";
import { networkRows } from "../arbitraries/networks.ts";
import type { TestFramework } from "../framework.ts";
import { hostNetwork } from "../networks/host-network.ts";
import { attentionNetwork, convolutionalNetwork, perceptron } from "../networks/make-networks.ts";
import type { Network } from "../networks/network.ts";
import { type DifferentiableCase, describeDifferentiableModel } from "./differentiable-model.ts";
import { describeGraphModel } from "./graph-model.ts";

/** A network of each kind, with values to differentiate by. */
const networks: Readonly<
  Record<string, { readonly network: Network; readonly wrt: readonly string[]; readonly kinked?: boolean }>
> = {
  "a perceptron of two inputs": { network: perceptron({ seed: 1 }), wrt: ["a", "b", "hidden"] },
  "a perceptron of softplus": { network: perceptron({ seed: 2, activation: "softplus" }), wrt: ["a", "activeSecond"] },
  "a convolutional network": { network: convolutionalNetwork({ seed: 3, activation: "tanh" }), wrt: ["image", "pooled"] },
  "a convolutional network with maxima": {
    network: convolutionalNetwork({ seed: 4, activation: "sigmoid", pooling: "maxPooling" }),
    wrt: ["image", "second"],
    kinked: true,
  },
  "attention over floats": { network: attentionNetwork({ seed: 5 }), wrt: ["sequence", "scores", "mixed"] },
  "attention over tokens": { network: attentionNetwork({ seed: 6, tokens: true }), wrt: ["embedded", "mean"] },
};

/** What the suite needs of a backend under test. */
export interface NetworksOptions extends TestFramework {
  /** Makes a model of a network; each is made once. */
  realise(network: Network): DifferentiableGraphModel | Promise<DifferentiableGraphModel>;
  /** By how much a float may be off between batches, of the larger of 1 and the number. @defaultValue 1e-5 */
  readonly tolerance?: number | undefined;
  /** Steps of central differences. @defaultValue 1e-2 */
  readonly step?: number | undefined;
  /** By how much a derivative may be off central differences, of the larger of 1 and the number. @defaultValue 5e-3 */
  readonly differenceTolerance?: number | undefined;
  /** The same where a step may cross a kink, as that of float32 does now and then. @defaultValue 5e-2 */
  readonly kinkTolerance?: number | undefined;
  /** The same function in float64. @defaultValue hostNetwork */
  readonly oracle?: ((network: Network) => DifferentiableGraphModel | undefined) | undefined;
}

/** Holds the models that a backend makes of networks, one of each kind, to the contracts of graph models and of differentiable ones. */
export function describeNetworks(backend: string, options: NetworksOptions): void {
  const { tolerance = 1e-5, step = 1e-2, differenceTolerance = 5e-3, kinkTolerance = 5e-2 } = options;
  const { oracle = (network: Network) => hostNetwork(network) } = options;
  for (const [name, { network, wrt, kinked = false }] of Object.entries(networks)) {
    let made: Promise<DifferentiableGraphModel> | undefined;
    const given = async (): Promise<DifferentiableCase & { readonly model: DifferentiableGraphModel }> => {
      made ??= Promise.resolve(options.realise(network));
      const model = await made;
      const inputs = (rows: number): NamedTensors =>
        Object.fromEntries(
          Object.entries(networkRows(network, rows)).map(([input, value]) => [input, model.backend.from(value)]),
        );
      const allowed = kinked ? kinkTolerance : differenceTolerance;
      return { model, inputs, tolerance, step, differenceTolerance: allowed, wrt, oracle: oracle(network) };
    };
    describeGraphModel(`${name} on ${backend}`, given, options);
    describeDifferentiableModel(`${name} on ${backend}`, given, options);
  }
}
