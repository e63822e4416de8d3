import type { ValueInfo } from "@attr/core";

/** What the gradient does at a node: it passes, ends there, or has no rule. */
export type NodeGradient = "rule" | "flat" | "none";

/** One thing that a model computes. */
export interface GraphNode {
  /** Unlike that of any other node. Scopes are cut by slashes. */
  readonly name: string;
  readonly operator: string;
  /** Names of the values that it reads; weights are not among them. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  /** Numbers in the weights that it reads. */
  readonly parameters: number;
  readonly gradient: NodeGradient;
  readonly because?: string | undefined;
}

/** A model's graph, whatever kind of file it came in. */
export interface ModelGraph {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** In the order they are computed. */
  readonly nodes: readonly GraphNode[];
  /** What is known of values, by name. */
  readonly values: Readonly<Record<string, ValueInfo>>;
}
