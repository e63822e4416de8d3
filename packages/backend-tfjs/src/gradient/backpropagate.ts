import { AttributionError, sameShape, sizeOf } from "@attr/core";
import { unbroadcast } from "../repair/spatial.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import { dependents, type Maker, operandsOf, type Tape, type TapeNode, unsupported } from "./tape.ts";

/** What comes back to a tensor that was recorded. */
export interface Passed {
  readonly to: TfTensor;
  readonly part: TfTensor;
}

/** One operation on the way back, as rules see it. */
export interface Step {
  readonly node: TapeNode;
  readonly position: number;
  /** What the operation is part of. */
  readonly maker: Maker | undefined;
  /** What came back to each of its results; nothing to one that is not on the way. */
  readonly cotangents: readonly (TfTensor | undefined)[];
  /** Whether an operand is on the way. */
  wants(operand: string): boolean;
  /** The true derivative's parts for the wanted operands, of these cotangents or others. */
  derivative(cotangents?: readonly (TfTensor | undefined)[]): Readonly<Record<string, TfTensor>>;
}

/** What takes the place of true derivatives. */
export interface PropagationRules {
  /** What an operation passes back; undefined where its true derivative passes. It is called inside `tf.tidy`. */
  ruleOf(step: Step): readonly Passed[] | undefined;
  /** Tensors, by id, that are taken for constants, given those that depend on what is differentiated by. */
  constants?(varying: ReadonlySet<number>): ReadonlySet<number>;
}

/**
 * Goes back over a tape: the gradients of Σ seed · value by tensors that were recorded, undefined for one that nothing leads from to
 * the values. To be called inside `tf.tidy`.
 *
 * @param rules take the place of the derivatives of single operations.
 * @throws UnsupportedOpError naming the operation, and what it is part of, that has no gradient.
 */
export function backpropagate(
  tf: TensorFlow,
  tape: Tape,
  seeds: readonly { readonly value: TfTensor; readonly seed: TfTensor }[],
  by: readonly TfTensor[],
  rules?: PropagationRules | undefined,
): readonly (TfTensor | undefined)[] {
  const { nodes } = tape;
  const all = dependents(nodes, by);
  const varying = rules?.constants === undefined ? all : dependents(nodes, by, rules.constants(all));
  const gradients = new Map<number, TfTensor>();
  const add = ({ to, part }: Passed): void => {
    const known = gradients.get(to.id);
    gradients.set(to.id, known === undefined ? part : tf.add(known, part));
  };
  for (const { value, seed } of seeds) add({ to: value, part: seed });
  for (let position = nodes.length - 1; position >= 0; position--) {
    const node = nodes[position]!;
    if (!node.outputs.some(({ id }) => gradients.has(id))) continue;
    const wanted = operandsOf(node).flatMap(([name, { id, dtype }]) => (varying.has(id) && dtype === "float32" ? [name] : []));
    if (wanted.length === 0) continue;
    const maker = tape.makerOf(position);
    const cotangents = node.outputs.map(({ id }) => gradients.get(id));
    const derivative: Step["derivative"] = (others = cotangents) => derivativeOf(tf, node, maker, others, wanted);
    const step: Step = { node, position, maker, cotangents, wants: (name) => wanted.includes(name), derivative };
    const to: TfTensor[] = [];
    const parts = tf.tidy(() => {
      const passed = rules?.ruleOf(step) ?? toOperands(node, derivative());
      to.push(...passed.map((one) => one.to));
      return passed.map(({ part }) => part);
    });
    parts.forEach((part, i) => {
      add({ to: to[i]!, part });
    });
  }
  return by.map(({ id }) => gradients.get(id));
}

/** Parts by the names of operands, as {@link PropagationRules} give them. */
export function toOperands(node: TapeNode, parts: Readonly<Record<string, TfTensor | undefined>>): readonly Passed[] {
  return Object.entries(parts).flatMap(([name, part]) => (part === undefined ? [] : [{ to: node.inputs[name]!, part }]));
}

/**
 * An operation's parts of gradients for some of its operands.
 *
 * @throws UnsupportedOpError where it has none.
 */
export function derivativeOf(
  tf: TensorFlow,
  node: TapeNode,
  maker: Maker | undefined,
  cotangents: readonly (TfTensor | undefined)[],
  wanted: readonly string[],
): Readonly<Record<string, TfTensor>> {
  const { gradient } = node;
  if (gradient === undefined) throw unsupported(node, maker, "has no gradient");
  return calling(node, maker, () => {
    const parts = gradient([...cotangents]);
    return Object.fromEntries(
      wanted.map((name) => {
        const part = parts[name];
        if (part === undefined) throw unsupported(node, maker, `has no gradient with respect to its operand ${name}`);
        return [name, inShapeOf(tf, part(), node.inputs[name]!)];
      }),
    );
  });
}

/**
 * A gradient in the shape of its operand: some come in the shape that it was broadcast to, or from by ones, and that of a bilinear
 * resizing with height and width exchanged, though its elements are in order.
 */
function inShapeOf(tf: TensorFlow, gradient: TfTensor, { shape }: TfTensor): TfTensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  return tf.reshape(gradient.size === sizeOf(shape) ? gradient : unbroadcast(tf, gradient, shape), shape);
}

/** Gradient functions refuse some settings of their operation by throwing plain errors. */
function calling<T>(node: TapeNode, maker: Maker | undefined, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof AttributionError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw unsupported(node, maker, `has no gradient: ${message}`, cause);
  }
}
