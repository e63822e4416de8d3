import fc from "fast-check";
import { attentionNetwork, convolutionalNetwork, perceptron } from "../networks/make-networks.ts";
import type { Network } from "../networks/network.ts";

const seeds = fc.integer({ min: 0, max: 100_000 });

/** Perceptrons of two inputs with random weights; smooth unless a rectifier is asked for. */
export function perceptrons(options: { readonly activation?: "relu" | "tanh" | "softplus" } = {}): fc.Arbitrary<Network> {
  return seeds.map((seed) => perceptron({ seed, ...options }));
}

/** Convolutional networks with random weights. */
export function convolutionalNetworks(): fc.Arbitrary<Network> {
  return fc
    .record({
      seed: seeds,
      activation: fc.constantFrom("relu", "tanh"),
      pooling: fc.constantFrom("maxPooling", "averagePooling"),
    })
    .map((options) => convolutionalNetwork(options as Parameters<typeof convolutionalNetwork>[0])); // the constants above
}

/** Networks of one attention head with random weights, over floats. */
export function attentionNetworks(): fc.Arbitrary<Network> {
  return seeds.map((seed) => attentionNetwork({ seed }));
}

/** Any of the networks over floats. */
export function networks(): fc.Arbitrary<Network> {
  return fc.oneof(perceptrons(), perceptrons({ activation: "relu" }), convolutionalNetworks(), attentionNetworks());
}

/** Rows of inputs of a network by name, as typed arrays with their shape. */
export type NetworkRows = Readonly<
  Record<
    string,
    { readonly data: Float32Array | Int32Array; readonly dims: readonly number[]; readonly type: "float32" | "int32" }
  >
>;

/**
 * Rows of inputs, no two alike and none on a grid, so that rectifiers and maxima are seldom met at their kinks; another `shift` gives other
 * rows. What `from` of any backend takes.
 */
export function networkRows(network: Network, examples: number, shift = 0): NetworkRows {
  return Object.fromEntries(
    network.inputs.map(({ name, shape, vocabulary }, which) => {
      const length = shape.reduce((product, size) => product * size, examples);
      // The fractional parts of the multiples of an irrational number do not repeat.
      const at = (i: number): number => ((shift + 1) * 0.6180339887 + (i + which * 31) * 0.7548776662) % 1;
      const data =
        vocabulary === undefined
          ? Float32Array.from({ length }, (_, i) => 3 * at(i) - 1.5)
          : Int32Array.from({ length }, (_, i) => Math.floor(at(i) * vocabulary));
      return [name, { data, dims: [examples, ...shape], type: vocabulary === undefined ? "float32" : "int32" }] as const;
    }),
  );
}

/** Inputs of one to `maxExamples` examples. */
export function networkInputs(network: Network, maxExamples = 3): fc.Arbitrary<NetworkRows> {
  return fc
    .tuple(fc.integer({ min: 1, max: maxExamples }), fc.integer({ min: 0, max: 10_000 }))
    .map(([examples, shift]) => networkRows(network, examples, shift));
}
