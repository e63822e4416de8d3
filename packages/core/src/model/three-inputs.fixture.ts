import { add, hostGraph, linear, relu } from "../../../testing/src/host/host-graph.ts";
import type { ModelCase } from "../../../testing/src/index.ts";
import { tensor } from "../tensor/from.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import type { HostTensor } from "../tensor/host-tensor.ts";
import type { GraphModel, Model } from "./model.ts";

/** Rows of float64. */
export function rows(x: readonly (readonly number[])[]): HostTensor {
  return tensor(x, "float64");
}

/** The first output as nested arrays; `origin` is the example of every row, of `count` in all. */
export async function outputOf(
  model: Model,
  feeds: Readonly<Record<string, HostTensor>>,
  origin?: readonly number[],
  count = 0,
): Promise<unknown> {
  const name = model.outputs[0]!.name;
  const result = await model.run({
    feeds,
    fetches: [name],
    ...(origin && { origin: { examples: Int32Array.from(origin), count } }),
  });
  return (await hostBackend.read(result[name]!)).toArray();
}

/** A graph of three inputs that meet in its output: `out = x · [1, 10] + relu(y) + z`, with layers "h" (of x) and "r" (of y). */
export function threeInputs(): GraphModel {
  return hostGraph({
    inputs: [
      { name: "x", dtype: "float64" },
      { name: "y", dtype: "float64" },
      { name: "z", dtype: "float64" },
    ],
    nodes: [linear("h", "x", [[1], [10]]), relu("r", "y"), add("out", "h", "r", "z")],
    outputs: ["out"],
    notes: ["made for a test"],
  });
}

/** So many examples for {@link threeInputs}. */
export function threeInputsOf(n: number): Readonly<Record<"x" | "y" | "z", HostTensor>> {
  return {
    x: rows(Array.from({ length: n }, (_, i) => [i, 1 + i / 2])),
    y: rows(Array.from({ length: n }, (_, i) => [i - 1])),
    z: rows(Array.from({ length: n }, (_, i) => [100 * i])),
  };
}

/** A view of {@link threeInputs} for the contract suite, which takes the inputs named. */
export function viewCase(make: (model: GraphModel) => GraphModel, ...names: ("x" | "y" | "z")[]): () => ModelCase<GraphModel> {
  return () => ({
    model: make(threeInputs()),
    inputs: (n) => Object.fromEntries(names.map((name) => [name, threeInputsOf(n)[name]])),
  });
}
