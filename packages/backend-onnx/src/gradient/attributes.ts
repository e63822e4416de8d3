import type { AttributeProto, GraphProto, NodeProto, TensorProto } from "../onnx/proto.ts";
import { attributeType } from "../onnx/proto.ts";

/** A node's settings, read by name, with the defaults of the specification given by who reads. */
export class Attributes {
  readonly #byName: ReadonlyMap<string, AttributeProto>;

  constructor(node: NodeProto) {
    this.#byName = new Map(node.attributes.map((attribute) => [attribute.name, attribute]));
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  int(name: string, fallback: number): number {
    const i = this.#byName.get(name)?.i;
    return i === undefined ? fallback : Number(i);
  }

  float(name: string, fallback: number): number {
    return this.#byName.get(name)?.f ?? fallback;
  }

  text(name: string, fallback: string): string {
    const s = this.#byName.get(name)?.s;
    return s === undefined ? fallback : new TextDecoder().decode(s);
  }

  ints(name: string): readonly number[] | undefined {
    const ints = this.#byName.get(name)?.ints;
    return ints === undefined ? undefined : Array.from(ints, Number);
  }

  floats(name: string): readonly number[] | undefined {
    const floats = this.#byName.get(name)?.floats;
    return floats === undefined ? undefined : Array.from(floats);
  }

  texts(name: string): readonly string[] | undefined {
    return this.#byName.get(name)?.strings?.map((bytes) => new TextDecoder().decode(bytes));
  }

  tensor(name: string): TensorProto | undefined {
    return this.#byName.get(name)?.t;
  }

  graph(name: string): GraphProto | undefined {
    return this.#byName.get(name)?.g;
  }
}

/** A setting of a node to be written: a whole number, `{ float }`, a text, whole numbers, `{ floats }`, a constant or a graph. */
export type Setting =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly tensor: TensorProto }
  | { readonly graph: GraphProto };

export type Settings = Readonly<Record<string, Setting | undefined>>;

export function writeAttributes(settings: Settings): readonly AttributeProto[] {
  return Object.entries(settings).flatMap(([name, setting]) => (setting === undefined ? [] : [writeAttribute(name, setting)]));
}

function writeAttribute(name: string, setting: Setting): AttributeProto {
  if (typeof setting === "number") return { name, type: attributeType.int, i: BigInt(setting) };
  if (typeof setting === "string") return { name, type: attributeType.string, s: new TextEncoder().encode(setting) };
  if (isList(setting)) return { name, type: attributeType.ints, ints: BigInt64Array.from(setting, BigInt) };
  if ("float" in setting) return { name, type: attributeType.float, f: setting.float };
  if ("floats" in setting) return { name, type: attributeType.floats, floats: Float32Array.from(setting.floats) };
  if ("texts" in setting)
    return { name, type: attributeType.strings, strings: setting.texts.map((text) => new TextEncoder().encode(text)) };
  if ("tensor" in setting) return { name, type: attributeType.tensor, t: setting.tensor };
  return { name, type: attributeType.graph, g: setting.graph };
}

function isList(setting: Setting): setting is readonly number[] {
  return Array.isArray(setting);
}
