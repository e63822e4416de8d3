import {
  type AttentionRule,
  type GradientRules,
  HostTensor,
  hostBackend,
  type LinearRule,
  type Objective,
  type Shape,
  tensor,
  UnsupportedError,
  UnsupportedOpError,
} from "@attr/core";
import { sameShape, sizeOf, stridesOf } from "../naive/naive-tensor.ts";
import type { HostNode } from "./host-graph.ts";
import { denseConnections, linearRelevance } from "./linear-relevance.ts";

/** How an operation passes a cotangent back, by kind: what rules replace. */
export type BackwardStep =
  | { readonly kind: "linear"; readonly weight: readonly (readonly number[])[]; readonly bias?: readonly number[] | undefined }
  /** Element by element; a rectifier is an activation that guided backpropagation changes. */
  | { readonly kind: "rectifier" | "activation"; slope(x: HostTensor, y: HostTensor): HostTensor }
  | { readonly kind: "affine"; readonly scale: number }
  | { readonly kind: "reshape" | "sum" | "product" }
  /** An operation with a way back of its own, for cotangents and for relevance. */
  | {
      readonly kind: "own";
      cotangents(given: HostTensor, inputs: readonly HostTensor[], y: HostTensor): HostTensor[];
      relevances(given: HostTensor, inputs: readonly HostTensor[], y: HostTensor, attention: AttentionRule): HostTensor[];
      /** Linear operations pass DeepLIFT's multipliers as they pass cotangents. @defaultValue false */
      readonly linear?: boolean | undefined;
    }
  /** Any other operation that is linear in its operand, by its transpose. */
  | { readonly kind: "transpose"; transposed(cotangent: HostTensor): HostTensor };

interface Reverse {
  readonly nodes: readonly HostNode[];
  readonly fed: readonly string[];
  readonly objective: Objective;
  readonly wrt: readonly string[];
  readonly rules: GradientRules | undefined;
  evaluate(name: string): HostTensor;
  readonly reference: ((name: string) => HostTensor) | undefined;
}

const { add, sub, mul, div, matMul, transpose } = hostBackend;

/** Reverse mode over a host graph: cotangents (multipliers, relevances) of the values asked for. */
export function differentiate(reverse: Reverse): Record<string, HostTensor> {
  const { nodes, fed, objective, wrt, evaluate, rules } = reverse;
  const reaches = new Set(wrt);
  for (const node of nodes)
    if (!fed.includes(node.name) && node.inputs.some((input) => reaches.has(input))) reaches.add(node.name);
  const explained = evaluate(objective.value);
  const seed = seedOf(objective, explained);
  const back = new Map([[objective.value, rules?.kind === "lrp" ? mul(seed, explained) : seed]]);
  for (const node of [...nodes].reverse()) {
    const cotangent = back.get(node.name);
    if (cotangent === undefined || fed.includes(node.name) || !node.inputs.some((input) => reaches.has(input))) continue;
    if (node.backward === undefined) throw new UnsupportedOpError(`the operation that computes "${node.name}" has no derivative`);
    const parts =
      rules?.kind === "lrp"
        ? relevances(node, node.backward, cotangent, evaluate, {
            rule: rules.layers?.[node.name] ?? rules.linear,
            attention: rules.attention ?? "attnLrp",
          })
        : cotangents(node, node.backward, cotangent, reverse);
    node.inputs.forEach((input, i) => {
      const known = back.get(input);
      back.set(input, known === undefined ? parts[i]! : add(known, parts[i]!));
    });
  }
  return Object.fromEntries(
    wrt.map((name) => {
      const value = evaluate(name);
      return [name, back.get(name) ?? hostBackend.broadcastTo(tensor(0, value.dtype), value.shape)];
    }),
  );
}

function seedOf(objective: Objective, value: HostTensor): HostTensor {
  if ("cotangent" in objective) return objective.cotangent as HostTensor; // the host backend's own
  const strides = stridesOf(value.shape);
  const ones = new Float64Array(sizeOf(value.shape));
  objective.index.forEach((path, row) => {
    if (path.length !== value.shape.length - 1 && sizeOf(value.shape.slice(1)) !== 1)
      throw new UnsupportedError(`the path [${path}] is none into "${objective.value}"`);
    ones[path.reduce((sum, index, axis) => sum + index * strides[axis + 1]!, row * strides[0]!)] = 1;
  });
  return hostBackend.cast(new HostTensor(ones, value.shape, "float64"), value.dtype);
}

function cotangents(node: HostNode, step: BackwardStep, given: HostTensor, reverse: Reverse): HostTensor[] {
  const { evaluate, rules, reference } = reverse;
  const inputs = node.inputs.map(evaluate);
  const [x] = inputs;
  switch (step.kind) {
    case "linear":
      return [matMul(given, transpose(tensor(step.weight, given.dtype), [1, 0]))];
    case "affine":
      return [mul(given, tensor(step.scale, given.dtype))];
    case "reshape":
      return [hostBackend.reshape(given, x!.shape)];
    case "transpose":
      return [step.transposed(given)];
    case "sum":
      return inputs.map((input) => unbroadcast(given, input.shape));
    case "own":
      if (reference !== undefined && step.linear !== true)
        throw new UnsupportedOpError(`"${node.name}" has no DeepLIFT rule here`);
      return step.cotangents(given, inputs, evaluate(node.name));
    case "product":
      if (reference !== undefined) throw new UnsupportedOpError(`the product "${node.name}" has no DeepLIFT rule here`);
      return [unbroadcast(mul(given, inputs[1]!), x!.shape), unbroadcast(mul(given, x!), inputs[1]!.shape)];
    case "rectifier":
    case "activation": {
      const y = evaluate(node.name);
      const rectified = step.kind === "rectifier" && (rules?.kind === "guided" || rules?.kind === "deconvolution");
      const passed = rectified ? hostBackend.maximum(given, tensor(0, given.dtype)) : given;
      if (rectified && rules.kind === "deconvolution") return [passed];
      const slope = step.slope(x!, y);
      if (reference === undefined || rules?.kind !== "deepLift") return [mul(passed, slope)];
      const change = sub(x!, reference(node.inputs[0]!));
      const alike = hostBackend.less(hostBackend.abs(change), tensor(rules.epsilon ?? 1e-10, change.dtype));
      const one = tensor(1, change.dtype);
      const ratio = div(sub(y, reference(node.name)), hostBackend.where(alike, one, change));
      return [mul(passed, hostBackend.where(alike, slope, ratio))];
    }
  }
}

function relevances(
  node: HostNode,
  step: BackwardStep,
  given: HostTensor,
  evaluate: (name: string) => HostTensor,
  { rule, attention }: { readonly rule: LinearRule; readonly attention: AttentionRule },
): HostTensor[] {
  const inputs = node.inputs.map(evaluate);
  const [x] = inputs;
  switch (step.kind) {
    case "linear":
      return [linearRelevances(x!, step.weight, step.bias, given, rule)];
    case "reshape":
      return [hostBackend.reshape(given, x!.shape)];
    case "sum": {
      const share = div(given, stabilised(evaluate(node.name), undefined));
      return inputs.map((input) => unbroadcast(mul(input, share), input.shape));
    }
    case "affine":
    case "rectifier":
    case "activation":
      return [given];
    case "product":
      return inputs.map((input) => unbroadcast(mul(given, tensor(0.5, given.dtype)), input.shape));
    case "own":
      return step.relevances(given, inputs, evaluate(node.name), attention);
    case "transpose":
      throw new UnsupportedOpError(`"${node.name}" has no LRP rule here`);
  }
}

/** Example by example, by the rule's definition. */
function linearRelevances(
  x: HostTensor,
  weight: readonly (readonly number[])[],
  bias: readonly number[] | undefined,
  given: HostTensor,
  rule: LinearRule,
): HostTensor {
  const connections = denseConnections(weight);
  const [inputs, outputs] = [weight.length, weight[0]!.length];
  const data = new Float64Array(x.data.length);
  for (let row = 0; row * inputs < data.length; row++) {
    const part = (tensor: HostTensor, width: number): number[] =>
      [...tensor.data].slice(row * width, (row + 1) * width).map(Number);
    const offsets = bias ?? new Float64Array(outputs);
    data.set(linearRelevance(part(x, inputs), connections, offsets, part(given, outputs), rule).relevance, row * inputs);
  }
  return hostBackend.cast(new HostTensor(data, x.shape, "float64"), x.dtype);
}

/** Away from 0 by epsilon; 0 counts as positive. */
export function stabilised(z: HostTensor, epsilon = 1e-9): HostTensor {
  const [plus, minus] = [tensor(epsilon, z.dtype), tensor(-epsilon, z.dtype)];
  return add(z, hostBackend.where(hostBackend.less(z, tensor(0, z.dtype)), minus, plus));
}

/** What was repeated to a larger shape is summed up again. */
function unbroadcast(x: HostTensor, shape: Shape): HostTensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((length, axis) => (axis < extra || (shape[axis - extra] === 1 && length !== 1) ? [axis] : []));
  return hostBackend.reshape(hostBackend.sum(x, axes), shape);
}
