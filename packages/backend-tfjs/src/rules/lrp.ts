import { formatShape, type GradientRules, InvalidArgumentError, type LinearRule } from "@attr/core";
import { type Passed, type PropagationRules, type Step, toOperands } from "../gradient/backpropagate.ts";
import { type Maker, operandsOf, type Tape, unsupported } from "../gradient/tape.ts";
import { unbroadcast } from "../repair/spatial.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { type Bias, biasAt, weightedKernels } from "./biases.ts";
import type { KernelCall, KernelCalls, Operands } from "./kernel-calls.ts";
import { epsilonOf, shared, shareOf, weightedRelevance } from "./linear-relevance.ts";
import { operands, pointwise } from "./pointwise.ts";
import { moving, TapeStructure } from "./tape-structure.ts";

type RelevanceRules = Extract<GradientRules, { readonly kind: "lrp" }>;

/** Sums, averages and scalings, which share relevance out by what each operand contributed. */
const summing: Operands = {
  Add: operands.binary,
  AddN: "list",
  AvgPool: operands.unary,
  AvgPool3D: operands.unary,
  Cumsum: operands.unary,
  FusedBatchNorm: operands.normalisation,
  Mean: operands.unary,
  ResizeBilinear: ["images"],
  Sum: operands.unary,
  UnsortedSegmentSum: operands.unary,
};

/** The kernels whose calls the rules look at. */
export const relevanceKernels: Operands = {
  ...summing,
  ...weightedKernels,
  Einsum: "list",
  Multiply: operands.binary,
  RealDiv: operands.binary,
  Softmax: operands.logits,
  SquaredDifference: operands.binary,
  Sub: operands.binary,
};

/** Extremes: relevance goes where the extreme is, as a gradient does. */
const choosing: ReadonlySet<string> = new Set(["Max", "MaxPool", "MaxPool3D", "Maximum", "Min", "Minimum"]);

/** What passes relevance as it is: functions of single elements, and a normalisation by neighbours. */
const passing: ReadonlySet<string> = new Set([...Object.keys(pointwise), "LRN", "Neg", "Square"]);

type Parts = Readonly<Record<string, TfTensor | undefined>>;

/**
 * Layer-wise relevance propagation. Operations with weights follow the linear rule, their bias with them; sums and averages share
 * relevance out by contributions (the epsilon rule); the rest is as AttnLRP has it, with the numbers of its propositions: a softmax is
 * expanded to first order at its operand (3.1), functions of single elements pass relevance as it is (3.2), products of two values that
 * carry relevance give half of it to each (3.3), and normalisations pass it as it is (3.4), the scale that they divide by being a constant.
 *
 * Bach et al., "On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation", 2015; Achtibat et
 * al., "AttnLRP: attention-aware layer-wise relevance propagation for transformers", 2024.
 */
export function relevanceRules(
  tf: TensorFlow,
  tape: Tape,
  by: readonly TfTensor[],
  calls: KernelCalls,
  rules: RelevanceRules,
): PropagationRules {
  const whole = new TapeStructure(tape, by);
  const constants = rules.attention === "cpLrp" ? whole.attentionWeights() : undefined;
  const structure = constants === undefined ? whole : new TapeStructure(tape, by, constants);
  /** Product → the bias that was found behind it. */
  const biases = new Map<number, Bias>();
  return {
    ...(constants === undefined ? {} : { constants: () => constants }),
    ruleOf: (step) => {
      const { position, maker } = step;
      const bias = biasAt(tf, tape, structure, calls, position);
      if (bias !== undefined) {
        biases.set(bias.product, bias);
        return passedOn(tf, step);
      }
      const own = ruleOf(maker, rules) ?? ruleOf(tape.makerOf(biases.get(position)?.sum ?? position), rules);
      return relevanceOf({ tf, step, structure, calls, own, rules, bias: biases.get(position) }) ?? refused(step);
    },
  };
}

/** The rule of its own that something has, by the name of a value that it makes. */
function ruleOf(maker: Maker | undefined, { layers = {} }: RelevanceRules): LinearRule | undefined {
  const name = maker?.values.find((value) => Object.hasOwn(layers, value));
  return name === undefined ? undefined : layers[name];
}

function refused({ node, maker }: Step): never {
  throw unsupported(node, maker, "has no rule of relevance propagation");
}

/** An operation whose relevance is asked for. */
interface Operation {
  readonly tf: TensorFlow;
  readonly step: Step;
  readonly structure: TapeStructure;
  readonly calls: KernelCalls;
  readonly own: LinearRule | undefined;
  readonly rules: RelevanceRules;
  readonly bias: Bias | undefined;
}

/** What goes back from an operation; undefined for a kernel without a rule. */
function relevanceOf(operation: Operation): readonly Passed[] | undefined {
  const { tf, step, calls, own } = operation;
  const { node, derivative } = step;
  const kernel = node.kernelName;
  const to = (parts: Parts): readonly Passed[] => toOperands(node, parts);
  if (moving.has(kernel) || choosing.has(kernel)) return to(derivative());
  if (passing.has(kernel)) return passedOn(tf, step);
  if (!Object.hasOwn(relevanceKernels, kernel)) return undefined;
  const call = calls.of(node);
  if (call === undefined) return to(derivative());
  if (Object.hasOwn(weightedKernels, kernel)) return to(weighted(operation, call));
  if (own?.rule === "identity" && (Object.hasOwn(summing, kernel) || kernel === "Multiply" || kernel === "Sub"))
    return passedOn(tf, step, false);
  const epsilon = epsilonOf(own);
  switch (kernel) {
    case "Add":
      return writtenOutNormalisation(operation, call) ?? to(shared(tf, step, call, { epsilon }));
    case "Einsum":
      return to(shared(tf, step, call, { epsilon, among: wantedOf(step).length }));
    case "FusedBatchNorm":
      return to(step.wants("mean") || step.wants("variance") ? normalised(operation, call) : shared(tf, step, call, { epsilon }));
    case "Multiply":
      return multiplied(operation, call, epsilon);
    case "RealDiv":
      return divided(operation, call, epsilon);
    case "Softmax":
      return to(softmax(operation, call));
    case "Sub":
    case "SquaredDifference": {
      if (step.wants("b") && operation.structure.isCentring(node)) return to({ a: step.cotangents[0] });
      // A square passes relevance as it is.
      const { a, b } = call.operands;
      const difference = kernel === "Sub" ? call.result : tf.sub(a!, b!);
      return to(differenceParts(operation, call, difference, epsilon));
    }
    default:
      return to(shared(tf, step, call, { epsilon }));
  }
}

function wantedOf({ node, wants }: Step): readonly string[] {
  return operandsOf(node).flatMap(([name]) => (wants(name) ? [name] : []));
}

/** What comes back as it is, summed up where an operand was repeated; `halves`: in equal parts where several operands carry relevance. */
function passedOn(tf: TensorFlow, step: Step, halves = true): readonly Passed[] {
  const wanted = wantedOf(step);
  const relevance = step.cotangents[0]!; // what passes relevance on has one result
  const part = halves && wanted.length > 1 ? tf.div(relevance, wanted.length) : relevance;
  return wanted.map((name) => {
    const to = step.node.inputs[name]!;
    if (to.size > part.size)
      throw new InvalidArgumentError(
        `the rule "identity" of ${step.maker?.what ?? step.node.kernelName} needs an operand and a result of one shape, got ${formatShape(to.shape)} and ${formatShape(part.shape)}`,
      );
    return { to, part: unbroadcast(tf, part, to.shape) };
  });
}

function weighted(operation: Operation, call: KernelCall): Parts {
  const { tf, step, structure, own, rules, bias } = operation;
  const { node } = step;
  const [first, second] = weightedKernels[node.kernelName]!;
  const added = bias?.value();
  const offset = added !== undefined && call.bias !== undefined ? tf.add(added, call.bias) : (added ?? call.bias);
  if (step.wants(first) && step.wants(second)) {
    const z = offset === undefined ? call.result : tf.add(call.result, offset);
    return shared(tf, step, call, { epsilon: epsilonOf(own), z, among: 2 });
  }
  const [operand, weights] = step.wants(first) ? [first, second] : [second, first];
  // Weights of attention are no weights of a layer, constant as they may be.
  const attends = structure.isOfSoftmax(node.inputs[weights]!);
  const rule: LinearRule = own ?? (attends ? { rule: "epsilon" } : rules.linear);
  return { [operand]: weightedRelevance(tf, { step, call, operand, weights, bias: offset }, rule) };
}

function differenceParts({ tf, step }: Operation, { operands }: KernelCall, difference: TfTensor, epsilon: number): Parts {
  const share = shareOf(tf, step.cotangents[0]!, difference, epsilon);
  const { a, b } = operands;
  return {
    a: step.wants("a") ? tf.mul(a!, unbroadcast(tf, share, a!.shape)) : undefined,
    b: step.wants("b") ? tf.neg(tf.mul(b!, unbroadcast(tf, share, b!.shape))) : undefined,
  };
}

/** Proposition 3.4, less what the bias takes by the epsilon rule. */
function normalised({ tf, step }: Operation, { operands, result, attributes }: KernelCall): Parts {
  const { x, mean, variance, scale } = operands;
  const { varianceEpsilon } = attributes as { readonly varianceEpsilon: number }; // the kernel's
  const standard = tf.mul(tf.sub(x!, mean!), tf.rsqrt(tf.add(variance!, varianceEpsilon)));
  const scaled = scale === undefined ? standard : tf.mul(standard, scale);
  return { x: step.wants("x") ? tf.mul(scaled, shareOf(tf, step.cotangents[0]!, result)) : undefined };
}

/** The same where it is written out as a sum. */
function writtenOutNormalisation({ tf, step, structure, calls }: Operation, call: KernelCall): readonly Passed[] | undefined {
  const found = structure.normalised(step.node);
  if (found === undefined) return undefined;
  const offset = calls.of(found.shift)?.operands["a"];
  const scaled = offset === undefined ? call.result : tf.sub(call.result, offset);
  const part = tf.mul(scaled, shareOf(tf, step.cotangents[0]!, call.result));
  return [{ to: found.x, part: unbroadcast(tf, part, found.x.shape) }];
}

/** Propositions 3.2 to 3.4, by what the factors are made of. */
function multiplied({ tf, step, structure }: Operation, call: KernelCall, epsilon: number): readonly Passed[] {
  const { node } = step;
  const relevance = step.cotangents[0]!;
  if (!step.wants("a") || !step.wants("b")) return toOperands(node, shared(tf, step, call, { epsilon }));
  const source = structure.elementwiseSource(node);
  if (source !== undefined) return [{ to: source, part: relevance }];
  const [a, b] = [node.inputs["a"]!, node.inputs["b"]!];
  if (structure.isNormalScale(b, false)) return [{ to: a, part: unbroadcast(tf, relevance, a.shape) }];
  if (structure.isNormalScale(a, false)) return [{ to: b, part: unbroadcast(tf, relevance, b.shape) }];
  return toOperands(node, shared(tf, step, call, { epsilon, among: 2 }));
}

/** a / b as the product of a and 1/b, which is a function of b's single elements. */
function divided({ tf, step, structure }: Operation, call: KernelCall, epsilon: number): readonly Passed[] {
  const { node } = step;
  if (!step.wants("b")) return toOperands(node, shared(tf, step, call, { epsilon }));
  if (!step.wants("a")) return passedOn(tf, step);
  const relevance = step.cotangents[0]!;
  const source = structure.elementwiseSource(node);
  if (source !== undefined) return [{ to: source, part: relevance }];
  const [a, b] = [node.inputs["a"]!, node.inputs["b"]!];
  return structure.isNormalScale(b, true) ? [{ to: a, part: unbroadcast(tf, relevance, a.shape) }] : passedOn(tf, step);
}

/**
 * Proposition 3.1: σ(x)_i passes x_i · (R_i − σ_i · Σ R) on. What the expansion has besides, σ(x) − J·x, is a bias: its part of the
 * relevance ends here. Where the softmax is 0 nothing came from, be x however low.
 */
function softmax({ tf, step }: Operation, { operands, result }: KernelCall): Parts {
  const relevance = step.cotangents[0]!;
  const x = operands["logits"]!;
  const counted = tf.where(tf.equal(result, 0), tf.zerosLike(x), x);
  return { logits: tf.mul(counted, tf.sub(relevance, tf.mul(result, tf.sum(relevance, -1, true)))) };
}
