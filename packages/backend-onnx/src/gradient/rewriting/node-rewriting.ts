import { uniqueName } from "../../graph/unique-name.ts";
import type { AttributeProto, NodeProto, TensorProto } from "../../onnx/proto.ts";
import { Attributes, type Settings, writeAttributes } from "../attributes.ts";
import { int64Tensor } from "../small-constants.ts";

/** One node on its way to the new form. */
export class NodeRewriting {
  readonly node: NodeProto;
  readonly version: number;
  readonly attributes: Attributes;
  readonly #taken: Set<string>;
  readonly #before: NodeProto[] = [];

  constructor(node: NodeProto, version: number, taken: Set<string>) {
    this.node = node;
    this.version = version;
    this.attributes = new Attributes(node);
    this.#taken = taken;
  }

  name(what: string): string {
    return uniqueName(`${this.node.outputs[0] ?? this.node.name}_${what}`, this.#taken);
  }

  constant(what: string, tensor: TensorProto): string {
    return this.write("Constant", [], { value: { tensor } }, what);
  }

  int64(what: string, values: readonly number[]): string {
    return this.constant(what, int64Tensor("", [values.length], values));
  }

  /** A node before the one that takes its place. */
  write(opType: string, inputs: readonly string[], settings: Settings, what: string): string {
    const name = this.name(what);
    this.#before.push({ inputs, outputs: [name], name, opType, domain: "", attributes: writeAttributes(settings) });
    return name;
  }

  /** A standard node before the one that takes its place, with attributes that are there already. */
  copy(opType: string, inputs: readonly string[], attributes: readonly AttributeProto[], what: string): string {
    const name = this.name(what);
    this.#before.push({ inputs, outputs: [name], name, opType, domain: "", attributes });
    return name;
  }

  /** A standard node in the node's place, with nothing of it but its results. */
  replace(opType: string, inputs: readonly string[], attributes: readonly AttributeProto[]): readonly NodeProto[] {
    return [...this.#before, { ...this.node, opType, domain: "", inputs, attributes }];
  }

  /** The node with other inputs, without the attributes that became inputs. */
  done(inputs: readonly string[], without: readonly string[] = [], opType: string = this.node.opType): readonly NodeProto[] {
    const attributes = this.node.attributes.filter(({ name }) => !without.includes(name));
    const last = inputs.findLastIndex((input) => input !== "") + 1;
    return [...this.#before, { ...this.node, opType, inputs: inputs.slice(0, last), attributes }];
  }
}
