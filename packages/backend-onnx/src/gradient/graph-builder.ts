import { uniqueName } from "../graph/unique-name.ts";
import type { FileShape, ValueType } from "../graph/value-type.ts";
import { elementTypeOf } from "../onnx/element-type.ts";
import type { GraphProto, NodeProto, TensorProto } from "../onnx/proto.ts";
import { type Settings, writeAttributes } from "./attributes.ts";
import { constantOfNode, doubleTensor, floatTensor, int64Tensor, numbersOf } from "./small-constants.ts";
import { inferContents } from "./types/infer-contents.ts";
import { inferControlFlow } from "./types/infer-control-flow.ts";
import { inferTypes, type Known } from "./types/infer-types.ts";
import { inventedName, isInvented, mergeTypes, type Size } from "./types/sizes.ts";

/** Types and small constants by value name, for the graph and all its branches. */
export interface Values {
  readonly types: Map<string, ValueType>;
  readonly constants: Map<string, readonly number[]>;
  /** What small values of integers hold that are made from shapes. */
  readonly contents: Map<string, readonly Size[]>;
  readonly taken: Set<string>;
  /** How often a name was asked for. */
  readonly counts: Map<string, number>;
}

/**
 * Writes nodes in the operator set that the gradient is written in (18 or newer), giving each result a name, and knows the types of
 * values as far as they can be told. The same node asked for twice is written once.
 */
export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly values: Values;
  readonly #prefix: string;
  readonly #written = new Map<string, readonly string[]>();
  readonly #producers = new Map<string, NodeProto>();

  constructor(values: Values, prefix: string) {
    this.values = values;
    this.#prefix = prefix;
  }

  /** A builder for a graph inside this one: it sees this one's values, and what it writes is its own. */
  inner(): GraphBuilder {
    return new GraphBuilder(this.values, this.#prefix);
  }

  /** A builder for a branch whose values may have names that other branches use as well. */
  branch(): GraphBuilder {
    const { types, constants, contents, taken, counts } = this.values;
    const own = { types: new Map(types), constants: new Map(constants), contents: new Map(contents), taken, counts };
    return new GraphBuilder(own, this.#prefix);
  }

  /** Writes a node of one output and returns the name of its result. An input left out is undefined. */
  op(opType: string, inputs: readonly (string | undefined)[], settings: Settings = {}, domain = ""): string {
    return this.ops(opType, inputs, 1, settings, domain)[0]!;
  }

  /** Writes a node of several outputs. */
  ops(
    opType: string,
    inputs: readonly (string | undefined)[],
    outputs: number,
    settings: Settings = {},
    domain = "",
  ): readonly string[] {
    const names = inputs.map((name) => name ?? "");
    const hasGraph = Object.values(settings).some((setting) => typeof setting === "object" && "graph" in setting);
    const key = hasGraph ? undefined : JSON.stringify([opType, domain, names, outputs, settings], writable);
    const known = key === undefined ? undefined : this.#written.get(key);
    if (known !== undefined) return known;
    const results = Array.from({ length: outputs }, () => this.name(opType));
    const trimmed = names.slice(0, names.findLastIndex((name) => name !== "") + 1);
    this.write({ inputs: trimmed, outputs: results, name: results[0]!, opType, domain, attributes: writeAttributes(settings) });
    if (key !== undefined) this.#written.set(key, results);
    return results;
  }

  /** Appends a node that is there already, and notes what its results are. */
  write(node: NodeProto): void {
    this.nodes.push(node);
    for (const output of node.outputs) this.#producers.set(output, node);
    this.learn(node);
  }

  /** The node of this builder that makes a value. */
  producer(name: string): NodeProto | undefined {
    return this.#producers.get(name);
  }

  /** Notes the types and the constant that a node's results have. */
  learn(node: NodeProto): void {
    const constant = constantOfNode(node);
    if (constant !== undefined) {
      this.learnConstant(constant);
      return;
    }
    const types = inferControlFlow(node, this) ?? inferTypes(node, this.#known);
    types.forEach((type, output) => {
      const name = node.outputs[output];
      if (name !== undefined && name !== "" && type !== undefined) this.declare(name, type);
    });
    this.learnContents(node);
    for (const name of node.outputs) if (name !== "") this.nameSizes(name);
  }

  /** Notes what a small result of integers holds, as far as the types tell. */
  learnContents(node: NodeProto): void {
    const contents = inferContents(node, this.#known);
    const [result] = node.outputs;
    if (contents !== undefined && result !== undefined) this.values.contents.set(result, contents);
  }

  /** Gives the unknown sizes of a value names, so that what has the same ones is known to. */
  nameSizes(name: string): void {
    const type = this.values.types.get(name);
    if (type?.shape?.includes(null) !== true) return;
    const { counts } = this.values;
    const shape = type.shape.map((size) => {
      if (size !== null) return size;
      const count = (counts.get(inventedName) ?? 0) + 1;
      counts.set(inventedName, count);
      return `${inventedName}${count}`;
    });
    this.values.types.set(name, { element: type.element, shape });
  }

  learnConstant(tensor: TensorProto): void {
    const element = elementTypeOf(tensor.dataType);
    if (element !== undefined) this.values.types.set(tensor.name, { element, shape: tensor.dims });
    const numbers = numbersOf(tensor);
    if (numbers !== undefined) this.values.constants.set(tensor.name, numbers);
  }

  readonly #known: Known = {
    typeOf: (name) => this.values.types.get(name),
    numbersOf: (name) => this.numbers(name),
    contentsOf: (name) => this.values.constants.get(name) ?? this.values.contents.get(name),
  };

  /** A name for a value that nothing has yet. */
  name(wanted: string): string {
    const { counts, taken } = this.values;
    const whole = `${this.#prefix}${wanted}`;
    const count = (counts.get(whole) ?? 0) + 1;
    counts.set(whole, count);
    // The count says where to begin: thousands of values have the same operator for a name.
    return uniqueName(count === 1 ? whole : `${whole}_${count}`, taken);
  }

  /** Notes what is known of a value, beside what was known. */
  declare(name: string, type: ValueType | undefined): void {
    const merged = mergeTypes(this.values.types.get(name), type);
    if (merged !== undefined) this.values.types.set(name, merged);
  }

  type(name: string): ValueType | undefined {
    return this.values.types.get(name);
  }

  /** Number of the element type; float32 where it is unknown. */
  code(name: string): number {
    return this.values.types.get(name)?.element.code ?? 1;
  }

  shape(name: string): FileShape {
    return this.values.types.get(name)?.shape;
  }

  rank(name: string): number | undefined {
    return this.shape(name)?.length;
  }

  /** The sizes of all axes, where all are fixed. */
  sizes(name: string): readonly number[] | undefined {
    const shape = this.shape(name);
    return shape?.every((size) => typeof size === "number") ? shape : undefined;
  }

  /** The size of an axis, where it is fixed. */
  size(name: string, axis: number): number | undefined {
    const size = this.shape(name)?.[axis];
    return typeof size === "number" ? size : undefined;
  }

  /** The elements of a small constant, or of a small value of integers that is computed from such. */
  numbers(name: string | undefined): readonly number[] | undefined {
    if (name === undefined) return undefined;
    const known = this.values.constants.get(name) ?? this.values.contents.get(name);
    return known?.every((size) => typeof size === "number") ? known : undefined;
  }

  // Constants.

  /** A list of whole numbers, or with `[]` as `dims` one number without an axis. */
  int64(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.#constant(`int64 ${dims} ${values}`, () => int64Tensor(this.name("int64"), dims, values));
  }

  /** One number without an axis, of the element type that `like` has. */
  float(value: number, like: string): string {
    return this.floats([value], [], like);
  }

  floats(values: readonly number[], dims: readonly number[], like: string): string {
    const code = this.code(like);
    const make = code === 11 ? doubleTensor : floatTensor;
    const constant = this.#constant(`${code === 11} ${dims} ${values}`, () => make(this.name("float"), dims, values));
    return code === 1 || code === 11 ? constant : this.op("Cast", [constant], { to: code });
  }

  #constant(key: string, make: () => TensorProto): string {
    const known = this.#written.get(key);
    if (known !== undefined) return known[0]!;
    const tensor = make();
    this.initializers.push(tensor);
    this.learnConstant(tensor);
    this.#written.set(key, [tensor.name]);
    return tensor.name;
  }

  // Shapes at run time.

  /** The shape of a value, as a list. */
  shapeOf(name: string): string {
    const sizes = this.sizes(name);
    return sizes === undefined ? this.op("Shape", [name]) : this.int64(sizes);
  }

  /** The size of one axis, as a list of one. The axis may be negative. */
  sizeOf(name: string, axis: number): string {
    const rank = this.rank(name);
    const at = axis < 0 && rank !== undefined ? axis + rank : axis;
    const size = at < 0 ? undefined : this.size(name, at);
    if (size !== undefined) return this.int64([size]);
    return this.slice(this.op("Shape", [name]), at, at === -1 ? undefined : at + 1);
  }

  /** Elements `start` to `end` (or to the last) along an axis, the first by default. */
  slice(name: string, start: number, end?: number, axis = 0): string {
    return this.op("Slice", [name, this.int64([start]), this.int64([end ?? 2 ** 31 - 1]), this.int64([axis])]);
  }

  concat(names: readonly string[], axis = 0): string {
    return names.length === 1 ? names[0]! : this.op("Concat", names, { axis });
  }

  // Arithmetic.

  add(a: string, b: string): string {
    return this.op("Add", [a, b]);
  }

  sub(a: string, b: string): string {
    return this.op("Sub", [a, b]);
  }

  mul(a: string, b: string): string {
    return this.op("Mul", [a, b]);
  }

  div(a: string, b: string): string {
    return this.op("Div", [a, b]);
  }

  neg(a: string): string {
    return this.op("Neg", [a]);
  }

  /** A value times a number. */
  scale(a: string, factor: number): string {
    return factor === 1 ? a : this.mul(a, this.float(factor, a));
  }

  where(condition: string, yes: string, no: string): string {
    return this.op("Where", [condition, yes, no]);
  }

  /** 1 where a condition holds, else 0, in the element type of `like`. */
  indicator(condition: string, like: string): string {
    return this.op("Cast", [condition], { to: this.code(like) });
  }

  cast(name: string, like: string): string {
    return this.castTo(name, this.code(like));
  }

  castTo(name: string, code: number): string {
    return this.code(name) === code ? name : this.op("Cast", [name], { to: code });
  }

  transpose(name: string, order: readonly number[]): string {
    return order.every((axis, i) => axis === i) ? name : this.op("Transpose", [name], { perm: order });
  }

  unsqueeze(name: string, axes: readonly number[]): string {
    return axes.length === 0 ? name : this.op("Unsqueeze", [name, this.int64(axes)]);
  }

  squeeze(name: string, axes: readonly number[]): string {
    return axes.length === 0 ? name : this.op("Squeeze", [name, this.int64(axes)]);
  }

  /** The sum over axes; over none it is the value itself. */
  sum(name: string, axes: readonly number[], keep: boolean): string {
    return axes.length === 0 ? name : this.op("ReduceSum", [name, this.int64(axes)], { keepdims: keep ? 1 : 0 });
  }

  mean(name: string, axes: readonly number[]): string {
    return this.op("ReduceMean", [name, this.int64(axes)], { keepdims: 1 });
  }

  reshape(name: string, shape: string): string {
    return this.op("Reshape", [name, shape], { allowzero: 0 });
  }

  /** A value's elements in the shape of `like`. */
  reshapeLike(name: string, like: string): string {
    const reshaped = this.reshape(name, this.shapeOf(like));
    this.declare(reshaped, this.#shapeOnly(reshaped, like));
    return reshaped;
  }

  /** A value repeated along axes of size 1 to the shape of `like`. */
  expandLike(name: string, like: string): string {
    const expanded = this.op("Expand", [name, this.shapeOf(like)]);
    this.declare(expanded, this.#shapeOnly(expanded, like));
    return expanded;
  }

  #shapeOnly(name: string, like: string): ValueType | undefined {
    const type = this.type(name);
    return type && { element: type.element, shape: this.shape(like) };
  }

  /** Zeros of the shape and element type of `like`. */
  zerosLike(like: string): string {
    return this.zeros(this.shapeOf(like), like, this.shape(like));
  }

  /** Zeros of the shape held by the value `shape`, in the element type of `like`. */
  zeros(shape: string, like: string, known?: FileShape): string {
    const code = this.code(like);
    const value = code === 11 ? doubleTensor("", [1], [0]) : floatTensor("", [1], [0]);
    const zeros = this.op("ConstantOfShape", [shape], { value: { tensor: value } });
    const element = elementTypeOf(value.dataType)!;
    this.declare(zeros, { element, shape: known });
    return this.castTo(zeros, code);
  }

  /**
   * Undoes broadcasting: a cotangent of a result, summed over the axes along which `like` was repeated. Where the shapes tell these axes
   * now they are written down, else they are found at run time.
   */
  sumToShape(cotangent: string, like: string): string {
    const from = this.shape(cotangent);
    const to = this.shape(like);
    if (to?.length === 0) return from?.length === 0 ? cotangent : this.op("ReduceSum", [cotangent], { keepdims: 0 });
    if (from !== undefined && to !== undefined && from.length >= to.length) {
      const lead = from.length - to.length;
      const certain = to.every((size, axis) => {
        const other = from[axis + lead];
        return size === 1 || (typeof size === "number" && size !== 1) || (size !== null && size === other);
      });
      if (certain) {
        const repeated = [...to.keys()].filter((axis) => to[axis] === 1 && from[axis + lead] !== 1).map((axis) => axis + lead);
        return this.sum(this.sum(cotangent, repeated, true), [...Array(lead).keys()], false);
      }
    }
    const shape = this.shapeOf(like);
    const whole = this.shapeOf(cotangent);
    const missing = this.sub(this.op("Shape", [whole]), this.op("Shape", [shape]));
    const ones = this.op("ConstantOfShape", [missing], { value: { tensor: int64Tensor("", [1], [1]) } });
    const padded = from !== undefined && from.length === to?.length ? shape : this.concat([ones, shape]);
    const repeated = this.op("NonZero", [this.op("Not", [this.op("Equal", [padded, whole])])]);
    const axes = this.op("Reshape", [repeated, this.int64([-1])]);
    const summed = this.op("ReduceSum", [cotangent, axes], { keepdims: 1, noop_with_empty_axes: 1 });
    return this.reshapeLike(summed, like);
  }

  /** Adds `updates` into zeros of the shape of `like` at `indices` along an axis (ScatterElements). */
  scatterElements(like: string, indices: string, updates: string, axis: number): string {
    // The runtimes have no kernel that adds half-precision numbers.
    const wide = this.code(updates) === 11 ? updates : this.castTo(updates, 1);
    const zeros = this.zeros(this.shapeOf(like), wide, this.shape(like));
    return this.cast(this.op("ScatterElements", [zeros, indices, wide], { axis, reduction: "add" }), like);
  }

  /** Adds `updates` into zeros of the shape held by `shape` at `indices` (ScatterND). */
  scatterND(shape: string, indices: string, updates: string): string {
    const wide = this.code(updates) === 11 ? updates : this.castTo(updates, 1);
    const zeros = this.zeros(shape, wide);
    return this.cast(this.op("ScatterND", [zeros, indices, wide], { reduction: "add" }), updates);
  }

  /** A graph of what this builder wrote, for a branch or a body. */
  asGraph(name: string, inputs: GraphProto["inputs"], outputs: readonly string[]): GraphProto {
    return {
      name,
      nodes: this.nodes,
      initializers: this.initializers,
      sparseInitializers: [],
      inputs,
      outputs: outputs.map((output) => ({ name: output, ...this.#declared(output) })),
      valueInfos: [],
    };
  }

  #declared(name: string): Pick<GraphProto["outputs"][number], "type"> {
    const type = this.type(name);
    return type === undefined ? {} : { type: { tensorType: { elemType: type.element.code } } };
  }
}

/** A value's type as a file states it: invented names are its own affair. */
export function withoutInvented(type: ValueType): ValueType {
  return { element: type.element, shape: type.shape?.map((size) => (isInvented(size) ? null : size)) };
}

/** Makes the settings of a node, elements of constants included, a text to be looked up by. */
function writable(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value;
}
