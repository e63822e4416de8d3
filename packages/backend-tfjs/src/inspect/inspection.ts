import type { ValueInfo } from "@attr/core";

/** What the gradient does at an operator: it passes, ends because the result moves in steps or has no floats, or cannot be taken. */
export type TfjsOperatorGradient = "rule" | "flat" | "none";

/** One thing that a model does: a call of a layer, or a node of a graph. */
export interface TfjsNode {
  readonly name: string;
  /** A layer's class ("Conv2D") or a node's operation ("_FusedMatMul"). */
  readonly operator: string;
  /** Names of the values that it reads; weights are not among them. */
  readonly inputs: readonly string[];
  /** Names of the values that it makes. */
  readonly outputs: readonly string[];
  /** Its settings, as people read them. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Numbers in the weights that it reads. */
  readonly parameters: number;
}

/** A node, and whether the gradient passes it. */
export interface InspectedTfjsNode extends TfjsNode {
  readonly gradient: TfjsOperatorGradient;
  /** Why it does not. */
  readonly because?: string | undefined;
}

/** An operator of a model: how often it occurs, and what the gradient does there at worst. */
export interface TfjsOperatorCoverage {
  readonly operator: string;
  readonly count: number;
  readonly gradient: TfjsOperatorGradient;
}

/** Whether a model can be differentiated by one of its inputs. */
export interface TfjsInputCoverage {
  readonly input: string;
  readonly gradient: boolean;
  /** Why not. */
  readonly because?: string | undefined;
  /** The first value computed from the input that can be differentiated by; absent where there is none. */
  readonly nearest?: string | undefined;
}

/** How far a model can be differentiated. */
export interface TfjsGradientCoverage {
  /** The value differentiated; undefined where no output holds floats, or nothing could be run. */
  readonly of: string | undefined;
  /** By name. */
  readonly operators: readonly TfjsOperatorCoverage[];
  /** Nodes that no gradient passes, in the order they are computed. */
  readonly uncovered: readonly {
    readonly node: string;
    readonly operator: string;
    readonly result: string;
    readonly because?: string | undefined;
  }[];
  readonly inputs: readonly TfjsInputCoverage[];
}

/** What a model holds, and how far it can be differentiated. */
export interface TfjsInspection {
  readonly format: "layers-model" | "graph-model";
  /** Numbers in all its weights; those of a layer that is called twice count once. */
  readonly parameters: number;
  /** In the order they are computed. */
  readonly nodes: readonly InspectedTfjsNode[];
  /** Every value that can be fetched, with the shapes and types that the trial found where the file does not state them. */
  readonly values: readonly ValueInfo[];
  readonly gradient: TfjsGradientCoverage;
}
