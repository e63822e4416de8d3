import type { NodeProto } from "@attr/backend-onnx";
import type { Constant } from "./constants.ts";

/** A GELU written out as `x · (erf(x / √2) + 1) · ½`. */
export interface WrittenGelu {
  readonly input: string;
  readonly output: string;
  /** The nodes it is written with. */
  readonly nodes: readonly NodeProto[];
}

/** The GELU that begins with this node, a division by √2; TensorFlow.js has a layer for it, and none for its parts. */
export function geluFrom(
  first: NodeProto,
  nodes: readonly NodeProto[],
  constants: ReadonlyMap<string, Constant>,
): WrittenGelu | undefined {
  const near = (name: string | undefined, wanted: number): boolean => {
    const data = constants.get(name ?? "")?.data;
    return data?.length === 1 && Math.abs(data[0]! - wanted) < 1e-6;
  };
  const [input, root] = first.inputs;
  if (first.opType !== "Div" || input === undefined || !near(root, Math.SQRT2)) return undefined;
  const chain = [first];
  // Each of these is the only one that takes what the one before it makes.
  const steps: readonly (readonly [opType: string, other: (name: string | undefined) => boolean])[] = [
    ["Erf", (name) => name === undefined],
    ["Add", (name) => near(name, 1)],
    ["Mul", (name) => name === input],
    ["Mul", (name) => near(name, 0.5)],
  ];
  for (const [opType, isOther] of steps) {
    const value = chain.at(-1)!.outputs[0]!;
    const takers = nodes.filter(({ inputs }) => inputs.includes(value));
    const [taker] = takers;
    if (takers.length !== 1 || taker!.opType !== opType) return undefined;
    if (!isOther(taker!.inputs.find((name) => name !== value))) return undefined;
    chain.push(taker!);
  }
  return { input, output: chain.at(-1)!.outputs[0]!, nodes: chain };
}
