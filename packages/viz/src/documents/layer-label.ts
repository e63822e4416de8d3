import type { LayerScore } from "./layers-document.ts";

/** "conv1 [8, 28, 28]". */
export function layerLabel({ name, shape, detail }: LayerScore): string {
  return [name, shape === undefined ? "" : `[${shape.join(", ")}]`, detail ?? ""].filter((part) => part !== "").join(" ");
}
