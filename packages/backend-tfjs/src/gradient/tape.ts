import { UnsupportedOpError } from "@attr/core";
import type { Engine, TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";

/** One operation on TensorFlow.js's tape. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, TfTensor>>;
  readonly outputs: readonly TfTensor[];
  readonly saved: readonly TfTensor[];
  readonly gradient?: ((dys: (TfTensor | undefined)[]) => Readonly<Record<string, () => TfTensor>>) | undefined;
}

/** The parts of the engine that record; its types hide two of them. */
interface RecordingEngine {
  startTape(): void;
  endTape(): void;
  readonly state: { activeTape: TapeNode[] | null; readonly gradientDepth: number };
}

/** Operations as they were recorded, in order, with what was being computed at each. */
export interface Tape {
  readonly nodes: readonly TapeNode[];
  /** How messages call what made node i: `layer "conv1" (Conv2D)`. */
  makerOf(position: number): string | undefined;
  /** Frees what the operations saved for going back. */
  dispose(): void;
}

/**
 * Does work with TensorFlow.js's tape running, and gives what it recorded. The work is told how to say what is being computed. The
 * tape has to be disposed of, also where what is done with it throws; where the work itself throws nothing is left behind.
 */
export function record<T>(
  tf: TensorFlow,
  work: (entering: (what: string) => void) => T,
): { readonly value: T; readonly tape: Tape } {
  const engine = recording(tf.engine());
  const outer = engine.state.gradientDepth > 0 ? engine.state.activeTape : undefined;
  const from = outer?.length ?? 0;
  const makers: { readonly from: number; readonly what: string }[] = [];
  let nodes: readonly TapeNode[] = [];
  const dispose = (): void => {
    for (const { saved } of nodes) for (const tensor of saved) tensor.dispose();
  };
  engine.startTape();
  try {
    const value = work((what) => makers.push({ from: engine.state.activeTape!.length - from, what }));
    nodes = take(engine, outer, from);
    const makerOf = (position: number): string | undefined => makers.findLast((maker) => maker.from <= position)?.what;
    return { value, tape: { nodes, makerOf, dispose } };
  } catch (error) {
    nodes = take(engine, outer, from);
    dispose();
    throw error;
  } finally {
    engine.endTape();
  }
}

function recording(engine: Engine): RecordingEngine {
  return engine as unknown as RecordingEngine; // two of its methods are private by type only
}

/** The nodes recorded since, which leave the engine's tape: nobody else disposes of what they saved. */
function take(engine: RecordingEngine, outer: readonly TapeNode[] | null | undefined, from: number): readonly TapeNode[] {
  const tape = engine.state.activeTape ?? [];
  if (outer !== undefined) return tape.splice(from);
  engine.state.activeTape = null;
  return tape;
}

/**
 * Goes back over a tape: the gradients of Σ seed · value by tensors that were recorded, undefined for one that nothing leads from to
 * the values. To be called inside `tf.tidy`.
 *
 * @throws UnsupportedOpError naming the operation, and what it is part of, that has no gradient.
 */
export function backpropagate(
  tf: TensorFlow,
  tape: Tape,
  seeds: readonly { readonly value: TfTensor; readonly seed: TfTensor }[],
  by: readonly TfTensor[],
): readonly (TfTensor | undefined)[] {
  const { nodes } = tape;
  const fromBy = new Set(by.map(({ id }) => id));
  const isOnWay = nodes.map(({ inputs, outputs }) => {
    const depends = Object.values(inputs).some((input) => fromBy.has(input.id));
    if (depends) for (const output of outputs) fromBy.add(output.id);
    return depends;
  });
  const gradients = new Map<number, TfTensor>();
  const add = (id: number, gradient: TfTensor): void => {
    const known = gradients.get(id);
    gradients.set(id, known === undefined ? gradient : tf.add(known, gradient));
  };
  for (const { value, seed } of seeds) add(value.id, seed);
  for (let position = nodes.length - 1; position >= 0; position--) {
    const node = nodes[position]!;
    if (isOnWay[position] !== true || !node.outputs.some(({ id }) => gradients.has(id))) continue;
    const parts = backward(tf, node, gradients, () => tape.makerOf(position));
    for (const [name, input] of Object.entries(node.inputs)) {
      if (!fromBy.has(input.id) || input.dtype !== "float32") continue;
      const part = parts[name];
      if (part === undefined) throw unsupported(node, tape.makerOf(position), ` with respect to its operand ${name}`);
      const gradient = calling(
        node,
        () => tape.makerOf(position),
        () => tf.tidy(part),
      );
      // A gradient may come in the shape that its operand was broadcast from by ones.
      add(input.id, gradient.shape.join() === input.shape.join() ? gradient : tf.reshape(gradient, input.shape));
    }
  }
  return by.map(({ id }) => gradients.get(id));
}

function backward(
  tf: TensorFlow,
  node: TapeNode,
  gradients: ReadonlyMap<number, TfTensor>,
  maker: () => string | undefined,
): Readonly<Record<string, () => TfTensor>> {
  // Differentiating an integer, or a condition, gives nothing.
  if (node.outputs.every(({ dtype }) => dtype !== "float32")) return zeros(tf, node);
  const { gradient } = node;
  if (gradient === undefined) throw unsupported(node, maker(), "");
  return calling(node, maker, () => gradient(node.outputs.map(({ id }) => gradients.get(id))));
}

function zeros(tf: TensorFlow, node: TapeNode): Readonly<Record<string, () => TfTensor>> {
  return Object.fromEntries(Object.entries(node.inputs).map(([name, input]) => [name, () => tf.zeros(input.shape, "float32")]));
}

/** Gradient functions refuse some settings of their operation by throwing plain errors. */
function calling<T>(node: TapeNode, maker: () => string | undefined, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof UnsupportedOpError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw unsupported(node, maker(), `: ${message}`, cause);
  }
}

function unsupported(node: TapeNode, maker: string | undefined, why: string, cause?: unknown): UnsupportedOpError {
  const where = maker === undefined ? "" : ` in ${maker}`;
  return new UnsupportedOpError(`the operation ${node.kernelName}${where} has no gradient${why}`, { cause });
}
