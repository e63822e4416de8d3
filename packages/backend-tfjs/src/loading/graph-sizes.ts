import { InvalidArgumentError } from "@attr/core";
import type { Json } from "./json.ts";
import { mostElements } from "./sane-sizes.ts";

/** Operations that make as much as numbers among their inputs say: at which position these stand. */
const positions: Readonly<Record<string, readonly number[]>> = {
  ...{ Fill: [0], Tile: [1], BroadcastTo: [1], Reshape: [1], OneHot: [1], LinSpace: [2], Range: [0, 1] },
  ...{ Pad: [1], PadV2: [1], MirrorPad: [1], SpaceToBatchND: [1, 2], BatchToSpaceND: [1, 2] },
  ...{ ResizeBilinear: [1], ResizeNearestNeighbor: [1], CropAndResize: [3], Conv2DBackpropInput: [0] },
  ...{ ScatterNd: [2], SparseToDense: [1], Multinomial: [1], Bincount: [1], DenseBincount: [1] },
  ...{ RandomUniform: [0], RandomUniformInt: [0], RandomStandardNormal: [0], TruncatedNormal: [0] },
  ...{ TensorListReserve: [1], TensorListResize: [1], EmptyTensorList: [1], TensorArrayV3: [0] },
};

/** Those whose numbers are multiplied with each other. */
const multiplied: ReadonlySet<string> = new Set([
  ...["Fill", "Tile", "BroadcastTo", "ResizeBilinear", "ResizeNearestNeighbor", "CropAndResize", "Conv2DBackpropInput"],
  ...["ScatterNd", "SparseToDense", "RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal"],
]);

/**
 * Sees to it that no operation is told by a weight to make more than can be computed.
 *
 * @param numbers those of a weight, by its name; undefined for what is none.
 * @throws InvalidArgumentError naming the file, the node and the weight.
 */
export function checkGraphSizes(topology: Json, numbers: (name: string) => ArrayLike<number> | undefined, file: string): void {
  const functions = (topology["library"] as { readonly function?: readonly { readonly nodeDef?: unknown }[] } | undefined | null)
    ?.function;
  // All were looked at before.
  for (const nodes of [topology["node"], ...(functions ?? []).map(({ nodeDef }) => nodeDef ?? [])])
    for (const { name, op, input = [] } of nodes as readonly { name: string; op: string; input?: readonly string[] }[])
      for (const position of positions[op] ?? []) {
        const weight = input[position]?.split(":")[0] ?? "";
        const sizes = Array.from(numbers(weight) ?? [], Math.abs);
        const all = multiplied.has(op) ? sizes.reduce((product, size) => product * size, 1) : Math.max(0, ...sizes);
        if (!(all <= mostElements))
          throw new InvalidArgumentError(
            `${file}: node "${name}" (${op}) is told by the weight "${weight}" to make ${all} elements; at most ${mostElements} can be computed`,
          );
      }
}
