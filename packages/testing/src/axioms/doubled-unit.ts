import { HostTensor } from "@attr/core";
import type { LayerOf, Network, NetworkLayer } from "../networks/network.ts";

/** The same function as a perceptron's, written differently: its first hidden unit stands twice, and each half carries half as much on. */
export function doubledUnit(network: Network): Network {
  return { ...network, layers: network.layers.map(withDoubledUnit) };
}

function withDoubledUnit(layer: NetworkLayer): NetworkLayer {
  if (layer.kind !== "dense") return layer;
  if (layer.name === "ofA" || layer.name === "ofB") return { ...layer, ...columnTwice(layer) };
  if (layer.name === "second") return { ...layer, weight: rowHalved(layer.weight) };
  return layer;
}

function columnTwice({ weight, bias }: LayerOf<"dense">): Pick<LayerOf<"dense">, "weight" | "bias"> {
  return {
    weight: fromRows(rowsOf(weight).map((row) => [row[0]!, ...row])),
    bias:
      bias &&
      new HostTensor(
        Float64Array.from([Number(bias.data[0]), ...Array.from(bias.data, Number)]),
        [bias.data.length + 1],
        "float64",
      ),
  };
}

function rowHalved(weight: HostTensor): HostTensor {
  const [first, ...others] = rowsOf(weight);
  const half = first!.map((value) => value / 2);
  return fromRows([half, half, ...others]);
}

function rowsOf({ data, shape }: HostTensor): number[][] {
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, row) => Array.from(data.slice(row * width, (row + 1) * width), Number));
}

function fromRows(rows: readonly (readonly number[])[]): HostTensor {
  return new HostTensor(Float64Array.from(rows.flat()), [rows.length, rows[0]!.length], "float64");
}
