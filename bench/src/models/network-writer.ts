import { type ModelProto, type NodeProto, type TensorProto, writeModel } from "@attr/backend-onnx";
import { type Random, seededRandom } from "@attr/core";
import {
  type AttributeSpec,
  constant,
  node,
  onnxModel,
  type ValueSpec,
} from "../../../packages/backend-onnx/src/onnx-builder.fixture.ts";

/** Writes a network with random weights, operator by operator; each call gives the name of its result. */
export class NetworkWriter {
  readonly #nodes: NodeProto[] = [];
  readonly #constants: Record<string, TensorProto> = {};
  readonly #random: Random;
  #count = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  op(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeSpec>> = {}): string {
    const name = `${opType.toLowerCase()}${this.#count++}`;
    this.#nodes.push(node(opType, inputs, [name], attributes));
    return name;
  }

  constant(dims: readonly number[], values: ArrayLike<number>, type: "float32" | "int64" = "float32"): string {
    const name = `constant${this.#count++}`;
    this.#constants[name] = constant(dims, values, type);
    return name;
  }

  /** Weights of a normal distribution that keeps the size of what goes through `fanIn` of them. */
  weights(dims: readonly number[], fanIn: number): string {
    const count = dims.reduce((product, size) => product * size, 1);
    const deviation = Math.sqrt(2 / fanIn);
    return this.constant(
      dims,
      Float32Array.from({ length: count }, () => this.#random.normal() * deviation),
    );
  }

  /** A convolution with a bias, as a batch normalisation folded into it leaves it. */
  convolution(
    from: string,
    [depth, width]: readonly [number, number],
    { kernel = 3, stride = 1, groups = 1 }: { readonly kernel?: number; readonly stride?: number; readonly groups?: number } = {},
  ): string {
    const fanIn = (depth / groups) * kernel * kernel;
    const pad = kernel >> 1;
    const weight = this.weights([width, depth / groups, kernel, kernel], fanIn);
    return this.op("Conv", [from, weight, this.constant([width], new Float32Array(width))], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group: { int: groups },
    });
  }

  /** A matrix product over the last axis. */
  linear(from: string, [depth, width]: readonly [number, number]): string {
    const product = this.op("MatMul", [from, this.weights([depth, width], 2 * depth)]);
    return this.op("Add", [product, this.constant([width], new Float32Array(width))]);
  }

  /** The whole as an ONNX file, the result of the last call as its output `logits`. */
  file(input: Readonly<Record<string, ValueSpec>>, logits: string, shape: readonly (number | string)[]): Uint8Array {
    const nodes = [...this.#nodes, node("Identity", [logits], ["logits"])];
    const outputs = { logits: ["float32", shape] } as const;
    const model: ModelProto = onnxModel({ inputs: input, outputs, constants: this.#constants, nodes });
    return writeModel(model);
  }
}
