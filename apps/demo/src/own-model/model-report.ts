import type { ValueInfo } from "@attr/core";
import type { ModelGraph, NodeGradient } from "../graph/model-graph.ts";

/** How far a model can be differentiated. */
export interface GradientReport {
  /** The value differentiated. */
  readonly of: string | undefined;
  readonly operators: readonly { readonly operator: string; readonly count: number; readonly gradient: NodeGradient }[];
  readonly uncovered: readonly object[];
  readonly inputs: readonly {
    readonly input: string;
    readonly gradient: boolean;
    readonly because?: string | undefined;
    readonly nearest?: string | undefined;
  }[];
}

/** What a model's files hold. */
export interface ModelReport {
  readonly name: string;
  /** "ONNX file", "Layers model of TensorFlow.js". */
  readonly kind: string;
  readonly bytes: number;
  /** Operator sets, who made it. */
  readonly about: readonly string[];
  /** What runs it, in words. */
  readonly runsOn: string;
  readonly parameters: number;
  readonly notes: readonly string[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** What is computed between: the layers. */
  readonly inner: readonly ValueInfo[];
  readonly gradient: GradientReport;
  readonly graph: ModelGraph;
  /** What the places of an output stand for, where the files tell. */
  readonly labels?: readonly string[] | undefined;
}
