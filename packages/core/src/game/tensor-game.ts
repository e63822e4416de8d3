import { ExplainedRows } from "../model/explained-rows.ts";
import type { Model, NamedTensors } from "../model/model.ts";
import type { Target, TargetPlan } from "../model/target.ts";
import type { AbortSignalLike } from "../signal.ts";
import type { BitMatrix } from "./bit-matrix.ts";
import { FeatureDistances } from "./feature-distances.ts";
import type { FeatureSwitch } from "./feature-switch.ts";
import type { Game } from "./game.ts";
import { RowBuffers } from "./row-buffers.ts";
import { composeRows, type RowSources, readSources } from "./row-feeds.ts";
import { rowLimit } from "./row-limit.ts";

/** The game of a model's inputs: what is attributed to, what stands in place of what is absent, and what is explained. */
export interface TensorGameOptions {
  /** The model whose output the game is worth. */
  readonly model: Model;
  /** What is attributed to: one row an example, on the model's backend. */
  readonly values: NamedTensors;
  /** What takes the place of absent elements: the same names and dtypes, one row or one an example. */
  readonly absent: NamedTensors;
  /** Which elements of an example belong to which player, and what a row of a coalition is made of. */
  readonly featureSwitch: FeatureSwitch;
  /** Which of the output's numbers the game is worth. @defaultValue all of them */
  readonly target?: Target;
}

/** A game of a model at inputs: see {@link tensorGame}. */
export interface TensorGame extends Game {
  readonly examples: number;
  /** How the explained numbers lie in the output: known after the first model call. */
  readonly plan: TargetPlan | undefined;
}

/**
 * The game of a model at its inputs: features are players, an absent feature's elements take their baseline, and the worth of a
 * coalition is what the target picks from the model's output, `examples × explained` numbers, example by example.
 *
 * Every coalition is one row of an example. Rows are packed into calls of at most `model.maxBatchSize` rows across coalitions and
 * examples; where the model takes any number, calls hold at most 64 rows and 256 MiB of feeds. The feeds of a call are made on the
 * model's backend just before it and freed right after.
 */
export function tensorGame(options: TensorGameOptions): TensorGame {
  const { model, values, absent, featureSwitch, target } = options;
  const examples = Object.values(values)[0]!.shape[0]!;
  const limit = rowLimit(model, values);
  const explained = new ExplainedRows(model, target, examples);
  const sources = { backend: model.backend, present: values, absent, featureSwitch };
  // A backend that copies what it is given has done with the array at once.
  const memory = model.releasesFeeds === true || model.backend.inHostMemory === true ? new RowBuffers() : undefined;
  let read: Promise<RowSources> | undefined;
  let distances: FeatureDistances | undefined;

  /** Rows `begin .. end` of a request whose row `r` is coalition `r / examples` of example `r % examples`; `[rows, explained]`. */
  async function run(
    coalitions: BitMatrix,
    begin: number,
    end: number,
    signal: AbortSignalLike | undefined,
  ): Promise<Float64Array> {
    const count = end - begin;
    const coalition = Int32Array.from({ length: count }, (_, i) => Math.floor((begin + i) / examples));
    const example = Int32Array.from({ length: count }, (_, i) => (begin + i) % examples);
    read ??= readSources(sources);
    const there = await read;
    using _scope = model.backend.scope();
    const buffers = memory?.borrow();
    try {
      const feeds = composeRows(there, { coalitions, coalition, example }, buffers);
      return await explained.run(feeds, example, signal);
    } finally {
      buffers?.giveBack();
    }
  }

  return {
    players: featureSwitch.players,
    batchSize: limit / greatestCommonDivisor(limit, examples),
    examples,
    get plan() {
      return explained.plan;
    },
    async *value(coalitions, signal) {
      const rows = coalitions.rows * examples;
      let worth: Float64Array | undefined;
      let filled = 0;
      for (let begin = 0; begin < rows; begin += limit) {
        signal?.throwIfAborted();
        const end = Math.min(rows, begin + limit);
        const selected = await run(coalitions, begin, end, signal);
        const width = selected.length / (end - begin);
        for (let row = 0; row < end - begin; row++) {
          worth ??= new Float64Array(examples * width);
          worth.set(selected.subarray(row * width, (row + 1) * width), filled * width);
          if (++filled < examples) continue;
          yield worth;
          worth = undefined;
          filled = 0;
        }
      }
    },
    ...(featureSwitch.isPartition && {
      async *distances(coalitions: BitMatrix, metric: "cosine" | "euclidean") {
        distances ??= await FeatureDistances.of(sources);
        for (let row = 0; row < coalitions.rows; row++) {
          const present = coalitions.columnsOf(row);
          // Known once a coalition has been evaluated; before, a distance of every example serves one output each.
          const outputs = explained.plan?.outputs ?? 1;
          const all = new Float64Array(examples * outputs);
          for (let example = 0; example < examples; example++)
            all.fill(distances.distance(example, present, metric), example * outputs, (example + 1) * outputs);
          yield all;
        }
      },
    }),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
