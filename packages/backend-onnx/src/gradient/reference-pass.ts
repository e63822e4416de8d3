import { valuesRead } from "../graph/free-values.ts";
import { readOthers } from "../graph/rename-values.ts";
import type { NodeProto } from "../onnx/proto.ts";
import type { GraphBuilder } from "./graph-builder.ts";

/**
 * The values that a graph's nodes have over reference feeds, beside those over the feeds themselves: which differ, what they are called,
 * and the nodes that make them. A value that does not depend on what differs is its own reference.
 *
 * A graph inside another (a branch, a body) has a pass of its own within that of the graph around it. The branch that an If takes for the
 * feeds is run over the reference as well, whichever branch the reference itself takes: the multipliers are those of the function that was
 * applied to the feeds, and where the reference goes another way the jump between the branches shows in the convergence delta.
 */
export class ReferencePass {
  readonly #build: GraphBuilder;
  readonly #fed: ReadonlySet<string>;
  readonly #around: ReferencePass | undefined;
  readonly #own: Set<string>;
  readonly #differing: Set<string>;
  readonly #names: Map<string, string>;

  /**
   * @param given values that have a reference from elsewhere, by its name
   * @param fed values that no node is asked for
   */
  constructor(
    build: GraphBuilder,
    nodes: readonly NodeProto[],
    given: ReadonlyMap<string, string>,
    fed: ReadonlySet<string>,
    around?: ReferencePass,
  ) {
    this.#build = build;
    this.#fed = fed;
    this.#around = around;
    this.#names = new Map(given);
    this.#own = new Set([...given.keys(), ...nodes.flatMap(({ outputs }) => outputs)]);
    this.#differing = new Set(given.keys());
    for (const node of nodes) {
      let reads = false;
      for (const name of valuesRead(node)) if (this.differs(name)) reads = true;
      if (!reads) continue;
      for (const output of node.outputs) if (output !== "" && !fed.has(output)) this.#differing.add(output);
    }
  }

  /** The pass of a graph inside this one. */
  within(build: GraphBuilder, nodes: readonly NodeProto[], given: ReadonlyMap<string, string>): ReferencePass {
    return new ReferencePass(build, nodes, given, new Set(), this);
  }

  differs(name: string): boolean {
    return this.#own.has(name) ? this.#differing.has(name) : (this.#around?.differs(name) ?? false);
  }

  /** The name of a value's reference. */
  of(name: string): string {
    if (!this.#own.has(name)) return this.#around?.of(name) ?? name;
    if (!this.#differing.has(name)) return name;
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const made = this.#build.name(`${name}_reference`);
    this.#build.declare(made, this.#build.type(name));
    this.#names.set(name, made);
    return made;
  }

  /** Takes note of an output that a node hands over from now on. */
  add(node: NodeProto, name: string): void {
    this.#own.add(name);
    if (node.outputs.some((output) => this.#differing.has(output))) this.#differing.add(name);
  }

  /** The nodes that make the references: those of the forward pass, as they are now, under other names. */
  nodes(forward: readonly NodeProto[]): readonly NodeProto[] {
    return forward.flatMap((node) => {
      if (!node.outputs.some((output) => this.#differing.has(output) && !this.#fed.has(output))) return [];
      // A fed result is not computed again; what the node makes for it is read by nobody.
      const outputs = node.outputs.map((output) => (output === "" || this.#fed.has(output) ? "" : this.of(output)));
      const name = outputs.find((output) => output !== "")!;
      return [{ ...readOthers(node, (value) => this.of(value)), outputs, name }];
    });
  }
}
