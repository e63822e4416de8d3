import { InvalidArgumentError, UnsupportedError } from "@attr/core";
import { gradientModel } from "../gradient/gradient-model.ts";
import { operatorKind } from "../gradient/operators.ts";
import { upgrade } from "../gradient/rewriting/upgrade.ts";
import { operatorKey } from "../gradient/rule.ts";
import { type GraphIndex, indexGraph } from "../graph/graph-index.ts";
import { tidy } from "../graph/tidy.ts";
import type { ModelProto, NodeProto } from "../onnx/proto.ts";
import { type OperatorGradient, operatorGradient } from "./operator-gradient.ts";

/** An operator of a model: how often it occurs, and what the gradient does there. */
export interface OperatorCoverage {
  /** The standard set's by name ("Conv"), others by domain and name ("com.microsoft:Gelu"). */
  readonly operator: string;
  readonly count: number;
  readonly gradient: OperatorGradient;
}

/** A node whose operator has no gradient rule. */
export interface UncoveredNode {
  readonly node: string;
  readonly operator: string;
  /** Its first result, which can be differentiated by where the rest of the way has rules. */
  readonly result: string;
  /** Why its operator has no rule, where that lies in the operator itself. */
  readonly because?: string | undefined;
}

/** Whether a model can be differentiated by one of its inputs. */
export interface InputCoverage {
  readonly input: string;
  readonly gradient: boolean;
  /** Why not. */
  readonly because?: string | undefined;
  /** The first value computed from the input that can be differentiated by; absent where there is none. */
  readonly nearest?: string | undefined;
}

/** How far a model can be differentiated. */
export interface GradientCoverage {
  /** The value differentiated; undefined where no output can hold floats. */
  readonly of: string | undefined;
  /** By name. */
  readonly operators: readonly OperatorCoverage[];
  /** Nodes without a rule, in the order they are computed; they matter where they lie between what is differentiated by what. */
  readonly uncovered: readonly UncoveredNode[];
  readonly inputs: readonly InputCoverage[];
}

/**
 * Tells before anything is run which operators of a model have a gradient rule, and for every input whether the output can be
 * differentiated by it, else from which value on. Every yes is a backward pass that was written as a trial; nothing is run.
 *
 * Types and shapes are those that the file states and what follows from them: what is known beside them can be added to its `valueInfos`.
 *
 * @param options.of the value to differentiate. Default: the first output that can hold floats.
 * @throws InvalidArgumentError where the graph makes no sense, or it has no value `of`.
 */
export function gradientCoverage(model: ModelProto, options: { readonly of?: string | undefined } = {}): GradientCoverage {
  const clean = tidy(model);
  const original = indexGraph(clean);
  const codes = elementCodes(clean);
  const isFloat = (name: string): boolean => floats.has(codes.get(name) ?? 1);
  if (options.of !== undefined && !original.values.includes(options.of))
    throw new InvalidArgumentError(`the model has no value "${options.of}"; its outputs are ${outputNames(clean).join(", ")}`);
  const of = options.of ?? outputNames(clean).find((name) => isFloat(name) && original.producers.has(name));
  let index: GraphIndex;
  try {
    index = indexGraph(upgrade(clean));
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    const { message: because } = error;
    const none = (node: NodeProto): OperatorGradient => (operatorGradient(operatorKey(node)) === "flat" ? "flat" : "none");
    return {
      of,
      ...nodesCovered(original, none),
      inputs: original.inputs.map((input) => ({ input, gradient: false, because })),
    };
  }
  const known = new Set([...original.values, ...original.constants.keys(), ...original.sparseConstants]);
  const gradientAt = (node: NodeProto): OperatorGradient => gradientThrough(index, node, known);
  const covered = nodesCovered(original, gradientAt);
  if (of === undefined)
    return {
      of,
      ...covered,
      inputs: original.inputs.map((input) => ({ input, gradient: false, because: "no output of the model holds floats" })),
    };
  const question: Question = { clean, original, index, of, isFloat, open: openValues(index, of, isFloat) };
  return { of, ...covered, inputs: original.inputs.map((input) => inputCoverage(question, input)) };
}

/**
 * What the gradient does at a node of the file, judged by what stands for it in the operator set of the rules: a node in today's form, or
 * all those of a function that the file defines.
 */
function gradientThrough(index: GraphIndex, node: NodeProto, known: ReadonlySet<string>): OperatorGradient {
  const places = new Set<number>();
  const pending = node.outputs.filter((output) => output !== "");
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const place = index.producers.get(name);
    if (place === undefined || places.has(place)) continue;
    places.add(place);
    for (const read of index.reads[place]!) if (!known.has(read)) pending.push(read);
  }
  const gradients = new Set([...places].map((place) => operatorGradient(operatorKey(index.nodes[place]!))));
  // Of lists of arrays that are resolved nothing is left.
  if (gradients.size === 0) return operatorGradient(operatorKey(node)) === "flat" ? "flat" : "rule";
  return gradients.has("none") ? "none" : gradients.has("rule") ? "rule" : "flat";
}

interface Question {
  readonly clean: ModelProto;
  readonly original: GraphIndex;
  /** In the operator set of the rules. */
  readonly index: GraphIndex;
  readonly of: string;
  readonly isFloat: (name: string) => boolean;
  /** Values from which all of the way to `of` has rules. */
  readonly open: ReadonlySet<string>;
}

const floats: ReadonlySet<number> = new Set([1, 10, 11, 16]);

function outputNames(model: ModelProto): readonly string[] {
  return model.graph.outputs.map(({ name }) => name);
}

function elementCodes(model: ModelProto): ReadonlyMap<string, number> {
  const { inputs, outputs, valueInfos } = model.graph;
  const codes = new Map<string, number>();
  for (const { name, type } of [...valueInfos, ...inputs, ...outputs]) {
    const code = type?.tensorType?.elemType;
    if (code !== undefined && code !== 0) codes.set(name, code);
  }
  return codes;
}

function nodesCovered(
  index: GraphIndex,
  gradientAt: (node: NodeProto) => OperatorGradient,
): Pick<GradientCoverage, "operators" | "uncovered"> {
  const operators = new Map<string, OperatorCoverage>();
  const uncovered: UncoveredNode[] = [];
  for (const node of index.nodes) {
    const operator = operatorKey({ ...node, domain: node.domain === "ai.onnx" ? "" : node.domain });
    const gradient = gradientAt(node);
    operators.set(operator, { operator, count: (operators.get(operator)?.count ?? 0) + 1, gradient });
    const result = node.outputs.find((output) => output !== "") ?? "";
    if (gradient !== "none") continue;
    const kind = operatorKind(operator);
    const because = kind.kind === "none" ? { because: kind.because } : {};
    uncovered.push({ node: node.name === "" ? result : node.name, operator, result, ...because });
  }
  return { operators: [...operators.values()].sort((a, b) => (a.operator < b.operator ? -1 : 1)), uncovered };
}

/** What `of` is computed from through nodes that all have rules; where the gradient ends, nothing is in the way. */
function openValues(index: GraphIndex, of: string, isFloat: (name: string) => boolean): ReadonlySet<string> {
  const reaching = new Set([of]);
  const blocked = new Set<string>();
  for (let at = index.nodes.length - 1; at >= 0; at--) {
    const node = index.nodes[at]!;
    const used = node.outputs.filter((output) => reaching.has(output) && isFloat(output));
    const gradient = operatorGradient(operatorKey(node));
    if (used.length === 0 || gradient === "flat") continue;
    const closed = gradient === "none" || used.some((output) => blocked.has(output));
    for (const name of index.reads[at]!) {
      reaching.add(name);
      if (closed) blocked.add(name);
    }
  }
  return new Set([...reaching].filter((name) => !blocked.has(name)));
}

function inputCoverage(question: Question, input: string): InputCoverage {
  const { of, isFloat } = question;
  let because = "it holds no floats";
  if (isFloat(input)) {
    const refusal = refusalOf(question, input);
    if (refusal === undefined) {
      const reaches = downstream(question, input).includes(of);
      if (reaches) return { input, gradient: true };
      return { input, gradient: false, because: `"${of}" does not depend on it` };
    }
    because = refusal;
  }
  return { input, gradient: false, because, nearest: nearestValue(question, input) };
}

/** The first of the values computed from an input by which a backward pass can be written. */
function nearestValue(question: Question, input: string): string | undefined {
  const { original, open, isFloat, of } = question;
  const known = new Set(original.values);
  const candidates = downstream(question, input).filter(
    (name) => name !== input && name !== of && known.has(name) && open.has(name) && isFloat(name),
  );
  const works = (place: number): boolean => refusalOf(question, candidates[place]!) === undefined;
  if (candidates.length === 0) return undefined;
  if (works(0)) return candidates[0];
  // What is nearer to the output has less of the way to go, so the first that works is found by halving.
  let [failing, working] = [0, candidates.length - 1];
  if (!works(working)) return undefined;
  while (working - failing > 1) {
    const middle = (failing + working) >> 1;
    if (works(middle)) working = middle;
    else failing = middle;
  }
  return candidates[working];
}

/** What is computed from a value, in that order. Its shape alone tells nothing of it. */
function downstream({ index }: Question, from: string): readonly string[] {
  const reached = new Set([from]);
  index.nodes.forEach((node, at) => {
    if (node.domain === "" && (node.opType === "Shape" || node.opType === "Size")) return;
    for (const name of index.reads[at]!)
      if (reached.has(name)) {
        for (const output of node.outputs) if (output !== "") reached.add(output);
        return;
      }
  });
  return [...reached];
}

/** Why the output cannot be differentiated by a value; undefined where it can. */
function refusalOf({ clean, of }: Question, value: string): string | undefined {
  try {
    gradientModel(clean, { of, wrt: [value] });
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError || error instanceof InvalidArgumentError) return error.message;
    throw error;
  }
}
