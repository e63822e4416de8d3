import { valuesRead } from "../graph/free-values.ts";
import type { NodeProto } from "../onnx/proto.ts";
import type { RunSizes } from "./run-sizes.ts";

/** The most that is held at a time in one run. */
export interface Peak {
  readonly bytes: number;
  /** The value during whose computation it is; undefined where it is before or after all of them. */
  readonly at: string | undefined;
}

interface Buffer {
  readonly bytes: number;
  /** The node that reads it last. */
  last: number;
}

/**
 * The most bytes that a run holds at a time: what is fed through the whole run, what is fetched to its end, where it is copied once to
 * be handed over, all else from the node that makes it to the last one that reads it. Reshaped values share their bytes, and results
 * of operations that go element by element take the place of an operand that nobody reads any more, as runtimes arrange it. Weights
 * are not counted.
 */
export function peakBytes({ nodes, values }: RunSizes, fed: readonly string[], fetched: readonly string[]): Peak {
  const lastReads = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const name of valuesRead(node)) lastReads.set(name, i);
  });
  for (const name of fed) lastReads.set(name, nodes.length);
  for (const name of fetched) lastReads.set(name, nodes.length);

  const buffers = new Map<string, Buffer>();
  let held = 0;
  const allocate = (name: string, made: number): void => {
    const bytes = values.get(name)?.bytes ?? 0;
    held += bytes;
    buffers.set(name, { bytes, last: lastReads.get(name) ?? made });
  };
  for (const name of fed) if (values.has(name)) allocate(name, -1);
  let peak: Peak = { bytes: held, at: undefined };
  const ends: (Buffer[] | undefined)[] = [];
  const endsAt = (buffer: Buffer): void => {
    ends[buffer.last] ??= [];
    ends[buffer.last]!.push(buffer);
  };
  nodes.forEach((node, i) => {
    for (const name of node.outputs) {
      if (!values.has(name)) continue;
      const place = placeOf(node, name, i, values, buffers);
      if (place === undefined) allocate(name, i);
      else {
        place.last = Math.max(place.last, lastReads.get(name) ?? i);
        buffers.set(name, place);
      }
      endsAt(buffers.get(name)!);
    }
    if (held > peak.bytes) peak = { bytes: held, at: node.outputs.find((name) => name !== "") };
    for (const buffer of new Set(ends[i])) if (buffer.last === i) held -= buffer.bytes;
  });
  for (const name of fetched) held += values.get(name)?.bytes ?? 0;
  return held > peak.bytes ? { bytes: held, at: undefined } : peak;
}

/** The buffer that a result shares or takes over; undefined where it has to have one of its own. */
function placeOf(
  node: NodeProto,
  name: string,
  i: number,
  values: RunSizes["values"],
  buffers: ReadonlyMap<string, Buffer>,
): Buffer | undefined {
  if (node.domain !== "" || name !== node.outputs[0]) return undefined;
  const [first = ""] = node.inputs;
  if (aliasing.has(node.opType)) return buffers.get(first);
  if (!elementwise.has(node.opType)) return undefined;
  const bytes = values.get(name)?.bytes;
  for (const input of node.inputs) {
    const buffer = buffers.get(input);
    if (buffer !== undefined && buffer.last === i && buffer.bytes === bytes) return buffer;
  }
  return undefined;
}

const aliasing: ReadonlySet<string> = new Set(["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout"]);

const elementwise: ReadonlySet<string> = new Set(
  (
    "Abs Acos Acosh Add And Asin Asinh Atan Atanh Cast Ceil Celu Clip Cos Cosh Div Elu Erf Exp Floor Gelu HardSigmoid HardSwish " +
    "LeakyRelu Log Max Min Mish Mul Neg Not Or Pow Reciprocal Relu Round Selu Sigmoid Sign Sin Sinh Softmax LogSoftmax Softplus " +
    "Softsign Sqrt Sub Sum Swish Tan Tanh ThresholdedRelu Xor"
  ).split(" "),
);
