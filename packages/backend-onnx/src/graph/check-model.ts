import { InvalidArgumentError } from "@attr/core";
import { elementTypeOf } from "../onnx/element-type.ts";
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from "../onnx/proto.ts";
import { checkSparseTensor, checkTensor, elementCount } from "../onnx/tensor-elements.ts";
import { checkLoops } from "./check-loops.ts";
import { checkScales } from "./check-scales.ts";
import { checkSizes, sizeConstants } from "./check-sizes.ts";
import { subgraphs, valuesDefined } from "./free-values.ts";
import { indexGraph, orderNodes } from "./graph-index.ts";
import { describeNode } from "./node-name.ts";

/** More axes than any operator takes. */
const mostAxes = 64;

/** A value whose fixed sizes alone take more could only be computed by filling the machine's memory. */
const mostBytes = 2 ** 32;

/** Nodes that a file's own functions may stand for once they are written out where they are used. */
const mostExpandedNodes = 10_000_000;

/** Attributes that operators divide by or count with; a runtime that believes a zero divides by it. */
const positive: ReadonlySet<string> = new Set([
  "block_size",
  "blocksize",
  "dilations",
  "group",
  "hidden_size",
  "kernel_shape",
  "kv_num_heads",
  "num_heads",
  "num_outputs",
  "output_height",
  "output_width",
  "pooled_shape",
  "q_num_heads",
  "sampling_ratio",
  "strides",
]);

/** Attributes that are added to sizes. */
const bounded: ReadonlySet<string> = new Set(["output_padding", "output_shape", "pads", "border"]);

const largestAttribute = 2n ** 31n - 1n;

/** Operators one input of which is a list with a size for each axis. */
const sizeLists: ReadonlyMap<string, number> = new Map([
  ["ConstantOfShape", 0],
  ["Expand", 1],
  ["Reshape", 1],
  ["Tile", 1],
]);

/** Inputs that operators of the runtime's own call optional and yet read: how many have to be there. */
const needed: ReadonlyMap<string, number> = new Map([["com.microsoft:Attention", 3]]);

/** Operators with inputs of any number: the runtime takes every one of them for present. */
const variadic: ReadonlySet<string> = new Set(["Concat", "Einsum", "Max", "Mean", "Min", "SequenceConstruct", "Sum"]);

/**
 * Refuses a model that makes no sense as a graph, before a runtime sees it: native runtimes trust much of what a file says and can take
 * the whole process down over it.
 *
 * @param sizeOf the size of an external file, undefined where it is not there
 * @throws InvalidArgumentError naming what is wrong: a value made twice or by nobody, a cycle, a constant whose elements do not fill its
 * dimensions, an absurd dimension or attribute, a function that calls itself
 */
export function checkModel(model: ModelProto, sizeOf: (location: string) => number | undefined): void {
  if (model.irVersion < 1) throw malformed(`its IR version is ${model.irVersion}`);
  if (model.graph.nodes.length === 0 && model.graph.outputs.length === 0) throw malformed("its graph computes nothing");
  indexGraph(model);
  const check = new Checker(sizeOf);
  check.graph(model.graph, new Set(), new Map());
  checkFunctions(model, check);
}

function malformed(what: string): InvalidArgumentError {
  return new InvalidArgumentError(`the ONNX file is malformed: ${what}`);
}

class Checker {
  readonly #sizeOf: (location: string) => number | undefined;

  constructor(sizeOf: (location: string) => number | undefined) {
    this.#sizeOf = sizeOf;
  }

  /** A list of sizes is as long as the value that it is for has axes. */
  #checkRanks(graph: GraphProto): void {
    const lengths = new Map<string, number | undefined>();
    for (const { name, type } of graph.inputs) lengths.set(name, type?.tensorType?.shape?.dims[0]?.value);
    for (const { name, dims } of graph.initializers) lengths.set(name, dims[0]);
    for (const node of graph.nodes) {
      const input = node.domain === "" ? sizeLists.get(node.opType) : undefined;
      const length = input === undefined ? undefined : lengths.get(node.inputs[input] ?? "");
      if (length !== undefined && length > mostAxes)
        throw malformed(`${describeNode(node)} is to make a value of ${length} axes`);
    }
  }

  /** @param around names of the values that a subgraph can see around it */
  graph(graph: GraphProto, around: ReadonlySet<string>, constantsAround: ReadonlyMap<string, TensorProto>): void {
    const name = `graph "${graph.name}"`;
    for (const info of [...graph.inputs, ...graph.outputs, ...graph.valueInfos]) checkValue(info);
    for (const tensor of graph.initializers) checkTensor(tensor, this.#sizeOf, name);
    for (const sparse of graph.sparseInitializers) checkSparseTensor(sparse, this.#sizeOf, name);
    this.#checkRanks(graph);
    const visible = new Set([...around, ...valuesDefined(graph)]);
    for (const { name: output } of graph.outputs)
      if (!visible.has(output)) throw malformed(`${name} gives "${output}", which nothing makes`);
    this.nodes(graph.nodes, visible, new Map([...constantsAround, ...sizeConstants(graph)]));
  }

  nodes(nodes: readonly NodeProto[], visible: ReadonlySet<string>, constants: ReadonlyMap<string, TensorProto>): void {
    for (const node of nodes) {
      if (node.opType === "") throw malformed(`${describeNode(node)} has no operator`);
      if (variadic.has(node.opType) && node.domain === "" && node.inputs.includes(""))
        throw malformed(`${describeNode(node)} leaves out an input, which only optional inputs can be`);
      const least = needed.get(`${node.domain}:${node.opType}`) ?? 0;
      for (let i = 0; i < least; i++)
        if (!node.inputs[i]) throw malformed(`${describeNode(node)} leaves out its input ${i}, which the runtime needs`);
      checkSizes(node, constants);
      checkScales(node, constants);
      checkLoops(node, constants);
      const names = new Set<string>();
      for (const attribute of node.attributes) {
        if (names.has(attribute.name)) throw malformed(`${describeNode(node)} has the attribute "${attribute.name}" twice`);
        names.add(attribute.name);
        this.#attribute(attribute, node);
      }
      for (const graph of subgraphs(node)) {
        orderNodes(graph, visible);
        this.graph(graph, visible, constants);
      }
    }
  }

  #attribute(attribute: AttributeProto, node: NodeProto): void {
    const { name } = attribute;
    const subject = describeNode(node);
    if (positive.has(name) || bounded.has(name)) {
      const lowest = positive.has(name) ? (name === "sampling_ratio" ? 0n : 1n) : -largestAttribute;
      const numbers = attribute.ints ?? (attribute.i === undefined ? [] : [attribute.i]);
      for (const number of numbers)
        if (number < lowest || number > largestAttribute) throw malformed(`${subject} has the attribute ${name} = ${number}`);
    }
    if (attribute.t !== undefined) checkTensor(attribute.t, this.#sizeOf, subject);
    for (const tensor of attribute.tensors ?? []) checkTensor(tensor, this.#sizeOf, subject);
    if (attribute.sparseTensor !== undefined) checkSparseTensor(attribute.sparseTensor, this.#sizeOf, subject);
  }
}

function checkValue(info: ValueInfoProto): void {
  const tensorType = info.type?.tensorType;
  if (tensorType === undefined) return;
  if (tensorType.elemType !== 0 && elementTypeOf(tensorType.elemType) === undefined)
    throw malformed(`"${info.name}" has the element type ${tensorType.elemType}, which does not exist`);
  const dims = tensorType.shape?.dims ?? [];
  // Some exporters write -1 for a size that is free.
  const sizes = dims.flatMap(({ value }) => (value === undefined || value === -1 ? [] : [value]));
  const count = elementCount(sizes);
  const bits = elementTypeOf(tensorType.elemType)?.bits ?? 0;
  if (dims.length > mostAxes || count === undefined || (count * bits) / 8 > mostBytes)
    throw malformed(
      `"${info.name}" has the shape [${dims
        .slice(0, mostAxes)
        .map(({ value, param }) => value ?? param ?? "?")
        .join(", ")}]`,
    );
}

/** Functions are written out where they are called: none may lead to itself, nor stand for more nodes than a machine holds. */
function checkFunctions(model: ModelProto, check: Checker): void {
  const byName = new Map<string, FunctionProto>();
  for (const definition of model.functions) {
    const key = `${definition.domain}:${definition.name}`;
    if (byName.has(key)) throw malformed(`it defines the function "${definition.name}" twice`);
    byName.set(key, definition);
    const given = new Set(definition.inputs);
    orderNodes({ ...emptyGraph, name: definition.name, nodes: definition.nodes }, given);
    const made = new Set([...given, ...definition.nodes.flatMap((node) => node.outputs)]);
    const missing = definition.outputs.find((output) => !made.has(output));
    if (missing !== undefined) throw malformed(`the function "${definition.name}" gives "${missing}", which nothing makes`);
    check.nodes(definition.nodes, made, sizeConstants({ ...emptyGraph, nodes: definition.nodes }));
  }
  const sizes = new Map<FunctionProto, number | "open">();
  const nodesOf = (nodes: readonly NodeProto[]): number => {
    let total = 0;
    for (const node of nodes) {
      const definition = byName.get(`${node.domain}:${node.opType}`);
      total += definition === undefined ? 1 : sizeOfFunction(definition);
      for (const graph of subgraphs(node)) total += nodesOf(graph.nodes);
      if (total > mostExpandedNodes) throw malformed(`its functions stand for more than ${mostExpandedNodes} nodes`);
    }
    return total;
  };
  const sizeOfFunction = (definition: FunctionProto): number => {
    const known = sizes.get(definition);
    if (known === "open") throw malformed(`the function "${definition.name}" leads to itself`);
    if (known !== undefined) return known;
    sizes.set(definition, "open");
    const size = nodesOf(definition.nodes);
    sizes.set(definition, size);
    return size;
  };
  if (byName.size > 0) nodesOf(model.graph.nodes);
  for (const definition of model.functions) sizeOfFunction(definition);
}

const emptyGraph: GraphProto = {
  name: "",
  nodes: [],
  initializers: [],
  sparseInitializers: [],
  inputs: [],
  outputs: [],
  valueInfos: [],
};
