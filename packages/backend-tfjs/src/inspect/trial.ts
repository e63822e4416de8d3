import { AttributionError, type ValueInfo } from "@attr/core";
import { derivativeOf } from "../gradient/backpropagate.ts";
import { operandsOf, record, type Tape } from "../gradient/tape.ts";
import type { Network } from "../network/network.ts";
import { repairsFor } from "../repair/registry.ts";
import { withGradients } from "../repair/with-gradients.ts";
import { withinSizes } from "../runtime/limit-sizes.ts";
import type { TensorFlow, TfTensor } from "../runtime/tensor-flow.ts";
import type { TfjsInputCoverage, TfjsOperatorGradient } from "./inspection.ts";

/** What one pass forward and one back over single rows of zeros tell of a model. */
export interface Trial {
  /** The value differentiated; undefined where no output holds floats. */
  readonly of: string | undefined;
  /** By the value that a node makes. Nodes that ran no operation are not in it: the gradient passes them. */
  readonly nodes: ReadonlyMap<string, { readonly gradient: TfjsOperatorGradient; readonly because?: string | undefined }>;
  readonly inputs: readonly TfjsInputCoverage[];
  readonly values: ReadonlyMap<string, Pick<ValueInfo, "dtype" | "shape">>;
}

/** Operations whose gradient TensorFlow.js gives as zeros: the result moves in steps. */
const steps: ReadonlySet<string> = new Set(["Ceil", "Floor", "Round", "Sign", "Step", "FloorMod", "FloorDiv"]);

/**
 * Runs the model once on zeros, and sends zeros back through every operation that lies behind an input: what refuses them has no
 * gradient. To be called for networks that are no black boxes.
 *
 * @param size what stands for the sizes, other than the rows, that the inputs leave free.
 * @throws AttributionError where the model cannot be run on such inputs.
 */
export function tryGradients(tf: TensorFlow, network: Network, rows: number, size: number): Trial {
  let trial: Trial | undefined;
  withGradients(tf, repairsFor(tf), () =>
    tf.tidy(() => {
      withinSizes(tf, () => {
        trial = onZeros(tf, network, rows, size);
      });
    }),
  );
  return trial!; // or something was thrown
}

function onZeros(tf: TensorFlow, network: Network, rows: number, size: number): Trial {
  const feeds = new Map(
    network.inputs.map(({ name, dtype = "float32", shape }): [string, TfTensor] => {
      const sizes = (shape ?? [null, null]).map((length, axis) =>
        typeof length === "number" ? length : axis === 0 ? rows : size,
      );
      return [name, tf.zeros(sizes, dtype === "int32" || dtype === "bool" ? dtype : "float32")];
    }),
  );
  const names = network.values;
  const { value: results, tape } = record(tf, (entering) => network.execute(feeds, names, { unfused: true, entering }));
  try {
    return read(tf, network, feeds, new Map(names.map((name, i) => [name, results[i]!])), tape);
  } finally {
    tape.dispose();
  }
}

/** What an operation does to what comes back to it. */
interface Passage {
  readonly position: number;
  readonly gradient: TfjsOperatorGradient;
  readonly because?: string | undefined;
  readonly outputs: readonly TfTensor[];
  /** The operands of floats that are computed from an input. */
  readonly operands: readonly TfTensor[];
}

function read(
  tf: TensorFlow,
  network: Network,
  feeds: ReadonlyMap<string, TfTensor>,
  values: ReadonlyMap<string, TfTensor>,
  tape: Tape,
): Trial {
  const passages = passagesOf(tf, tape, [...feeds.values()]);
  const of = network.outputs.find(({ name }) => values.get(name)!.dtype === "float32")?.name;
  const way = of === undefined ? undefined : wayTo(values.get(of)!, passages);
  const inputs = network.inputs.map(({ name }) => inputCoverage(name, { of, way, values, tape, fed: feeds.get(name)! }));
  return {
    of,
    nodes: byNode(tape, passages),
    inputs,
    values: new Map([...values].map(([name, tensor]) => [name, told(tensor)])),
  };
}

function passagesOf(tf: TensorFlow, tape: Tape, feeds: readonly TfTensor[]): readonly Passage[] {
  const computed = downstream(tape, feeds);
  return tape.nodes.flatMap((node, position): Passage[] => {
    const reads = operandsOf(node).filter(([, { id }]) => computed.has(id));
    if (reads.length === 0) return [];
    const floats = reads.filter(([, { dtype }]) => dtype === "float32");
    const { outputs } = node;
    const operands = floats.map(([, operand]) => operand);
    const isFlat = floats.length === 0 || outputs.every(({ dtype }) => dtype !== "float32") || steps.has(node.kernelName);
    if (isFlat) return [{ position, gradient: "flat", outputs, operands }];
    try {
      tf.tidy(() => {
        const zeros = outputs.map((output) => (output.dtype === "float32" ? tf.zeros(output.shape) : undefined));
        const wanted = floats.map(([name]) => name);
        derivativeOf(tf, node, tape.makerOf(position), zeros, wanted);
      });
      return [{ position, gradient: "rule", outputs, operands }];
    } catch (error) {
      if (!(error instanceof AttributionError)) throw error;
      return [{ position, gradient: "none", because: error.message, outputs, operands }];
    }
  });
}

function byNode(tape: Tape, passages: readonly Passage[]): Trial["nodes"] {
  const found = new Map<string, { gradient: TfjsOperatorGradient; because?: string | undefined; passes: boolean }>();
  for (const { position, gradient, because } of passages) {
    const name = tape.makerOf(position)?.values[0];
    if (name === undefined) continue;
    const known = found.get(name);
    if (known?.gradient === "none") continue;
    const passes = known?.passes === true || gradient === "rule";
    // What is computed beside the way, a mask or a size, does not end it.
    const worst = gradient === "none" ? "none" : passes ? "rule" : "flat";
    found.set(name, { gradient: worst, because, passes });
  }
  return found;
}

/** From where a value can be differentiated. */
interface Way {
  /** Ids of the tensors that it depends on, whether a gradient comes so far or not. */
  readonly reached: ReadonlySet<number>;
  /** Ids of those among them that lie before an operation without a gradient, with what it says. */
  readonly blocked: ReadonlyMap<number, string>;
}

function wayTo(value: TfTensor, passages: readonly Passage[]): Way {
  const reached = new Set([value.id]);
  const blocked = new Map<number, string>();
  for (const { gradient, because = "", outputs, operands } of [...passages].reverse()) {
    const used = outputs.filter(({ id }) => reached.has(id));
    if (used.length === 0 || gradient === "flat") continue;
    const behind = used.map(({ id }) => blocked.get(id)).find((sentence) => sentence !== undefined);
    const sentence = gradient === "none" ? because : behind;
    for (const { id } of operands) {
      reached.add(id);
      if (sentence !== undefined) blocked.set(id, sentence);
    }
  }
  return { reached, blocked };
}

interface Question {
  readonly of: string | undefined;
  readonly way: Way | undefined;
  readonly values: ReadonlyMap<string, TfTensor>;
  readonly tape: Tape;
  readonly fed: TfTensor;
}

function inputCoverage(input: string, { of, way, values, tape, fed }: Question): TfjsInputCoverage {
  if (of === undefined || way === undefined) return { input, gradient: false, because: "no output of the model holds floats" };
  const isOpen = ({ id, dtype }: TfTensor): boolean => dtype === "float32" && way.reached.has(id) && !way.blocked.has(id);
  if (isOpen(fed)) return { input, gradient: true };
  const after = downstream(tape, [fed]);
  if (!after.has(values.get(of)!.id)) return { input, gradient: false, because: `"${of}" does not depend on it` };
  const because =
    fed.dtype === "float32"
      ? (way.blocked.get(fed.id) ?? `on the way to "${of}" the result moves in steps`)
      : "it holds no floats";
  const nearest = [...values].find(
    ([name, tensor]) => name !== of && tensor.id !== fed.id && after.has(tensor.id) && isOpen(tensor),
  );
  return { input, gradient: false, because, ...(nearest && { nearest: nearest[0] }) };
}

/** Ids of all that is computed from some tensors, those among them. */
function downstream(tape: Tape, from: readonly TfTensor[]): ReadonlySet<number> {
  const found = new Set(from.map(({ id }) => id));
  for (const node of tape.nodes)
    if (operandsOf(node).some(([, { id }]) => found.has(id))) for (const { id } of node.outputs) found.add(id);
  return found;
}

function told({ dtype, shape }: TfTensor): Pick<ValueInfo, "dtype" | "shape"> {
  const known = dtype === "float32" || dtype === "int32" || dtype === "bool" ? { dtype } : {};
  return { ...known, shape };
}
