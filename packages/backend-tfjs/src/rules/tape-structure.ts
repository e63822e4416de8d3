import { sameShape } from "@attr/core";
import { dependents, operandsOf, type Tape, type TapeNode } from "../gradient/tape.ts";
import type { TfTensor } from "../runtime/tensor-flow.ts";
import { pointwise } from "./pointwise.ts";

/** Kernels that move elements and change none. */
export const moving: ReadonlySet<string> = new Set([
  ...["BatchToSpaceND", "BroadcastTo", "Cast", "Concat", "DepthToSpace", "ExpandDims", "GatherNd", "GatherV2", "Identity"],
  ...["MirrorPad", "Pack", "PadV2", "ResizeNearestNeighbor", "Reshape", "Reverse", "Select", "Slice", "SpaceToBatchND"],
  ...["SplitV", "StridedSlice", "Tile", "Transpose", "Unpack"],
]);

/** Kernels whose every element is made of the same elements of their operands. */
const elementwise: ReadonlySet<string> = new Set([
  ...Object.keys(pointwise),
  ...[
    "Add",
    "AddN",
    "Cast",
    "Identity",
    "Maximum",
    "Minimum",
    "Multiply",
    "Neg",
    "RealDiv",
    "Square",
    "SquaredDifference",
    "Sub",
  ],
]);

/** What lies between a mean of squares and the factor or divisor of a normalisation. */
const ofScale: ReadonlySet<string> = new Set([
  ...["Add", "BroadcastTo", "Cast", "ClipByValue", "ExpandDims", "Identity", "Maximum", "Multiply", "Pow", "RealDiv"],
  ...["Reciprocal", "Reshape", "Rsqrt", "Sqrt", "Tile"],
]);

const reductions: ReadonlySet<string> = new Set(["Mean", "Sum"]);

/** Kernels of one operand whose result is that operand. */
const copying: readonly string[] = ["Cast", "Identity"];

/** How many operations are looked through: more than any activation or normalisation is written in. */
const deepest = 16;

/** What the operations of a tape are made of, and which of their values depend on what is differentiated by. */
export class TapeStructure {
  readonly #nodes: readonly TapeNode[];
  readonly #producers = new Map<number, number>();
  readonly #uses = new Map<number, number>();
  readonly #varying: ReadonlySet<number>;

  /** @param constants tensors, by id, that count as none that vary. */
  constructor({ nodes }: Tape, by: readonly TfTensor[], constants?: ReadonlySet<number>) {
    this.#nodes = nodes;
    this.#varying = dependents(nodes, by, constants);
    nodes.forEach((node, position) => {
      for (const { id } of node.outputs) this.#producers.set(id, position);
      for (const [, { id }] of operandsOf(node)) this.#uses.set(id, (this.#uses.get(id) ?? 0) + 1);
    });
    // What is differentiated by is looked at from outside as well.
    for (const { id } of by) this.#uses.set(id, Number.POSITIVE_INFINITY);
  }

  varies({ id }: TfTensor): boolean {
    return this.#varying.has(id);
  }

  /** The place of the operation that a tensor comes from. */
  positionOf({ id }: TfTensor): number | undefined {
    return this.#producers.get(id);
  }

  producer(tensor: TfTensor): TapeNode | undefined {
    const position = this.positionOf(tensor);
    return position === undefined ? undefined : this.#nodes[position];
  }

  /** Whether one operation alone reads a tensor. */
  isReadOnce({ id }: TfTensor): boolean {
    return this.#uses.get(id) === 1;
  }

  /**
   * The value that a product is a function of, element by element: `x` of `x · σ(x)`, and of a GELU that is written out. Undefined where
   * there is none: where the factors come from different values.
   */
  elementwiseSource(node: TapeNode): TfTensor | undefined {
    const factors = distinct(varyingOperands(this, node));
    if (factors.length === 0) return undefined;
    const madeOf = (tensor: TfTensor, source: TfTensor, depth: number): boolean => {
      if (tensor.id === source.id || !this.varies(tensor)) return true;
      const from = depth > 0 ? this.producer(tensor) : undefined;
      if (from === undefined || !elementwise.has(from.kernelName)) return false;
      return operandsOf(from).every(([, operand]) => madeOf(operand, source, depth - 1));
    };
    let candidates: readonly TfTensor[] = factors.slice(0, 1);
    for (let depth = 0; depth < deepest && candidates.length > 0; depth++) {
      const found = candidates.find((source) => factors.every((factor) => madeOf(factor, source, deepest)));
      if (found !== undefined) return sameShape(found.shape, node.outputs[0]!.shape) ? found : undefined;
      candidates = distinct(
        candidates.flatMap((tensor) => {
          const from = this.producer(tensor);
          return from !== undefined && elementwise.has(from.kernelName) ? varyingOperands(this, from) : [];
        }),
      );
    }
    return undefined;
  }

  /**
   * Whether a product's factor, or a quotient's divisor, is the scale of a normalisation: a power of a sum or mean over elements, that
   * is divided by.
   */
  isNormalScale(tensor: TfTensor, divides: boolean): boolean {
    let [at, inverted] = [tensor, divides];
    for (let depth = 0; depth < deepest; depth++) {
      const node = this.producer(at);
      if (node === undefined) return false;
      if (reductions.has(node.kernelName)) return inverted;
      const varying = distinct(varyingOperands(this, node));
      if (!ofScale.has(node.kernelName) || varying.length !== 1) return false;
      at = varying[0]!;
      inverted ||= ["Reciprocal", "Rsqrt", "Pow"].includes(node.kernelName);
      inverted ||= node.kernelName === "RealDiv" && node.inputs["b"]?.id === at.id;
    }
    return false;
  }

  /** Whether a difference takes the mean of its first operand off it. */
  isCentring(node: TapeNode): boolean {
    return this.#isMeanOf(node.inputs["b"]!, node.inputs["a"]!);
  }

  /**
   * The value that a sum normalises, where it is `x · s + (offset − mean(x) · s)` of a normalisation's scale `s`, which is how TensorFlow
   * writes one out; with the difference, whose first operand is the offset, or the negative, where there is none.
   */
  normalised(sum: TapeNode): { readonly x: TfTensor; readonly shift: TapeNode } | undefined {
    const operands = operandsOf(sum).map(([, operand]) => operand);
    for (const [one, other] of [operands, operands.toReversed()]) {
      const scaled = one && this.producer(one);
      const shift = other && this.producer(other);
      if (scaled?.kernelName !== "Multiply" || (shift?.kernelName !== "Sub" && shift?.kernelName !== "Neg")) continue;
      const taken = this.producer(shift.inputs[shift.kernelName === "Sub" ? "b" : "x"]!);
      const offset = shift.inputs["a"];
      if (taken?.kernelName !== "Multiply" || (offset && this.varies(offset))) continue;
      const factors = operandsOf(taken).map(([, operand]) => operand);
      for (const [x, scale] of [scaled, reversed(scaled)].map(({ inputs }) => [inputs["a"]!, inputs["b"]!] as const)) {
        const mean = factors.find(({ id }) => id !== scale.id);
        const isScale = mean !== undefined && factors.length === 2 && this.isNormalScale(scale, false);
        if (isScale && factors.some(({ id }) => id === scale.id) && this.#isMeanOf(mean, x)) return { x, shift };
      }
    }
    return undefined;
  }

  #isMeanOf(tensor: TfTensor, x: TfTensor): boolean {
    const mean = this.producer(this.#past(tensor, [...copying, "BroadcastTo", "Reshape", "Tile"]));
    return mean?.kernelName === "Mean" && this.#past(mean.inputs["x"]!, copying).id === this.#past(x, copying).id;
  }

  /** What some kernels of one operand were given. */
  #past(tensor: TfTensor, kernels: readonly string[]): TfTensor {
    const from = this.producer(tensor);
    return from !== undefined && kernels.includes(from.kernelName) ? this.#past(from.inputs["x"]!, kernels) : tensor;
  }

  /** Whether a value is a softmax, moved or scaled. */
  isOfSoftmax(tensor: TfTensor): boolean {
    let at = tensor;
    for (let depth = 0; depth < deepest; depth++) {
      const node = this.producer(at);
      if (node === undefined) return false;
      if (node.kernelName === "Softmax") return true;
      if (!moving.has(node.kernelName)) return false;
      const [first] = operandsOf(node).filter(([name]) => name !== "condition");
      if (first === undefined) return false;
      at = first[1];
    }
    return false;
  }

  /**
   * The softmaxes whose results weigh other values that vary in a matrix product, by the ids of their results: the weights of attention.
   * A softmax that ends a network is none.
   */
  attentionWeights(): ReadonlySet<number> {
    /** Tensor → the softmax it comes from. */
    const sources = new Map<number, number>();
    const found = new Set<number>();
    for (const node of this.#nodes) {
      const [result] = node.outputs;
      if (result === undefined) continue;
      const inputs = operandsOf(node).map(([, operand]) => operand);
      if (node.kernelName === "Softmax") sources.set(result.id, result.id);
      else if (moving.has(node.kernelName)) {
        const source = inputs.map(({ id }) => sources.get(id)).find((one) => one !== undefined);
        if (source !== undefined) for (const { id } of node.outputs) sources.set(id, source);
      } else if (node.kernelName === "BatchMatMul" || node.kernelName === "Einsum")
        for (const { id } of inputs) {
          const source = sources.get(id);
          if (source !== undefined && inputs.some((other) => other.id !== id && this.varies(other))) found.add(source);
        }
    }
    return found;
  }
}

function varyingOperands(structure: TapeStructure, node: TapeNode): TfTensor[] {
  return operandsOf(node).flatMap(([, operand]) => (structure.varies(operand) ? [operand] : []));
}

/** A node of two operands with them exchanged. */
function reversed(node: TapeNode): TapeNode {
  return { ...node, inputs: { a: node.inputs["b"], b: node.inputs["a"] } };
}

function distinct(tensors: readonly TfTensor[]): TfTensor[] {
  return [...new Map(tensors.map((tensor) => [tensor.id, tensor])).values()];
}
