import { InvalidArgumentError } from "@attr/core";
import type { NodeProto } from "../onnx/proto.ts";
import type { Shaped } from "./check-feeds.ts";

/** Operators that end the process where the runtime computes them over nothing. */
const recurrent: ReadonlySet<string> = new Set(["GRU", "LSTM", "RNN", "com.microsoft:DynamicQuantizeLSTM"]);

/** @throws InvalidArgumentError where a feed without elements may reach an operator that cannot be computed over nothing. */
export function checkEmptyFeeds(nodes: readonly NodeProto[], feeds: ReadonlyMap<string, Shaped>): void {
  for (const [name, { shape }] of feeds) {
    if (!shape.includes(0)) continue;
    const node = nodes.find(({ domain, opType }) => recurrent.has(domain === "" ? opType : `${domain}:${opType}`));
    if (node !== undefined)
      throw new InvalidArgumentError(
        `feed "${name}" has shape [${shape.join(", ")}]: the model has the recurrent operator ${node.opType}, which takes no empty sequences`,
      );
  }
}
