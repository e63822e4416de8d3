import { seededRandom } from "@attr/core";
import {
  type AttributeProto,
  attributeType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../onnx/proto.ts";
import { writeModel } from "../onnx/write-model.ts";

/** What the file of a tiny decoder is like. */
export interface DecoderFileOptions {
  readonly mask?: boolean;
  readonly positions?: boolean;
  readonly tokenTypes?: boolean;
  readonly cache?: boolean;
  /** A merged decoder's flag; a wrong one makes every logit 0. */
  readonly useCacheBranch?: boolean;
  /** Takes how many tokens' logits are wanted. */
  readonly keepLogits?: boolean;
  /** Rows fixed to this number. */
  readonly rows?: number;
  /** The logits' last axis is named, not a number. */
  readonly vocabularyUnstated?: boolean;
  readonly ids?: "int64" | "int32";
  /** Sizes of heads are named, not numbers. */
  readonly headsUnstated?: boolean;
  /** Quantises its state with one scale for the whole call. */
  readonly quantized?: boolean;
  /** Weights go into a file of their own, under this name. */
  readonly externalData?: string;
}

export const vocabularySize = 11;
export const contextLength = 32;
const heads = 2;
const headSize = 3;
const width = heads * headSize;

const codes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;

interface Table {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

function table(label: string, rows: number, columns: number): Table {
  const random = seededRandom(5).fork(label);
  return { rows, columns, data: Float32Array.from({ length: rows * columns }, () => random.normal()) };
}

const embedding = table("embedding", vocabularySize, width);
const places = table("places", contextLength, width);
const head = table("head", width, vocabularySize);

/**
 * Logits after every token of a text, by plain arithmetic: a token's state is the tanh of the sum of what the tokens so far stand for (and
 * their places, where the file takes positions).
 */
export function decoderLogits(tokens: readonly number[], positions: boolean): number[][] {
  const sum = new Float64Array(width);
  return tokens.map((token, place) => {
    for (let i = 0; i < width; i++) {
      const own = embedding.data[token * width + i]! + (positions ? places.data[place * width + i]! : 0);
      // Values and keys (half a value) both go into the state.
      sum[i]! += 1.5 * own;
    }
    return Array.from({ length: vocabularySize }, (_, id) => {
      let logit = 0;
      for (let i = 0; i < width; i++) logit += Math.tanh(sum[i]!) * head.data[i * vocabularySize + id]!;
      return logit;
    });
  });
}

/** The file of a tiny decoder with the inputs asked for, and the file its weights are in where they are outside. */
export function decoderFile(options: DecoderFileOptions = {}): { readonly model: Uint8Array; readonly weights: Uint8Array } {
  const { mask, positions, tokenTypes, cache, useCacheBranch, keepLogits, ids = "int64", quantized } = options;
  const rows = options.rows ?? "batch";
  const nodes: NodeProto[] = [];
  const add = (opType: string, inputs: readonly string[], output: string, attributes: readonly AttributeProto[] = []): string => {
    nodes.push({ name: `/${output}`, opType, domain: "", inputs, outputs: [output], attributes });
    return output;
  };
  const inputs: ValueInfoProto[] = [value("input_ids", ids, [rows, "sequence_length"])];
  if (mask) inputs.push(value("attention_mask", "int64", [rows, "total_sequence_length"]));
  if (positions) inputs.push(value("position_ids", "int64", [rows, "sequence_length"]));
  if (tokenTypes) inputs.push(value("token_type_ids", "int64", [rows, "sequence_length"]));
  if (useCacheBranch) inputs.push(value("use_cache_branch", "bool", [1]));
  if (keepLogits) inputs.push(value("num_logits_to_keep", "int64", []));
  const sizes = options.headsUnstated ? ["heads", "head_size"] : [heads, headSize];
  for (const name of cache ? ["key", "value"] : [])
    inputs.push(value(`past_key_values.0.${name}`, "float32", [rows, sizes[0]!, "past_sequence_length", sizes[1]!]));

  let state = add("Gather", ["embedding", "input_ids"], "embedded");
  if (positions) state = add("Add", [state, add("Gather", ["places", "position_ids"], "placed")], "located");
  if (tokenTypes) {
    // Zeros change nothing; anything else does.
    const types = add(
      "Unsqueeze",
      [add("Cast", ["token_type_ids"], "types", [integer("to", codes.float32)]), "last"],
      "type_column",
    );
    state = add("Add", [state, types], "typed");
  }
  const parts = add("Transpose", [add("Reshape", [state, "split"], "parts")], "by_head", [integers("perm", [0, 2, 1, 3])]);
  const half = add("Mul", [parts, "half"], "half_parts");
  const values = cache ? add("Concat", ["past_key_values.0.value", parts], "present.0.value", [integer("axis", 2)]) : parts;
  const keys = cache ? add("Concat", ["past_key_values.0.key", half], "present.0.key", [integer("axis", 2)]) : half;
  let seen = add("Add", [values, keys], "seen");
  if (mask) {
    const column = add(
      "Unsqueeze",
      [add("Cast", ["attention_mask"], "mask", [integer("to", codes.float32)]), "outer"],
      "mask_column",
    );
    seen = add("Mul", [seen, column], "seen_masked");
  }
  const sums = add("CumSum", [seen, "axis_tokens"], "sums");
  const count = add("Gather", [add("Shape", ["input_ids"], "shape"), "axis_one"], "new_tokens");
  const from = add("Neg", [count], "from");
  const latest = add("Slice", [sums, from, "end", "axis_two"], "latest");
  let joined = add(
    "Tanh",
    [add("Reshape", [add("Transpose", [latest], "by_token", [integers("perm", [0, 2, 1, 3])]), "join"], "joined")],
    "states",
  );
  if (quantized) {
    nodes.push({
      name: "/quantize",
      opType: "DynamicQuantizeLinear",
      domain: "",
      inputs: [joined],
      outputs: ["q", "scale", "zero"],
      attributes: [],
    });
    joined = add("DequantizeLinear", ["q", "scale", "zero"], "dequantized");
  }
  let logits = add("MatMul", [joined, "head"], useCacheBranch || keepLogits ? "all_logits" : "logits");
  if (useCacheBranch) {
    const length = add("Gather", [add("Shape", ["past_key_values.0.key"], "past_shape"), "axis_two"], "past_length");
    const none = add("Cast", [add("Equal", [length, "zero_length"], "is_none")], "none", [integer("to", codes.float32)]);
    const some = add("Sub", ["one", none], "some");
    logits = add("If", ["use_cache_branch"], keepLogits ? "branched" : "logits", [
      branch("then_branch", "then_logits", [logits, some]),
      branch("else_branch", "else_logits", [logits, none]),
    ]);
  }
  if (keepLogits) {
    const kept = add("Unsqueeze", [add("Neg", ["num_logits_to_keep"], "kept_from"), "axis_none"], "kept_start");
    add("Slice", [logits, kept, "end", "axis_one"], "logits");
  }

  const outputs = [
    value("logits", "float32", [rows, "sequence_length", options.vocabularyUnstated ? "vocabulary" : vocabularySize]),
  ];
  for (const name of cache ? ["key", "value"] : [])
    outputs.push(value(`present.0.${name}`, "float32", [rows, sizes[0]!, "total_sequence_length", sizes[1]!]));
  const weights = new Uint8Array([embedding, places, head].reduce((bytes, { data }) => bytes + data.byteLength, 0));
  let offset = 0;
  const weight = (name: string, { rows: count, columns, data }: Table): TensorProto => {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    weights.set(raw, offset);
    const place = { location: options.externalData ?? "", offset: String(offset), length: String(raw.length) };
    offset += raw.length;
    const tensor = { name, dims: [count, columns], dataType: codes.float32 };
    if (options.externalData === undefined) return { ...tensor, rawData: raw };
    return { ...tensor, dataLocation: 1, externalData: Object.entries(place).map(([key, entry]) => ({ key, value: entry })) };
  };
  const initializers = [
    weight("embedding", embedding),
    weight("places", places),
    weight("head", head),
    { name: "half", dims: [], dataType: codes.float32, floatData: Float32Array.of(0.5) },
    { name: "one", dims: [], dataType: codes.float32, floatData: Float32Array.of(1) },
    whole("split", [0, 0, heads, headSize]),
    whole("join", [0, 0, width]),
    whole("axis_tokens", 2),
    whole("axis_one", [1]),
    whole("axis_two", [2]),
    whole("axis_none", [0]),
    whole("zero_length", [0]),
    whole("last", [2]),
    whole("outer", [1, 3]),
    whole("end", [2 ** 40]),
  ].filter(({ name }) => nodes.some((node) => node.inputs.includes(name)));
  const graph: GraphProto = { name: "decoder", nodes, initializers, sparseInitializers: [], inputs, outputs, valueInfos: [] };
  const model = writeModel({
    irVersion: 8,
    opsetImports: [{ domain: "", version: 17 }],
    graph,
    metadataProps: [],
    functions: [],
  });
  return { model, weights };
}

function value(name: string, type: keyof typeof codes, shape: readonly (number | string)[]): ValueInfoProto {
  const dims = shape.map((size) => (typeof size === "number" ? { value: size } : { param: size }));
  return { name, type: { tensorType: { elemType: codes[type], shape: { dims } } } };
}

function integer(name: string, i: number): AttributeProto {
  return { name, type: attributeType.int, i: BigInt(i) };
}

function integers(name: string, list: readonly number[]): AttributeProto {
  return { name, type: attributeType.ints, ints: BigInt64Array.from(list, BigInt) };
}

function whole(name: string, list: number | readonly number[]): TensorProto {
  const values = typeof list === "number" ? [list] : list;
  return {
    name,
    dims: typeof list === "number" ? [] : [list.length],
    dataType: codes.int64,
    int64Data: BigInt64Array.from(values, BigInt),
  };
}

/** One side of an `If`: the logits times a factor of the graph around it. */
function branch(name: string, output: string, inputs: readonly string[]): AttributeProto {
  const node: NodeProto = { name: `/${output}`, opType: "Mul", domain: "", inputs, outputs: [output], attributes: [] };
  const info: ValueInfoProto = { name: output, type: { tensorType: { elemType: codes.float32 } } };
  const g: GraphProto = {
    name,
    nodes: [node],
    initializers: [],
    sparseInitializers: [],
    inputs: [],
    outputs: [info],
    valueInfos: [],
  };
  return { name, type: attributeType.graph, g };
}

/** The bytes of a text file. */
export function textFile(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
}
