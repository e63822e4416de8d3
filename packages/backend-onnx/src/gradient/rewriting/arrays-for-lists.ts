import { innerValues, subgraphs, valuesDefined, valuesRead } from "../../graph/free-values.ts";
import { uniqueName } from "../../graph/unique-name.ts";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from "../../onnx/proto.ts";
import { Attributes, type Settings, writeAttributes } from "../attributes.ts";
import { constantOfNode, int64Tensor, numbersOf } from "../small-constants.ts";

/**
 * What a list of arrays holds, as far as it is known without running the model: arrays by name; the pieces of an array cut along an axis;
 * or, after arrays by name, those that the steps of a Loop appended, stacked along a first axis.
 */
type List =
  | { readonly kind: "arrays"; readonly names: readonly string[] }
  | { readonly kind: "pieces"; readonly of: string; readonly axis: number; readonly keep: boolean; readonly sizes: Sizes }
  | { readonly kind: "appended"; readonly first: readonly string[]; readonly stacked: string };

/** Sizes of pieces: 1 each, so many each, or one after the other. */
type Sizes = { readonly each: number } | { readonly list: readonly number[] };

/**
 * The same model with arrays in place of what is taken from lists of arrays: an element is read from where it came from, and a list that is
 * joined is a concatenation. Exported loops keep their results in such lists. Where a place or a length is known only when the model runs,
 * the nodes stay as they are.
 */
export function arraysForLists(model: ModelProto): ModelProto {
  const taken = new Set([...valuesDefined(model.graph), ...innerValues(model.graph.nodes)]);
  return { ...model, graph: rewriteGraph(model.graph, { lists: new Map(), constants: new Map(), taken }) };
}

interface Scope {
  readonly lists: ReadonlyMap<string, List>;
  readonly constants: ReadonlyMap<string, readonly number[]>;
  readonly taken: Set<string>;
}

function rewriteGraph(graph: GraphProto, around: Scope): GraphProto {
  if (!graph.nodes.some(handlesLists)) return graph;
  const constants = new Map(around.constants);
  for (const tensor of graph.initializers) learn(constants, tensor);
  for (const node of graph.nodes) {
    const constant = constantOfNode(node);
    if (constant !== undefined) learn(constants, constant);
  }
  const rewriting = new Rewriting(new Map(around.lists), constants, around.taken);
  for (const node of graph.nodes) rewriting.take(node);
  return { ...graph, nodes: withoutIdleLists(graph, rewriting) };
}

function learn(constants: Map<string, readonly number[]>, tensor: TensorProto): void {
  const numbers = numbersOf(tensor);
  if (numbers !== undefined) constants.set(tensor.name, numbers);
}

function handlesLists(node: NodeProto): boolean {
  if (node.domain === "" && operators.has(node.opType)) return true;
  for (const graph of subgraphs(node)) if (graph.nodes.some(handlesLists)) return true;
  return false;
}

const operators: ReadonlySet<string> = new Set([
  "ConcatFromSequence",
  "Optional",
  "OptionalGetElement",
  "SequenceAt",
  "SequenceConstruct",
  "SequenceEmpty",
  "SequenceErase",
  "SequenceInsert",
  "SplitToSequence",
]);

/** Drops nodes whose only results are lists that nobody reads any more. */
function withoutIdleLists(graph: GraphProto, { nodes, lists }: Rewriting): readonly NodeProto[] {
  const read = new Set(graph.outputs.map(({ name }) => name));
  const kept: NodeProto[] = [];
  for (const node of [...nodes].reverse()) {
    const idle = node.outputs.every((output) => lists.has(output) && !read.has(output));
    if (idle && operators.has(node.opType) && node.domain === "") continue;
    kept.push(node);
    for (const name of valuesRead(node)) read.add(name);
  }
  return kept.reverse();
}

/** One graph on its way. */
class Rewriting {
  readonly nodes: NodeProto[] = [];
  readonly lists: Map<string, List>;
  readonly #constants: ReadonlyMap<string, readonly number[]>;
  readonly #taken: Set<string>;

  constructor(lists: Map<string, List>, constants: ReadonlyMap<string, readonly number[]>, taken: Set<string>) {
    this.lists = lists;
    this.#constants = constants;
    this.#taken = taken;
  }

  take(node: NodeProto): void {
    if (node.domain === "" && node.opType === "Loop") this.#loop(node);
    else if (node.domain !== "" || !operators.has(node.opType)) this.nodes.push(this.#withGraphs(node));
    else if (!this.#asArrays(node)) {
      this.nodes.push(node);
      const list = this.#listOf(node);
      if (list !== undefined) this.lists.set(node.outputs[0]!, list);
    }
  }

  /** The list that a node makes, where it is known. */
  #listOf(node: NodeProto): List | undefined {
    const attributes = new Attributes(node);
    const [first, second] = node.inputs;
    const from = this.lists.get(first ?? "");
    const known = from?.kind === "arrays" ? from.names : undefined;
    switch (node.opType) {
      case "SequenceEmpty":
        return { kind: "arrays", names: [] };
      case "SequenceConstruct":
        return { kind: "arrays", names: node.inputs };
      case "Optional":
        return first === undefined || first === "" ? undefined : (from ?? { kind: "arrays", names: [first] });
      case "SequenceInsert": {
        const at = node.inputs[2] ? this.#number(node.inputs[2]) : known?.length;
        if (known === undefined || at === undefined) return undefined;
        const names = [...known];
        names.splice(at < 0 ? at + known.length : at, 0, second!);
        return { kind: "arrays", names };
      }
      case "SequenceErase": {
        const at = second ? this.#number(second) : -1;
        if (known === undefined || at === undefined) return undefined;
        return { kind: "arrays", names: known.filter((_, i) => i !== (at < 0 ? at + known.length : at)) };
      }
      case "SplitToSequence": {
        const axis = attributes.int("axis", 0);
        const keep = attributes.int("keepdims", 1) !== 0;
        // Cut along the first axis, which goes: that is how a stack is taken apart.
        if (!second && axis === 0 && !keep) return { kind: "appended", first: [], stacked: first! };
        if (!second) return { kind: "pieces", of: first!, axis, keep, sizes: { each: 1 } };
        const sizes = this.#constants.get(second);
        // Whether one number is a size of all or a list of one makes no difference to the first piece only.
        if (sizes === undefined || sizes.length === 0) return undefined;
        return {
          kind: "pieces",
          of: first!,
          axis,
          keep: true,
          sizes: sizes.length === 1 ? { each: sizes[0]! } : { list: sizes },
        };
      }
      default:
        return undefined;
    }
  }

  /** Writes what takes an array out of a known list; false where it has to stay as it is. */
  #asArrays(node: NodeProto): boolean {
    const list = this.lists.get(node.inputs[0] ?? "");
    const result = node.outputs[0]!;
    if (node.opType === "OptionalGetElement") {
      const only =
        list === undefined ? node.inputs[0]! : list.kind === "arrays" && list.names.length === 1 ? list.names[0]! : undefined;
      // What holds a list stays a list.
      if (only === undefined || list === undefined) return false;
      this.#write("Identity", [only], {}, result);
      return true;
    }
    if (list === undefined) return false;
    if (node.opType === "SequenceAt") return this.#element(list, node.inputs[1]!, result);
    if (node.opType === "ConcatFromSequence") {
      const attributes = new Attributes(node);
      return this.#joined(list, attributes.int("axis", 0), attributes.int("new_axis", 0) !== 0, result);
    }
    return false;
  }

  #element(list: List, place: string, result: string): boolean {
    const at = this.#number(place);
    if (list.kind === "arrays") {
      const name = at === undefined ? undefined : list.names.at(at);
      if (name === undefined) return false;
      this.#write("Identity", [name], {}, result);
      return true;
    }
    if (list.kind === "appended") {
      if (list.first.length > 0) return false;
      this.#write("Gather", [list.stacked, place], { axis: 0 }, result);
      return true;
    }
    const { of, axis, keep, sizes } = list;
    if ("each" in sizes && sizes.each === 1) {
      const one = this.#write("Gather", [of, place], { axis }, keep ? undefined : result);
      if (keep) this.#write("Unsqueeze", [one, this.#int64([axis])], {}, result);
      return true;
    }
    if (at === undefined || at < 0) return false;
    const start = "each" in sizes ? at * sizes.each : sum(sizes.list.slice(0, at));
    const size = "each" in sizes ? sizes.each : sizes.list[at];
    if (size === undefined) return false;
    const bounds = [[start], [start + size], [axis]].map((numbers) => this.#int64(numbers));
    this.#write("Slice", [of, ...bounds], {}, result);
    return true;
  }

  #joined(list: List, axis: number, fresh: boolean, result: string): boolean {
    if (list.kind === "pieces") {
      const whole = list.axis === axis && list.keep !== fresh;
      if (whole) this.#write("Identity", [list.of], {}, result);
      return whole;
    }
    const names = list.kind === "arrays" ? list.names : list.first;
    const parts = names.map((name) => (fresh ? this.#write("Unsqueeze", [name, this.#int64([axis])], {}) : name));
    if (list.kind === "appended") parts.push(this.#unstacked(list.stacked, axis, fresh));
    if (parts.length === 0) return false;
    this.#write("Concat", parts, { axis }, result);
    return true;
  }

  /** Arrays stacked along a first axis, joined along another; the number of axes need not be known. */
  #unstacked(stacked: string, axis: number, fresh: boolean): string {
    const shape = this.#write("Shape", [stacked], {});
    const slice = (from: number, to: number): string => this.#write("Slice", [shape, this.#int64([from]), this.#int64([to])], {});
    const end = 2 ** 31 - 1;
    // The sizes of one array before and from the axis on; a new axis counts as one of them when counted from the end.
    const middle = axis >= 0 ? axis + 1 : fresh ? axis + 1 : axis;
    const [count, before, after] = [
      slice(0, 1),
      slice(1, middle === 0 ? end : middle),
      middle === 0 ? undefined : slice(middle, end),
    ];
    const product = (sizes: string): string => this.#write("ReduceProd", [sizes], { keepdims: 1 });
    const rest = after === undefined ? this.#int64([1]) : product(after);
    const flat = this.#write("Concat", [count, product(before), rest], { axis: 0 });
    const turned = this.#write("Transpose", [this.#write("Reshape", [stacked, flat], {})], { perm: [1, 0, 2] });
    if (fresh) {
      const sizes = after === undefined ? [before, count] : [before, count, after];
      return this.#write("Reshape", [turned, this.#write("Concat", sizes, { axis: 0 })], {});
    }
    const first = (name: string, from: number, to: number): string =>
      this.#write("Slice", [name, this.#int64([from]), this.#int64([to])], {});
    const along = this.#write("Mul", [count, first(after!, 0, 1)], {});
    const whole = this.#write("Concat", [before, along, first(after!, 1, end)], { axis: 0 });
    return this.#write("Reshape", [turned, whole], {});
  }

  /** A Loop that appends to lists hands out what it appends, stacked, beside the lists. */
  #loop(node: NodeProto): void {
    const rewritten = this.#withGraphs(node);
    const body = new Attributes(rewritten).graph("body");
    if (body === undefined) {
      this.nodes.push(rewritten);
      return;
    }
    const made = new Map(body.nodes.flatMap((one) => one.outputs.map((output) => [output, one] as const)));
    const appended: string[] = [];
    const outputs = Array.from({ length: body.outputs.length - 1 }, (_, i) => node.outputs[i] ?? "");
    body.inputs.slice(2).forEach(({ name }, i) => {
      const first = this.lists.get(node.inputs[i + 2] ?? "");
      const insert = made.get(body.outputs[i + 1]?.name ?? "");
      if (first?.kind !== "arrays" || insert?.opType !== "SequenceInsert" || insert.inputs[0] !== name || insert.inputs[2])
        return;
      const others = body.nodes.some(
        (one) => one !== insert && (valuesRead(one).has(name) || valuesRead(one).has(insert.outputs[0]!)),
      );
      if (others || outputs[i] === undefined || outputs[i] === "") return;
      const stacked = uniqueName(`${outputs[i]}_stacked`, this.#taken);
      appended.push(insert.inputs[1]!);
      outputs.push(stacked);
      this.lists.set(outputs[i], { kind: "appended", first: first.names, stacked });
    });
    if (appended.length === 0) {
      this.nodes.push(rewritten);
      return;
    }
    // A result needs a name that no other result has, and may be no input.
    const copies = appended.map((name): NodeProto => {
      const copy = uniqueName(`${name}_appended`, this.#taken);
      return { inputs: [name], outputs: [copy], name: copy, opType: "Identity", domain: "", attributes: [] };
    });
    const extended: GraphProto = {
      ...body,
      nodes: [...body.nodes, ...copies],
      outputs: [...body.outputs, ...copies.map(({ outputs: [copy] }) => ({ name: copy! }))],
    };
    const attributes = rewritten.attributes.map((attribute) =>
      attribute.name === "body" ? { ...attribute, g: extended } : attribute,
    );
    this.nodes.push({ ...rewritten, outputs: outputs.map((name) => name || uniqueName("unused", this.#taken)), attributes });
  }

  #withGraphs(node: NodeProto): NodeProto {
    if (!handlesLists(node)) return node;
    const scope: Scope = { lists: this.lists, constants: this.#constants, taken: this.#taken };
    const attributes = node.attributes.map((attribute): AttributeProto => {
      const { g, graphs } = attribute;
      if (g === undefined && graphs === undefined) return attribute;
      return {
        ...attribute,
        ...(g && { g: rewriteGraph(g, scope) }),
        ...(graphs && { graphs: graphs.map((graph) => rewriteGraph(graph, scope)) }),
      };
    });
    return { ...node, attributes };
  }

  #number(name: string): number | undefined {
    const numbers = this.#constants.get(name);
    return numbers?.length === 1 ? numbers[0] : undefined;
  }

  #int64(values: readonly number[]): string {
    return this.#write("Constant", [], { value: { tensor: int64Tensor("", [values.length], values) } });
  }

  #write(opType: string, inputs: readonly string[], settings: Settings, result?: string): string {
    const name = result ?? uniqueName(`list_${opType}`, this.#taken);
    this.nodes.push({ inputs, outputs: [name], name, opType, domain: "", attributes: writeAttributes(settings) });
    return name;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
