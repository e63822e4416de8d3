import type { NodeProto } from "../../onnx/proto.ts";
import { operatorKey, type RuleCall } from "../rule.ts";
import { activationRules } from "../rules/activation.ts";
import { indexingRules } from "../rules/indexing.ts";
import { shapeRules } from "../rules/shape.ts";

/** Operators that move elements and change none. */
export const moving: ReadonlySet<string> = new Set([
  ...Object.keys(shapeRules).filter((key) => key !== "CumSum"),
  ...Object.keys(indexingRules),
  "Cast",
  "CastLike",
  "Dropout",
  "Identity",
  "Where",
]);

/** Functions of one operand, element by element. */
export const pointwise: ReadonlySet<string> = new Set([
  ...Object.keys(activationRules),
  "Abs",
  "Acos",
  "Acosh",
  "Asin",
  "Asinh",
  "Atan",
  "Atanh",
  "Clip",
  "Cos",
  "Cosh",
  "Erf",
  "Exp",
  "Log",
  "Neg",
  "Pow",
  "Reciprocal",
  "Sin",
  "Sinh",
  "Sqrt",
  "Tan",
  "com.microsoft:Gelu",
  "com.microsoft:QuickGelu",
]);

/** Operators whose every element is made of the same elements of their operands. */
const elementwise: ReadonlySet<string> = new Set([
  ...pointwise,
  "Add",
  "Cast",
  "Div",
  "Dropout",
  "Identity",
  "Max",
  "Min",
  "Mul",
  "Sub",
  "Sum",
]);

/** What lies between a mean of squares and the factor or divisor of a normalisation. */
const ofScale: ReadonlySet<string> = new Set([
  "Add",
  "Cast",
  "Clip",
  "Div",
  "Expand",
  "Identity",
  "Max",
  "Mul",
  "Pow",
  "Reciprocal",
  "Sqrt",
]);

const reductions: ReadonlySet<string> = new Set(["ReduceL1", "ReduceL2", "ReduceMean", "ReduceSum", "ReduceSumSquare"]);

/** How many operators are looked through: more than any activation or normalisation is written in. */
const deepest = 16;

/**
 * The value that a product is a function of, element by element: `x` of `x · σ(x)`, and of a GELU that is written out. Undefined where
 * there is none: where the factors come from different values.
 */
export function elementwiseSource(call: RuleCall): string | undefined {
  const factors = [...new Set(call.node.inputs.filter((_, i) => call.wants(i)))];
  const [first] = factors;
  if (first === undefined) return undefined;
  const madeOf = (name: string, source: string, depth: number): boolean => {
    if (name === source || !call.varies(name)) return true;
    const node = depth > 0 ? call.producer(name) : undefined;
    if (node === undefined || !elementwise.has(operatorKey(node))) return false;
    return node.inputs.every((input) => input === "" || madeOf(input, source, depth - 1));
  };
  let candidates: readonly string[] = [first];
  for (let depth = 0; depth < deepest && candidates.length > 0; depth++) {
    const found = candidates.find((source) => factors.every((factor) => madeOf(factor, source, deepest)));
    if (found !== undefined) return isOfShape(call, found) ? found : undefined;
    candidates = [
      ...new Set(
        candidates.flatMap((name) => {
          const node = call.producer(name);
          return node !== undefined && elementwise.has(operatorKey(node))
            ? node.inputs.filter((input) => call.varies(input))
            : [];
        }),
      ),
    ];
  }
  return undefined;
}

/** Whether a value has the shape of the node's result for certain. */
function isOfShape(call: RuleCall, name: string): boolean {
  const [own, result] = [call.build.shape(name), call.build.shape(call.output(0))];
  return (
    own !== undefined &&
    result?.length === own.length &&
    own.every((size, axis) => size !== null && (size === result[axis] || (size === 1 && result[axis] === 1)))
  );
}

/**
 * Whether a product's factor, or a quotient's divisor, is the scale of a normalisation: a power of a sum or mean over elements, that is
 * divided by.
 */
export function isNormalScale(call: RuleCall, name: string, divides: boolean): boolean {
  let [at, inverted] = [name, divides];
  for (let depth = 0; depth < deepest; depth++) {
    const node = call.producer(at);
    if (node === undefined) return false;
    if (reductions.has(operatorKey(node))) return inverted;
    const varying = [...new Set(node.inputs.filter((input) => input !== "" && call.varies(input)))];
    if (!ofScale.has(operatorKey(node)) || varying.length !== 1) return false;
    at = varying[0]!;
    inverted ||= node.opType === "Reciprocal" || node.opType === "Pow" || (node.opType === "Div" && node.inputs[1] === at);
  }
  return false;
}

/** Whether a difference takes the mean of its first operand off it. */
export function isCentring(call: RuleCall): boolean {
  const past = (name: string): string => {
    const node = call.producer(name);
    return node !== undefined && (node.opType === "Cast" || node.opType === "Identity") ? past(node.inputs[0]!) : name;
  };
  const mean = call.producer(past(call.input(1)));
  return mean?.opType === "ReduceMean" && past(mean.inputs[0]!) === past(call.input(0));
}

/** Whether a value is a softmax, moved or scaled. */
export function isOfSoftmax(call: RuleCall, name: string): boolean {
  let at = name;
  for (let depth = 0; depth < deepest; depth++) {
    const node = call.producer(at);
    if (node === undefined) return false;
    if (node.opType === "Softmax") return true;
    if (!moving.has(operatorKey(node))) return false;
    at = node.inputs[node.opType === "Where" ? 1 : 0]!;
  }
  return false;
}

/**
 * The softmaxes whose results weigh other values that vary in a matrix product: the weights of attention. A softmax that ends a network is
 * none.
 */
export function attentionWeights(nodes: readonly NodeProto[], varies: (name: string) => boolean): ReadonlySet<string> {
  /** Value → the softmax it comes from. */
  const sources = new Map<string, string>();
  const found = new Set<string>();
  for (const node of nodes) {
    const [result] = node.outputs;
    if (result === undefined) continue;
    if (node.opType === "Softmax" && node.domain === "") sources.set(result, result);
    else if (moving.has(operatorKey(node))) {
      const source = node.inputs.map((input) => sources.get(input)).find((one) => one !== undefined);
      if (source !== undefined) for (const output of node.outputs) sources.set(output, source);
    } else if (node.opType === "MatMul" || node.opType === "Einsum")
      for (const input of node.inputs) {
        const source = sources.get(input);
        if (source !== undefined && node.inputs.some((other) => other !== input && varies(other))) found.add(source);
      }
  }
  return found;
}
