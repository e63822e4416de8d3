import { UnsupportedOpError } from "@attr/core";
import { describeNode } from "../graph/node-name.ts";
import type { NodeProto } from "../onnx/proto.ts";
import { Attributes } from "./attributes.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { OperatorsOf, RuleGroup } from "./operators.ts";
import type { ReferencePass } from "./reference-pass.ts";

/**
 * How one operator passes cotangents back: writes nodes with `call.build` and returns, for each input of the node, the name of the
 * cotangent's part that belongs to it (undefined where no gradient goes there). What comes back for inputs that nobody asks about is left
 * out of the graph, so a rule need not look, except before it refuses.
 */
export type GradientRule = (call: RuleCall) => readonly (string | undefined)[];

/**
 * A rule serves a node's first output only, unless it says how many: a cotangent of another output is then an error, never lost. A rule of
 * several outputs finds undefined in `cotangents` where there is none.
 */
export type OperatorRule =
  | GradientRule
  | {
      readonly outputs: number;
      readonly rule: GradientRule;
      /** The operator is written out in others, whose own rules say how anything passes. */
      readonly expands?: true;
    };

/** The rules of a group: one for each of the operators that the table of operators counts among it, and no other. */
export type RulesOf<Group extends RuleGroup> = Readonly<Record<OperatorsOf<Group>, OperatorRule>>;

/** The standard set's by name ("Conv"), others by domain and name ("com.microsoft:Gelu"). */
export function operatorKey(node: NodeProto): string {
  return node.domain === "" ? node.opType : `${node.domain}:${node.opType}`;
}

/** What the call of a rule is made of. */
export interface RuleSite {
  readonly build: GraphBuilder;
  readonly node: NodeProto;
  /** What errors name as the nearest value with a gradient. */
  readonly nearest: string;
  readonly cotangents: readonly (string | undefined)[];
  /** Whether anybody wants the gradient of an input. */
  readonly wants: readonly boolean[];
  /** Whether a value changes with what is differentiated by. */
  varies(name: string): boolean;
  /** The node that computes a value on the way that is differentiated; undefined for what is given, or asked for. */
  producer(name: string): NodeProto | undefined;
  /** Gives an optional output a name, so that the forward pass hands it over. */
  nameOutput(index: number): string;
  /** Puts another node in the place of this one, of the same results and more. */
  replace(node: NodeProto): void;
  /** The pass over the reference feeds, where there is one. */
  readonly references?: ReferencePass | undefined;
  /** Adds to the cotangent of a value that is no input: one that a branch reads from around it. */
  contribute(name: string, part: string): void;
  /** Values of other nodes that change with any of `from`, and carry a gradient. */
  active(build: GraphBuilder, nodes: readonly NodeProto[], from: Iterable<string>): ReadonlySet<string>;
  /**
   * Passes cotangents back through other nodes, by the same rules. Values given to these nodes that have a reference of their own stand
   * in `references` with its name.
   */
  backpropagate(
    build: GraphBuilder,
    nodes: readonly NodeProto[],
    seeds: Seeds,
    wrt: readonly string[],
    references?: ReadonlyMap<string, string>,
  ): PassedBack;
}

/** Value → its cotangent. */
export type Seeds = ReadonlyMap<string, string>;

/** The nodes with what they hand out besides, and the gradients that were found. */
export interface PassedBack {
  readonly nodes: readonly NodeProto[];
  readonly gradients: ReadonlyMap<string, string | undefined>;
}

/** One node whose cotangents are passed back. */
export class RuleCall {
  readonly build: GraphBuilder;
  readonly node: NodeProto;
  readonly attributes: Attributes;
  readonly cotangents: readonly (string | undefined)[];
  readonly #site: RuleSite;

  constructor(site: RuleSite) {
    this.#site = site;
    this.build = site.build;
    this.node = site.node;
    this.attributes = new Attributes(site.node);
    this.cotangents = site.cotangents;
  }

  /** The call of a rule on another node (one with other inputs, say), or with other cotangents. */
  with(changed: { readonly node?: NodeProto; readonly cotangents?: readonly (string | undefined)[] }): RuleCall {
    return new RuleCall({ ...this.#site, ...changed });
  }

  /** The cotangent of the first output. */
  get cotangent(): string {
    return this.cotangents[0] ?? this.build.zerosLike(this.output(0));
  }

  /** The name of an input that the operator always has. */
  input(index: number): string {
    const name = this.optional(index);
    if (name === undefined) throw this.refuse(`it lacks its input ${index}`);
    return name;
  }

  /** The name of an optional input, undefined where it is left out. */
  optional(index: number): string | undefined {
    const name = this.node.inputs[index];
    return name === "" ? undefined : name;
  }

  /** The name of an output; an optional one that was left out is computed from then on. */
  output(index: number): string {
    return this.#site.nameOutput(index);
  }

  wants(index: number): boolean {
    return this.#site.wants[index] ?? false;
  }

  /** Whether a value changes with what is differentiated by. */
  varies(name: string): boolean {
    return this.#site.varies(name);
  }

  /**
   * The node that computes a value, for rules that see what a value is made of; undefined for what is fed, constant or differentiated by:
   * a rule looks no further than these.
   */
  producer(name: string): NodeProto | undefined {
    return this.#site.producer(name);
  }

  /** The same value in the pass over the reference feeds (DeepLIFT); the value itself where it does not depend on them. */
  reference(name: string): string {
    return this.#site.references?.of(name) ?? name;
  }

  /** Puts another node in the place of this one: it has to make the same results, and may make more. */
  replace(node: NodeProto): void {
    this.#site.replace(node);
  }

  /** Values of other nodes that change with any of `from`, and carry a gradient. */
  active(build: GraphBuilder, nodes: readonly NodeProto[], from: Iterable<string>): ReadonlySet<string> {
    return this.#site.active(build, nodes, from);
  }

  /** Adds to the cotangent of a value that is no input: one that a branch reads from around it. */
  contribute(name: string, part: string): void {
    this.#site.contribute(name, part);
  }

  /**
   * Passes cotangents back through other nodes, by the same rules. Values given to these nodes that have a reference of their own stand
   * in `references` with its name.
   */
  backpropagate(
    build: GraphBuilder,
    nodes: readonly NodeProto[],
    seeds: Seeds,
    wrt: readonly string[],
    references?: ReadonlyMap<string, string>,
  ): PassedBack {
    return this.#site.backpropagate(build, nodes, seeds, wrt, references);
  }

  /** The number of axes of a value. @throws UnsupportedOpError where the file and the runtime do not tell it. */
  rank(name: string): number {
    const rank = this.build.rank(name);
    if (rank === undefined) throw this.refuse(`the number of axes of "${name}" is unknown`);
    return rank;
  }

  /** An attribute that is an axis, counted from the front. */
  axis(name: string, fallback: number, rank: number): number {
    const given = this.attributes.int(name, fallback);
    const axis = given < 0 ? given + rank : given;
    if (axis < 0 || axis >= rank) throw this.refuse(`its ${name} ${given} is none of ${rank} axes`);
    return axis;
  }

  /** The error of a node whose gradient cannot be written, `because` of something. */
  refuse(because: string): UnsupportedOpError {
    return unsupported(this.node, because, this.#site.nearest);
  }
}

/** The error of a node that the gradient cannot pass; `nearest` is the last value, seen from the objective, that has one. */
export function unsupported(node: NodeProto, because: string, nearest: string): UnsupportedOpError {
  return new UnsupportedOpError(
    `the gradient cannot pass ${describeNode(node)}: ${because}; the nearest value that has a gradient is "${nearest}": explain that one as a layer, or use a perturbation method`,
  );
}
