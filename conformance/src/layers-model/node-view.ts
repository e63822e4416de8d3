import type { NodeProto } from "@attr/backend-onnx";
import type { Constant } from "./constants.ts";
import { NotConverted } from "./not-converted.ts";

/** Adds a layer: the value it makes of its inputs. The weights are set when the model is whole. */
export type Apply = (
  layer: import("@tensorflow/tfjs-layers").layers.Layer,
  inputs: readonly SymbolicTensor[],
  weights?: readonly Constant[],
) => SymbolicTensor;

export type SymbolicTensor = import("@tensorflow/tfjs-layers").SymbolicTensor;

/** A node of an ONNX graph as the rules see it, with what its inputs have become. */
export class NodeView {
  readonly opType: string;
  /** Name of the value it makes, which is the name of the last layer of its rule. */
  readonly name: string;
  readonly apply: Apply;
  readonly #node: NodeProto;
  readonly #values: ReadonlyMap<string, SymbolicTensor>;
  readonly #constants: ReadonlyMap<string, Constant>;

  constructor(
    node: NodeProto,
    known: {
      readonly values: ReadonlyMap<string, SymbolicTensor>;
      readonly constants: ReadonlyMap<string, Constant>;
      readonly apply: Apply;
    },
  ) {
    this.#node = node;
    this.opType = node.opType;
    this.name = node.outputs[0]!;
    this.apply = known.apply;
    this.#values = known.values;
    this.#constants = known.constants;
  }

  get inputs(): number {
    return this.#node.inputs.length;
  }

  has(index: number): boolean {
    return (this.#node.inputs[index] ?? "") !== "";
  }

  /** An input that is computed. @throws NotConverted where it is a constant, which no layer takes. */
  value(index: number): SymbolicTensor {
    const value = this.#values.get(this.#node.inputs[index] ?? "");
    if (value === undefined) throw this.refusal(`takes the constant "${this.#node.inputs[index]}" where its layer takes a value`);
    return value;
  }

  isConstant(index: number): boolean {
    return this.#constants.has(this.#node.inputs[index] ?? "");
  }

  /** An input that is a constant. @throws NotConverted where it is computed: a layer's weights are fixed. */
  constant(index: number): Constant {
    const constant = this.#constants.get(this.#node.inputs[index] ?? "");
    if (constant === undefined)
      throw this.refusal(`takes the computed "${this.#node.inputs[index]}" where its layer has weights`);
    return constant;
  }

  integer(name: string, fallback: number): number {
    const given = this.#attribute(name)?.i;
    return given === undefined ? fallback : Number(given);
  }

  float(name: string, fallback: number): number {
    return this.#attribute(name)?.f ?? fallback;
  }

  text(name: string, fallback: string): string {
    const given = this.#attribute(name)?.s;
    return given === undefined ? fallback : new TextDecoder().decode(given);
  }

  integers(name: string): readonly number[] | undefined {
    const given = this.#attribute(name)?.ints;
    return given === undefined ? undefined : Array.from(given, Number);
  }

  refusal(why: string): NotConverted {
    return new NotConverted(`no layer of TensorFlow.js does what ${this.opType} "${this.name}" does: it ${why}`);
  }

  #attribute(wanted: string): NodeProto["attributes"][number] | undefined {
    return this.#node.attributes.find(({ name }) => name === wanted);
  }
}
