import { UnsupportedOpError } from "@attr/core";
import type { Engine, TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";

/** One operation on TensorFlow.js's tape. Its tensors may be freed by now: what it saved, and `saved` alone, can be read. */
export interface TapeNode {
  readonly kernelName: string;
  /** Operands by name; one that was left out is null or undefined. */
  readonly inputs: Readonly<Record<string, TfTensor | null | undefined>>;
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

/** What operations are part of. */
export interface Maker {
  /** How messages call it: `layer "conv1" (Conv2D)`. */
  readonly what: string;
  /** The names of the values that it makes. */
  readonly values: readonly string[];
}

/** Operations as they were recorded, in order, with what was being computed at each. */
export interface Tape {
  readonly nodes: readonly TapeNode[];
  /** What made node i. */
  makerOf(position: number): Maker | undefined;
  /** Frees what the operations saved for going back. */
  dispose(): void;
}

/**
 * Does work with TensorFlow.js's tape running, and gives what it recorded. The work is told how to say what is being computed. The
 * tape has to be disposed of, also where what is done with it throws; where the work itself throws nothing is left behind.
 */
export function record<T>(
  tf: TensorFlow,
  work: (entering: (what: string, values: readonly string[]) => void) => T,
): { readonly value: T; readonly tape: Tape } {
  const engine = recording(tf.engine());
  const outer = engine.state.gradientDepth > 0 ? engine.state.activeTape : undefined;
  const from = outer?.length ?? 0;
  const makers: (Maker & { readonly from: number })[] = [];
  let nodes: readonly TapeNode[] = [];
  const dispose = (): void => {
    for (const { saved } of nodes) for (const tensor of saved) tensor.dispose();
  };
  engine.startTape();
  try {
    const value = work((what, values) => makers.push({ from: engine.state.activeTape!.length - from, what, values }));
    nodes = take(engine, outer, from);
    const operations = withoutCopies(nodes);
    const madeBy = operations.map(({ position }) => makers.findLast((maker) => maker.from <= position));
    return { value, tape: { nodes: operations.map(({ node }) => node), makerOf: (position) => madeBy[position], dispose } };
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

/** The operations, less the copies of what others save, which TensorFlow.js puts on the tape as well. */
function withoutCopies(nodes: readonly TapeNode[]): readonly { readonly node: TapeNode; readonly position: number }[] {
  const saved = new Set(nodes.flatMap((node) => node.saved.map(({ id }) => id)));
  return nodes.flatMap((node, position) => (node.outputs.some(({ id }) => saved.has(id)) ? [] : [{ node, position }]));
}

/** The operands that are there. */
export function operandsOf(node: TapeNode): readonly (readonly [name: string, operand: TfTensor])[] {
  return Object.entries(node.inputs).filter((entry): entry is [string, TfTensor] => entry[1] !== null && entry[1] !== undefined);
}

/**
 * The tensors of floats that depend on others, by id, those among them. What is computed from whole numbers or conditions depends on
 * nothing: they have no gradient.
 */
export function dependents(
  nodes: readonly TapeNode[],
  on: readonly TfTensor[],
  constants: ReadonlySet<number> = new Set(),
): ReadonlySet<number> {
  const found = new Set(on.map(({ id }) => id));
  for (const node of nodes)
    if (operandsOf(node).some(([, operand]) => found.has(operand.id)))
      for (const { id, dtype } of node.outputs) if (dtype === "float32" && !constants.has(id)) found.add(id);
  return found;
}

/** The refusal of an operation, naming it and what it is part of. */
export function unsupported(node: TapeNode, maker: Maker | undefined, why: string, cause?: unknown): UnsupportedOpError {
  const where = maker === undefined ? "" : ` in ${maker.what}`;
  // What has no kernel goes by its function's name, with an ending.
  return new UnsupportedOpError(`the operation ${node.kernelName.replace(/__op$/, "")}${where} ${why}`, { cause });
}
