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
  /** The weights and biases of its layers in the order they were made: a product's matrix, or a kernel, then the bias. */
  readonly parameters: Float32Array[] = [];

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

  /** Random weights that keep the size of what goes through `fanIn` of them. */
  weights(dims: readonly number[], fanIn: number): string {
    const values = new Float32Array(dims.reduce((product, size) => product * size, 1));
    const bound = Math.sqrt(6 / fanIn);
    for (let i = 0; i < values.length; i++) values[i] = (2 * this.#random.next() - 1) * bound;
    this.parameters.push(values);
    return this.constant(dims, values);
  }

  /** A bias of zeros. */
  bias(width: number): string {
    const values = new Float32Array(width);
    this.parameters.push(values);
    return this.constant([width], values);
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
    return this.op("Conv", [from, weight, this.bias(width)], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group: { int: groups },
    });
  }

  /** A matrix product over the last axis. */
  linear(from: string, [depth, width]: readonly [number, number]): string {
    const product = this.op("MatMul", [from, this.weights([depth, width], 2 * depth)]);
    return this.op("Add", [product, this.bias(width)]);
  }

  /** The whole as an ONNX file, the result of the last call as its output `logits`. */
  file(input: Readonly<Record<string, ValueSpec>>, logits: string, shape: readonly (number | string)[]): Uint8Array {
    const nodes = [...this.#nodes, node("Identity", [logits], ["logits"])];
    const outputs = { logits: ["float32", shape] } as const;
    const model: ModelProto = onnxModel({ inputs: input, outputs, constants: this.#constants, nodes });
    return writeModel(model);
  }
}
