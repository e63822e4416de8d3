import { formatShape, sameShape, UnsupportedOpError } from "@attr/core";
import { derivativeOf, type PropagationRules, type Step, toOperands } from "../gradient/backpropagate.ts";
import { operandsOf, type Tape, type TapeNode } from "../gradient/tape.ts";
import { unbroadcast } from "../repair/spatial.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { fusedProduct } from "./fused-product.ts";
import type { KernelCall, KernelCalls, Operands } from "./kernel-calls.ts";
import { operands, pointwise } from "./pointwise.ts";

/**
 * Functions that are smooth everywhere, at the scale of 1. Of a small difference of their values rounding leaves few digits; there the
 * slope in the middle is nearer to the quotient.
 */
const smooth: ReadonlySet<string> = new Set([
  ...["Asinh", "Atan", "Cos", "Cosh", "Erf", "Exp", "Expm1", "Sigmoid", "Sin", "Sinh", "Softplus", "Tanh"],
]);

/** Operands nearer to each other than this lose more digits in the quotient than the slope in the middle is off: about ∛ of rounding. */
const nearness = 2 ** -7;

/** Products and squares: the mean of the derivatives at both ends is exactly what the result differs over what the operands do. */
const quadratic: ReadonlySet<string> = new Set([
  ...["Multiply", "Square", "SquaredDifference", "BatchMatMul", "Einsum", fusedProduct],
  ...["Conv2D", "DepthwiseConv2dNative", "Conv3D", "Conv2DBackpropInput"],
]);

/** The kernels whose calls the rules look at. */
export const deepLiftKernels: Operands = {
  ...Object.fromEntries(Object.entries(pointwise).map(([kernel, operand]) => [kernel, [operand]])),
  FusedBatchNorm: operands.normalisation,
  Max: operands.unary,
  MaxPool: operands.unary,
  MaxPool3D: operands.unary,
  Maximum: operands.binary,
  Min: operands.unary,
  Minimum: operands.binary,
  RealDiv: operands.binary,
  Softmax: operands.logits,
};

/** An operation at the feeds and at their reference. */
interface Comparison {
  readonly tf: TensorFlow;
  readonly step: Step;
  readonly cotangent: TfTensor;
  readonly epsilon: number;
  /** Whether an operand is another one at the reference. */
  differs(operand: string): boolean;
  /** The derivative at the reference. */
  readonly derivativeThere: Step["derivative"];
  readonly here: KernelCall;
  readonly there: KernelCall;
}

type Parts = Readonly<Record<string, TfTensor | undefined>>;

/**
 * DeepLIFT's multipliers (the rescale rule): what a result differs from its reference, over what its operand differs. For pooled maxima,
 * products and normalisations the rules are such that multipliers times differences add up to the result's difference, so that the whole
 * is complete. Operations without a rule here pass the true derivative; the linear ones are complete with it. Where a smooth function's
 * operand differs by little, the slope in the middle stands for the quotient of two small differences.
 *
 * Shrikumar, Greenside and Kundaje, "Learning important features through propagating activation differences", 2017.
 *
 * @param tapes the same operations at the feeds and at their reference.
 * @param fed the tensors of the feeds that have a reference.
 * @throws UnsupportedOpError where the operations at the reference are others.
 */
export function deepLiftRules(
  tf: TensorFlow,
  tapes: { readonly here: Tape; readonly there: Tape },
  fed: readonly TfTensor[],
  calls: KernelCalls,
  epsilon: number,
): PropagationRules {
  const { here, there } = tapes;
  checkAlike(here, there);
  const differing = new Set(fed.map(({ id }) => id));
  for (const node of here.nodes)
    if (operandsOf(node).some(([, { id }]) => differing.has(id))) for (const { id } of node.outputs) differing.add(id);
  return {
    ruleOf: (step) => {
      const { node, position } = step;
      const differs = (name: string): boolean => differing.has(node.inputs[name]?.id ?? Number.NaN);
      // Where nothing differs there is nothing to compare.
      if (!Object.keys(node.inputs).some(differs)) return undefined;
      const reference = there.nodes[position]!;
      const wanted = operandsOf(node).flatMap(([name]) => (step.wants(name) ? [name] : []));
      const derivativeThere: Step["derivative"] = (cotangents = step.cotangents) =>
        derivativeOf(tf, reference, step.maker, cotangents, wanted);
      if (quadratic.has(node.kernelName)) {
        const others = operandsOf(node).some(([name]) => differs(name) && wanted.some((one) => one !== name));
        if (!others && node.kernelName !== "Square") return undefined;
        return toOperands(node, mean(tf, step.derivative(), derivativeThere()));
      }
      const rule = ruleFor(node);
      const [own, other] = [rule && calls.of(node), rule && calls.of(reference)];
      if (rule === undefined || own === undefined || other === undefined) return undefined;
      const cotangent = step.cotangents[0]!; // kernels that are looked at have one result
      const parts = rule({ tf, step, cotangent, epsilon, differs, derivativeThere, here: own, there: other });
      return toOperands(node, Object.fromEntries(Object.entries(parts).filter(([name]) => step.wants(name))));
    },
  };
}

/** @throws UnsupportedOpError naming the first operation that is another one at the reference. */
function checkAlike(here: Tape, there: Tape): void {
  const refuse = (position: number, why: string): UnsupportedOpError => {
    const { what } = here.makerOf(position) ?? there.makerOf(position) ?? { what: "the model" };
    return new UnsupportedOpError(
      `${what} runs other operations at rules.reference than at the feeds (${why}), so DeepLIFT cannot compare them`,
    );
  };
  const count = Math.min(here.nodes.length, there.nodes.length);
  for (let i = 0; i < count; i++) {
    const [one, other] = [here.nodes[i]!, there.nodes[i]!];
    if (one.kernelName !== other.kernelName) throw refuse(i, `${other.kernelName} in place of ${one.kernelName}`);
    for (const [at, output] of one.outputs.entries()) {
      const shape = other.outputs[at]?.shape ?? [];
      if (!sameShape(output.shape, shape))
        throw refuse(i, `${one.kernelName} gives ${formatShape(shape)} in place of ${formatShape(output.shape)}`);
    }
  }
  if (here.nodes.length !== there.nodes.length)
    throw refuse(count - 1, `${there.nodes.length} of them in place of ${here.nodes.length}`);
}

function mean(tf: TensorFlow, a: Parts, b: Parts): Parts {
  return Object.fromEntries(Object.keys(a).map((name) => [name, half(tf, tf.add(a[name]!, b[name]!))]));
}

function half(tf: TensorFlow, x: TfTensor): TfTensor {
  return tf.mul(x, 0.5);
}

function ruleFor({ kernelName }: TapeNode): ((comparison: Comparison) => Parts) | undefined {
  const operand = pointwise[kernelName];
  return operand !== undefined ? (comparison) => rescale(comparison, operand) : others[kernelName];
}

/** `numerator / difference`, and `otherwise` where the difference is next to nothing, or that of two infinite values. */
function quotient({ tf }: Comparison, numerator: TfTensor, difference: TfTensor, otherwise: TfTensor, epsilon: number): TfTensor {
  const apart = tf.greaterEqual(tf.abs(difference), epsilon);
  return tf.where(apart, tf.div(numerator, tf.where(apart, difference, tf.onesLike(difference))), otherwise);
}

function rescale(comparison: Comparison, operand: string): Parts {
  const { tf, step, cotangent, here, there, epsilon } = comparison;
  const { node } = step;
  // An exponent or slope that differs as well is none of an element's own.
  if (Object.keys(node.inputs).some((name) => name !== operand && comparison.differs(name))) return step.derivative();
  const [x, reference] = [here.operands[operand]!, there.operands[operand]!];
  const change = tf.sub(x, reference);
  const part = unbroadcast(tf, tf.mul(cotangent, tf.sub(here.result, there.result)), x.shape);
  if (smooth.has(node.kernelName)) {
    const middle = here.run({ [operand]: half(tf, tf.add(x, reference)) }).back(cotangent, operand);
    return { [operand]: quotient(comparison, part, change, middle, Math.max(epsilon, nearness)) };
  }
  const plain = step.derivative();
  const otherwise = plain[operand];
  if (otherwise === undefined) return plain;
  return { ...plain, [operand]: quotient(comparison, part, change, otherwise, epsilon) };
}

/** a/b as the product of a and 1/b; 1/b differs by −(b − b')/(b·b'). */
function ratio({ tf, step, cotangent, here, there }: Comparison): Parts {
  const [a, b] = [here.operands["a"]!, here.operands["b"]!];
  const [a0, b0] = [there.operands["a"]!, there.operands["b"]!];
  const between = half(tf, tf.add(tf.reciprocal(b), tf.reciprocal(b0)));
  const toDivisor = (): TfTensor => tf.neg(tf.div(tf.mul(cotangent, half(tf, tf.add(a, a0))), tf.mul(b, b0)));
  return {
    a: step.wants("a") ? unbroadcast(tf, tf.mul(cotangent, between), a.shape) : undefined,
    b: step.wants("b") ? unbroadcast(tf, toDivisor(), b.shape) : undefined,
  };
}

/**
 * max(a, b) = b + relu(a − b) = a + relu(b − a): the rescale rule of the rectifier gives what passes to each, whichever way it is written.
 * So does min(a, b) = a − relu(a − b).
 */
function extremum(comparison: Comparison, largest: boolean): Parts {
  const { tf, cotangent, here, there, epsilon } = comparison;
  const [a, b] = [here.operands["a"]!, here.operands["b"]!];
  const ahead = tf.sub(a, b);
  const before = tf.sub(there.operands["a"]!, there.operands["b"]!);
  const risen = tf.sub(tf.relu(ahead), tf.relu(before));
  const slope = tf.cast(tf.greater(ahead, 0), "float32");
  const rising = quotient(comparison, risen, tf.sub(ahead, before), slope, epsilon);
  const flat = tf.sub(1, rising);
  const [toA, toB] = largest ? [rising, flat] : [flat, rising];
  return {
    a: unbroadcast(tf, tf.mul(cotangent, toA), a.shape),
    b: unbroadcast(tf, tf.mul(cotangent, toB), b.shape),
  };
}

/**
 * A pooled maximum rises from its reference to the higher of both where the operand's maximum lies, and from there to its value where the
 * reference's maximum lies: at each of the two places the change of the operand is at least as large.
 */
function pooledMaximum(comparison: Comparison): Parts {
  const { tf, step, cotangent, here, there, epsilon } = comparison;
  const higher = tf.maximum(here.result, there.result);
  const risen = step.derivative([tf.mul(cotangent, tf.sub(higher, there.result))])["x"]!;
  const fallen = comparison.derivativeThere([tf.mul(cotangent, tf.sub(here.result, higher))])["x"]!;
  const change = tf.sub(here.operands["x"]!, there.operands["x"]!);
  return { x: quotient(comparison, tf.add(risen, fallen), change, step.derivative()["x"]!, epsilon) };
}

/** The same for an extreme over axes, shared out among the places that attain it. */
function reducedExtremum(comparison: Comparison, largest: boolean): Parts {
  const { tf, step, cotangent, here, there, epsilon } = comparison;
  const [x, reference] = [here.operands["x"]!, there.operands["x"]!];
  const { reductionIndices, axis = reductionIndices } = here.attributes as Readonly<Record<string, number | number[]>>; // the kernels'
  const axes = tf.util.parseAxisParam(axis!, x.shape);
  const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const [y, y0, given] = [here.result, there.result, cotangent].map((value) => tf.reshape(value, kept)) as [
    TfTensor,
    TfTensor,
    TfTensor,
  ]; // as many
  const share = (value: TfTensor, top: TfTensor, part: TfTensor): TfTensor => {
    const hits = tf.cast(tf.equal(value, top), "float32");
    return tf.mul(hits, tf.div(part, tf.sum(hits, axes, true)));
  };
  const between = largest ? tf.maximum(y, y0) : tf.minimum(y, y0);
  const toOwn = share(x, y, tf.mul(given, tf.sub(between, y0)));
  const toOther = share(reference, y0, tf.mul(given, tf.sub(y, between)));
  const change = tf.sub(x, reference);
  return { x: quotient(comparison, tf.add(toOwn, toOther), change, step.derivative()["x"]!, epsilon) };
}

/**
 * exp(x − c) over its sum S, where c is the same for x and its reference: exponential, sum and quotient one after the other. With y and y'
 * for the results that is half of (dy − Σ dy·y')/S + (dy − Σ dy·y)/S', times what the exponentials differ over what x does.
 */
function softmax(comparison: Comparison): Parts {
  const { tf, cotangent, here, there, epsilon } = comparison;
  const [x, reference] = [here.operands["logits"]!, there.operands["logits"]!];
  const top = tf.max(tf.maximum(x, reference), -1, true);
  const [own, other] = [tf.exp(tf.sub(x, top)), tf.exp(tf.sub(reference, top))];
  const [sum, sum0] = [tf.sum(own, -1, true), tf.sum(other, -1, true)];
  // Less its average. Where S is far from S' the average may differ by little from the cotangent at the largest result: it is taken off that.
  const centred = (y: TfTensor): TfTensor => {
    const largest = tf.equal(y, tf.max(y, -1, true));
    const given = tf.max(tf.where(largest, cotangent, tf.fill(y.shape, Number.NEGATIVE_INFINITY)), -1, true);
    const apart = tf.sub(cotangent, given);
    return tf.sub(apart, tf.sum(tf.mul(apart, y), -1, true));
  };
  const both = tf.add(tf.div(centred(tf.div(other, sum0)), sum), tf.div(centred(tf.div(own, sum)), sum0));
  const slope = quotient(comparison, tf.sub(own, other), tf.sub(x, reference), own, epsilon);
  return { logits: tf.mul(half(tf, both), slope) };
}

/** (x − mean) · 1/√(variance + ε) · scale: a product, one of whose factors is a function of the variance. */
function normalisation(comparison: Comparison): Parts {
  const { tf, step, cotangent, here, there, differs, epsilon } = comparison;
  // With fixed statistics it is linear in what it normalises.
  if (!differs("mean") && !differs("variance")) return step.derivative();
  const { varianceEpsilon } = here.attributes as { readonly varianceEpsilon: number };
  const [own, other] = [here, there].map(({ operands: { x, mean, variance } }) => ({
    centred: tf.sub(x!, mean!),
    inverse: tf.rsqrt(tf.add(variance!, varianceEpsilon)),
    variance: variance!,
  })) as [Statistics, Statistics]; // of two
  const scale = here.operands["scale"];
  const given = scale === undefined ? cotangent : tf.mul(cotangent, scale);
  const toCentred = tf.mul(given, half(tf, tf.add(own.inverse, other.inverse)));
  const cube = tf.mul(own.inverse, tf.mul(own.inverse, own.inverse));
  const change = tf.sub(own.variance, other.variance);
  const slope = quotient(comparison, tf.sub(own.inverse, other.inverse), change, tf.mul(cube, -0.5), epsilon);
  const toInverse = tf.mul(given, half(tf, tf.add(own.centred, other.centred)));
  const { x, mean: middle, variance } = here.operands;
  const rest = step.wants("scale") || step.wants("offset") ? step.derivative() : {};
  return {
    ...rest,
    x: unbroadcast(tf, toCentred, x!.shape),
    mean: unbroadcast(tf, tf.neg(toCentred), middle!.shape),
    variance: unbroadcast(tf, tf.mul(toInverse, slope), variance!.shape),
  };
}

type Statistics = Readonly<Record<"centred" | "inverse" | "variance", TfTensor>>;

const others: Readonly<Record<string, (comparison: Comparison) => Parts>> = {
  FusedBatchNorm: normalisation,
  Max: (comparison) => reducedExtremum(comparison, true),
  MaxPool: pooledMaximum,
  MaxPool3D: pooledMaximum,
  Maximum: (comparison) => extremum(comparison, true),
  Min: (comparison) => reducedExtremum(comparison, false),
  Minimum: (comparison) => extremum(comparison, false),
  RealDiv: ratio,
  Softmax: softmax,
};
