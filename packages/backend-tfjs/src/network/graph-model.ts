import { InvalidArgumentError } from "@attr/core";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import type { TfTensor } from "../runtime/tensor-flow.ts";

/** A node of a graph model as the converter's package maps it. What is written down is what is read. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly category: string;
  readonly inputNames: readonly string[];
  readonly inputs: readonly GraphNode[];
  readonly children: readonly GraphNode[];
  readonly inputParams: Readonly<Record<string, object>>;
  readonly attrParams: Readonly<Record<string, { readonly value?: unknown } | undefined>>;
  readonly rawAttrs?: object | undefined;
  readonly outputs?: readonly string[] | undefined;
  readonly signatureKey?: string | undefined;
}

export interface Graph {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  readonly inputs: readonly GraphNode[];
  readonly outputs: readonly GraphNode[];
  readonly weights: readonly GraphNode[];
  readonly placeholders: readonly GraphNode[];
  readonly initNodes?: readonly GraphNode[] | undefined;
  readonly functions?: object | undefined;
  readonly signature?: object | undefined;
}

export type Weights = Readonly<Record<string, readonly TfTensor[]>>;

/** What runs a graph, or any part of it. */
export interface GraphExecutor {
  readonly graph: Graph;
  weightMap: Weights;
  resourceManager: unknown;
  execute(feeds: Readonly<Record<string, TfTensor>>, fetches: readonly string[]): TfTensor[];
  executeAsync(feeds: Readonly<Record<string, TfTensor>>, fetches: readonly string[]): Promise<TfTensor[]>;
  /** Holds feeds to attributes of their nodes, which are those of the node's result only where it is a placeholder. */
  checkInputShapeAndType?(...parameters: readonly unknown[]): void;
  /** What runs the graph's functions: branches and loop bodies. */
  readonly functionExecutorMap?: Readonly<Record<string, GraphExecutor>>;
  /** A step of `executeAsync`; its fourth argument has the tensors computed so far. */
  processStack?(...parameters: readonly unknown[]): unknown;
}

interface SignatureEntry {
  readonly name: string;
  readonly dtype?: string | number | undefined;
  readonly tensorShape?: { readonly dim?: readonly { readonly size?: string | number }[] | undefined } | undefined;
}

/** The insides of a live graph model. */
export interface GraphModelParts {
  readonly executor: GraphExecutor;
  readonly makeExecutor: (graph: Graph, weights: Weights) => GraphExecutor;
  readonly signature: { readonly outputs?: Readonly<Record<string, SignatureEntry>> | undefined };
}

/**
 * The insides of a graph model: its nodes and what runs them, which the class keeps to itself.
 *
 * @throws InvalidArgumentError where they are not there.
 */
export function graphModelParts(model: GraphModel): GraphModelParts {
  // Fields of the class that its types hide; looked at below.
  const { executor, resourceManager, signature } = model as unknown as {
    readonly executor?: GraphExecutor;
    readonly resourceManager?: unknown;
    readonly signature?: GraphModelParts["signature"] | null;
  };
  if (executor?.graph?.nodes === undefined || typeof executor.execute !== "function")
    throw new InvalidArgumentError("the graph model is not loaded: its graph is missing");
  const Executor = executor.constructor as new (graph: Graph) => GraphExecutor; // the class it was made with
  return {
    executor,
    makeExecutor(graph, weights) {
      const made = new Executor(graph);
      made.weightMap = weights;
      made.resourceManager = resourceManager;
      made.checkInputShapeAndType = () => {};
      return made;
    },
    signature: signature ?? {},
  };
}

/** The node and the output that a name stands for: `split:1` is output 1 of `split`. */
export function parseName(name: string): readonly [node: string, output: number] {
  const parts = name.split(":");
  return parts.length === 1 ? [name, 0] : [parts[0]!, Number(parts.at(-1))];
}

/** Kinds of operations that decide while they run what is run, or how much comes out, or keep tables: all answer later. */
const waiting: ReadonlySet<string> = new Set(["control", "dynamic", "hash_table"]);

/** True for operations that need `executeAsync`. */
export function hasToWait(node: GraphNode): boolean {
  return waiting.has(node.category);
}
