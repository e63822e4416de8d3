import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from "../onnx/proto.ts";
import { attributeType } from "../onnx/proto.ts";
import { innerValues, valuesDefined } from "./free-values.ts";
import { uniqueName } from "./unique-name.ts";

const [float32, bfloat16] = [1, 16];

/** Settings of operators that name an element type. */
const typeSettings: ReadonlySet<string> = new Set(["to", "dtype", "output_dtype", "stash_type", "softmax_precision"]);

/**
 * A model of bfloat16 numbers in float32: weights are cast where they are used, and everything else is computed in float32 from the
 * start. Every bfloat16 is a float32, so that only the rounding between operators is left out. Names of values stay.
 *
 * @returns undefined where the model holds no bfloat16.
 */
export function widenBfloat16(model: ModelProto): ModelProto | undefined {
  const taken = new Set([...valuesDefined(model.graph), ...innerValues(model.graph.nodes)]);
  const widening = new Widening(taken);
  const graph = widening.graph(model.graph);
  const functions = model.functions.map(
    (definition): FunctionProto => ({
      ...definition,
      nodes: definition.nodes.map((node) => widening.node(node)),
    }),
  );
  return widening.found ? { ...model, graph, functions } : undefined;
}

class Widening {
  found = false;
  readonly #taken: Set<string>;

  constructor(taken: Set<string>) {
    this.#taken = taken;
  }

  graph(graph: GraphProto): GraphProto {
    const casts: NodeProto[] = [];
    const initializers = graph.initializers.map((tensor) => {
      if (tensor.dataType !== bfloat16) return tensor;
      this.found = true;
      const name = uniqueName(`${tensor.name}_bfloat16`, this.#taken);
      casts.push(castOf(name, tensor.name));
      return { ...tensor, name };
    });
    // A weight that is listed among the inputs too (old files do that) would be made twice.
    const made = new Set(casts.flatMap(({ outputs }) => outputs));
    return {
      ...graph,
      nodes: [...casts, ...graph.nodes.map((node) => this.node(node))],
      initializers,
      inputs: graph.inputs.filter(({ name }) => !made.has(name)).map((info) => this.#value(info)),
      outputs: graph.outputs.map((info) => this.#value(info)),
      valueInfos: graph.valueInfos.map((info) => this.#value(info)),
    };
  }

  node(node: NodeProto): NodeProto {
    return node.attributes.length === 0
      ? node
      : { ...node, attributes: node.attributes.map((attribute) => this.#attribute(attribute)) };
  }

  #attribute(attribute: AttributeProto): AttributeProto {
    const { name, i, t, g, graphs } = attribute;
    if (i === BigInt(bfloat16) && typeSettings.has(name)) {
      this.found = true;
      return { ...attribute, i: BigInt(float32) };
    }
    if (t?.dataType === bfloat16) {
      this.found = true;
      return { ...attribute, t: widened(t) };
    }
    if (g === undefined && graphs === undefined) return attribute;
    return {
      ...attribute,
      ...(g && { g: this.graph(g) }),
      ...(graphs && { graphs: graphs.map((graph) => this.graph(graph)) }),
    };
  }

  #value(info: ValueInfoProto): ValueInfoProto {
    const tensorType = info.type?.tensorType;
    if (tensorType?.elemType !== bfloat16) return info;
    this.found = true;
    return { ...info, type: { ...info.type, tensorType: { ...tensorType, elemType: float32 } } };
  }
}

function castOf(from: string, to: string): NodeProto {
  const setting: AttributeProto = { name: "to", type: attributeType.int, i: BigInt(float32) };
  return { inputs: [from], outputs: [to], name: `${to}_float32`, opType: "Cast", domain: "", attributes: [setting] };
}

/** A constant of a node as float32: a bfloat16 is its upper half. */
function widened(tensor: TensorProto): TensorProto {
  const { rawData, int32Data, ...rest } = tensor;
  const halves = rawData === undefined ? Uint16Array.from(int32Data ?? []) : new Uint16Array(rawData.slice().buffer);
  const words = Uint32Array.from(halves, (half) => half * 2 ** 16);
  return { ...rest, dataType: float32, rawData: new Uint8Array(words.buffer) };
}
