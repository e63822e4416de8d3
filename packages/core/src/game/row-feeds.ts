import type { NamedTensors } from "../model/model.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { HostTensor } from "../tensor/host-tensor.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Tensor, TensorBackend } from "../tensor/tensor.ts";
import type { BitMatrix } from "./bit-matrix.ts";
import type { FeatureSwitch } from "./feature-switch.ts";
import type { RowBuffers } from "./row-buffers.ts";

/** Rows to compose: coalition `coalition[i]` of example `example[i]`. */
export interface Rows {
  readonly coalitions: BitMatrix;
  readonly coalition: Int32Array;
  readonly example: Int32Array;
}

/** The present and the absent values of every input; absent ones have one row, or one an example. */
export interface RowSources {
  readonly backend: TensorBackend;
  readonly present: NamedTensors;
  readonly absent: NamedTensors;
  readonly featureSwitch: FeatureSwitch;
}

/**
 * What the model is fed: for every row the example's elements where their player is present, and the absent values elsewhere.
 *
 * @param buffers Memory to compose in; without it every call has memory of its own.
 */
export function composeRows(sources: RowSources, rows: Rows, buffers?: RowBuffers): NamedTensors {
  const { backend, present, absent } = sources;
  return Object.fromEntries(
    Object.entries(present).map(([name, tensor]) => {
      const other = absent[name]!; // the two have the same names
      if (composesOnHost(backend) && tensor instanceof HostTensor && other instanceof HostTensor) {
        const composed = composeOnHost(sources.featureSwitch, name, tensor, other, rows, buffers);
        return [name, backend === hostBackend ? composed : backend.fromData(composed.data, composed.shape, composed.dtype)];
      }
      return [name, composeOnBackend(sources, name, tensor, other, rows)];
    }),
  );
}

/** The same values where rows of them are composed fastest: on the host, where the backend's tensors lie in its memory. */
export async function readSources(sources: RowSources): Promise<RowSources> {
  const { backend, present, absent } = sources;
  if (backend === hostBackend || !composesOnHost(backend)) return sources;
  const onHost = async (tensors: NamedTensors): Promise<NamedTensors> => {
    const read: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      const { data, shape, dtype } = await backend.read(tensor);
      read[name] = new HostTensor(data, shape, dtype);
    }
    return read;
  };
  return { ...sources, present: await onHost(present), absent: await onHost(absent) };
}

function composesOnHost(backend: TensorBackend): boolean {
  return backend === hostBackend || backend.inHostMemory === true;
}

/**
 * Copies whole rows and then what differs from them, which is little for most coalitions that methods ask for; in memory that held the
 * same example before, only what differs from that.
 */
function composeOnHost(
  featureSwitch: FeatureSwitch,
  name: string,
  present: HostTensor,
  absent: HostTensor,
  rows: Rows,
  buffers: RowBuffers | undefined,
): HostTensor {
  const count = rows.example.length;
  const elements = sizeOf(present.shape.slice(1));
  const shape = [count, ...present.shape.slice(1)];
  // Baselines are resolved to the dtype of their input, so the three arrays are of one class, and elements go over as they are.
  const from = present.data as Float32Array;
  const instead = absent.data as Float32Array;
  const buffer = buffers?.of(name, from, count, elements);
  const whole = buffer?.data ?? new (from.constructor as Float32ArrayConstructor)(count * elements);
  const out = whole.subarray(0, count * elements);
  const sharedAbsent = absent.shape[0] === 1;
  for (let row = 0; row < count; row++) {
    const example = rows.example[row]!;
    const coalition = rows.coalition[row]!;
    const target = row * elements;
    const source = example * elements;
    const { stride } = rows.coalitions;
    const words = rows.coalitions.words.subarray(coalition * stride, (coalition + 1) * stride);
    const held = featureSwitch.isPartition ? buffer?.held[row] : undefined;
    if (buffer !== undefined) buffer.held[row] = { example, words: words.slice() };
    if (held?.example === example) {
      for (let word = 0; word < stride; word++)
        for (let bits = held.words[word]! ^ words[word]!; bits !== 0; bits &= bits - 1) {
          const player = 32 * word + (31 - Math.clz32(bits & -bits));
          const runs = featureSwitch.runs(name, example, player);
          if (rows.coalitions.get(coalition, player)) copyRuns(out, target, from, source, runs);
          else {
            const other = sharedAbsent ? 0 : (featureSwitch.absentExample?.(example, player) ?? example) * elements;
            copyRuns(out, target, instead, other, runs);
          }
        }
      continue;
    }
    const fewPresent = featureSwitch.isPartition && 2 * rows.coalitions.count(coalition) < featureSwitch.players;
    const absentStart = sharedAbsent ? 0 : source;
    if (fewPresent) {
      out.set(instead.subarray(absentStart, absentStart + elements), target);
      for (const player of rows.coalitions.columnsOf(coalition))
        copyRuns(out, target, from, source, featureSwitch.runs(name, example, player));
      continue;
    }
    out.set(from.subarray(source, source + elements), target);
    for (const player of rows.coalitions.absentColumnsOf(coalition)) {
      const other = sharedAbsent ? 0 : (featureSwitch.absentExample?.(example, player) ?? example) * elements;
      copyRuns(out, target, instead, other, featureSwitch.runs(name, example, player));
    }
  }
  return new HostTensor(out, shape, present.dtype);
}

function copyRuns(out: Float32Array, target: number, from: Float32Array, source: number, runs: ArrayLike<number>): void {
  for (let run = 0; run < runs.length; run += 2) {
    const begin = runs[run]!;
    const end = runs[run + 1]!;
    if (end - begin > 32) out.set(from.subarray(source + begin, source + end), target + begin);
    else for (let i = begin; i < end; i++) out[target + i] = from[source + i]!;
  }
}

/** The same with the backend's own operations: only bits, or the condition, are uploaded. */
function composeOnBackend(sources: RowSources, name: string, present: Tensor, absent: Tensor, rows: Rows): Tensor {
  const { backend, featureSwitch } = sources;
  const count = rows.example.length;
  const { example } = rows;
  const absentExample = example.map((at, row) => absentRowOf(featureSwitch, rows, row, at));
  const here = rowsOf(backend, present, example, count);
  const instead = rowsOf(backend, absent, absent.shape[0] === 1 ? new Int32Array(count) : absentExample, count);
  if (featureSwitch.players === 0 || sizeOf(present.shape) === 0)
    return here.shape[0] === count ? here : backend.broadcastTo(here, [count, ...present.shape.slice(1)]);
  const condition = conditionOf(backend, featureSwitch, name, present, rows);
  return backend.where(condition, here, instead);
}

function absentRowOf(featureSwitch: FeatureSwitch, rows: Rows, row: number, example: number): number {
  if (!featureSwitch.absentExample) return example;
  const [player] = rows.coalitions.absentColumnsOf(rows.coalition[row]!);
  return player === undefined ? example : featureSwitch.absentExample(example, player);
}

/** The given rows; a single one is left to broadcast. */
function rowsOf(backend: TensorBackend, tensor: Tensor, examples: Int32Array, count: number): Tensor {
  if (tensor.shape[0] === 1) return tensor;
  return backend.gather(tensor, backend.fromData(examples, [count], "int32"), 0);
}

/** For every element of every row whether it is present. */
function conditionOf(backend: TensorBackend, featureSwitch: FeatureSwitch, name: string, present: Tensor, rows: Rows): Tensor {
  const count = rows.example.length;
  const shape = [count, ...present.shape.slice(1)];
  const { players } = featureSwitch;
  const playerOf = featureSwitch.playerOf?.(name);
  if (playerOf) {
    const bits = new Uint8Array(count * players);
    for (let row = 0; row < count; row++)
      for (const player of rows.coalitions.columnsOf(rows.coalition[row]!)) bits[row * players + player] = 1;
    const indices = backend.fromData(playerOf, [playerOf.length], "int32");
    return backend.reshape(backend.gather(backend.fromData(bits, [count, players], "bool"), indices, 1), shape);
  }
  const elements = sizeOf(present.shape.slice(1));
  const condition = new Uint8Array(count * elements).fill(1);
  for (let row = 0; row < count; row++)
    for (const player of rows.coalitions.absentColumnsOf(rows.coalition[row]!)) {
      const runs = featureSwitch.runs(name, rows.example[row]!, player);
      for (let run = 0; run < runs.length; run += 2)
        condition.fill(0, row * elements + runs[run]!, row * elements + runs[run + 1]!);
    }
  return backend.fromData(condition, shape, "bool");
}
