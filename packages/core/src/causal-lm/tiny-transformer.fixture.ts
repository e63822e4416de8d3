import type { Model, NamedTensors, ValueInfo } from "../model/model.ts";
import { hostBackend } from "../tensor/host-backend.ts";
import { seededRandom } from "../tensor/random.ts";
import type { CausalLmLayout } from "./causal-lm-layout.ts";

export interface TinyTransformerOptions {
  readonly cache?: boolean;
  readonly mask?: boolean;
  readonly positions?: boolean;
  /** The number of tokens every call takes; absent: any. */
  readonly length?: number;
  readonly maxBatchSize?: number;
  readonly dtype?: "float32" | "float64";
}

export interface TinyTransformerCall {
  readonly rows: number;
  readonly width: number;
  readonly past: number;
  readonly fetches: readonly string[];
}

/** A random decoder of two layers, and what is needed to check an engine that runs it. */
export interface TinyTransformer {
  readonly model: Model;
  readonly layout: CausalLmLayout;
  readonly vocabularySize: number;
  readonly contextLength: number;
  /** Every call so far. */
  readonly calls: readonly TinyTransformerCall[];
  /** Logits after every token of one text, `[tokens][vocabulary]`, computed without padding, batch or cache. */
  forward(tokens: readonly number[]): number[][];
}

const vocabularySize = 13;
const contextLength = 48;
const width = 8;
const heads = 2;
const headSize = 4;
const layers = 2;

type Matrix = readonly Float64Array[];

interface Weights {
  readonly tokens: Matrix;
  readonly places: Matrix;
  readonly layers: readonly { readonly query: Matrix; readonly key: Matrix; readonly value: Matrix; readonly mix: Matrix }[];
  readonly head: Matrix;
}

function makeWeights(): Weights {
  const random = seededRandom(7);
  const matrix = (rows: number, columns: number, scale: number): Matrix =>
    Array.from({ length: rows }, () => Float64Array.from({ length: columns }, () => scale * random.normal()));
  return {
    tokens: matrix(vocabularySize, width, 1),
    places: matrix(contextLength, width, 1),
    layers: Array.from({ length: layers }, () => ({
      query: matrix(width, width, 0.7),
      key: matrix(width, width, 0.7),
      value: matrix(width, width, 0.7),
      mix: matrix(width, width, 0.7),
    })),
    head: matrix(vocabularySize, width, 1),
  };
}

const weights = makeWeights();

function multiply(matrix: Matrix, vector: Float64Array): Float64Array {
  return Float64Array.from(matrix, (row) => row.reduce((sum, entry, i) => sum + entry * vector[i]!, 0));
}

/** Keys and values of one layer: one vector a token. */
interface LayerCache {
  readonly keys: Float64Array[];
  readonly values: Float64Array[];
}

/** Runs one row: its new tokens attend to the stored places that are visible, their own included. Stores their keys and values. */
function runRow(
  tokens: readonly number[],
  places: readonly number[],
  visible: readonly boolean[],
  caches: readonly LayerCache[],
): Float64Array[] {
  return tokens.map((token, i) => {
    const place = weights.places[places[i]!];
    const embedded = weights.tokens[token];
    if (place === undefined || embedded === undefined)
      throw new Error(`token ${token} at place ${places[i]} is outside the tables`);
    let state = embedded.map((entry, j) => entry + place[j]!);
    for (const [index, layer] of weights.layers.entries()) {
      const { keys, values } = caches[index]!;
      keys.push(multiply(layer.key, state));
      values.push(multiply(layer.value, state));
      const attended = attend(multiply(layer.query, state), keys, values, visible);
      state = multiply(layer.mix, attended).map((entry, j) => Math.tanh(entry + state[j]!));
    }
    return multiply(weights.head, state);
  });
}

function attend(
  query: Float64Array,
  keys: readonly Float64Array[],
  values: readonly Float64Array[],
  visible: readonly boolean[],
): Float64Array {
  const out = new Float64Array(width);
  for (let head = 0; head < heads; head++) {
    const from = head * headSize;
    const scores = keys.map((key, place) => {
      if (!visible[place]) return 0;
      let dot = 0;
      for (let j = from; j < from + headSize; j++) dot += query[j]! * key[j]!;
      return Math.exp(dot / Math.sqrt(headSize));
    });
    const total = scores.reduce((sum, score) => sum + score, 0);
    if (total === 0) continue;
    for (const [place, score] of scores.entries()) {
      for (let j = from; j < from + headSize; j++) out[j]! += (score / total) * values[place]![j]!;
    }
  }
  return out;
}

function forward(tokens: readonly number[]): number[][] {
  const caches = Array.from({ length: layers }, () => ({ keys: [], values: [] }));
  const places = tokens.map((_, i) => i);
  const visible = tokens.map(() => true);
  return runRow(tokens, places, visible, caches).map((logits) => [...logits]);
}

/**
 * A tiny decoder as a `Model`, with the inputs asked for. Places matter (it has a table of them and refuses a place outside it), masked
 * places are not seen, and without fed positions it counts visible places, or all where there is no mask.
 */
export function tinyTransformer(options: TinyTransformerOptions = {}): TinyTransformer {
  const { cache = false, mask = false, positions = false, dtype = "float64", maxBatchSize = 1024 } = options;
  const calls: TinyTransformerCall[] = [];
  const layerNames = Array.from({ length: cache ? layers : 0 }, (_, index) => index).flatMap((index) => [
    `${index}.key`,
    `${index}.value`,
  ]);
  const length = options.length ?? "t";
  const inputs: ValueInfo[] = [{ name: "ids", dtype: "int64", shape: ["n", length] }];
  if (mask) inputs.push({ name: "mask", dtype: "int64", shape: ["n", "total"] });
  if (positions) inputs.push({ name: "positions", dtype: "int32", shape: ["n", length] });
  for (const name of layerNames) inputs.push({ name: `past.${name}`, dtype, shape: ["n", heads, "p", headSize] });
  const outputs: ValueInfo[] = [
    { name: "logits", dtype, shape: ["n", length, vocabularySize] },
    ...layerNames.map((name) => ({ name: `present.${name}`, dtype, shape: ["n", heads, "total", headSize] })),
  ];

  async function run({ feeds, fetches }: Parameters<Model["run"]>[0]): Promise<NamedTensors> {
    const read = async (name: string) => {
      const { data, shape } = await hostBackend.read(feeds[name]!);
      return { data: Array.from(data, Number), shape };
    };
    const ids = await read("ids");
    const [rows, t] = [ids.shape[0]!, ids.shape[1]!];
    const pasts = await Promise.all(layerNames.map((name) => read(`past.${name}`)));
    const past = pasts[0]?.shape[2] ?? 0;
    const total = past + t;
    const masks = mask ? await read("mask") : undefined;
    if (masks !== undefined && (masks.shape[0] !== rows || masks.shape[1] !== total))
      throw new Error("the mask does not cover the row");
    const fed = positions ? await read("positions") : undefined;
    calls.push({ rows, width: t, past, fetches });
    const logits: number[] = [];
    const present: number[][] = layerNames.map(() => []);
    for (let row = 0; row < rows; row++) {
      const visible = Array.from({ length: total }, (_, place) => masks === undefined || masks.data[row * total + place] === 1);
      const counted = (i: number): number =>
        masks === undefined ? past + i : Math.max(0, visible.slice(0, past + i + 1).filter(Boolean).length - 1);
      const places = Array.from({ length: t }, (_, i) => fed?.data[row * t + i] ?? counted(i));
      const vectors = (index: number): Float64Array[] =>
        Array.from({ length: past }, (_, place) =>
          Float64Array.from({ length: width }, (_, j) => {
            const head = Math.floor(j / headSize);
            return pasts[index]!.data[((row * heads + head) * past + place) * headSize + (j % headSize)]!;
          }),
        );
      const caches = Array.from({ length: layers }, (_, layer) =>
        cache ? { keys: vectors(2 * layer), values: vectors(2 * layer + 1) } : { keys: [], values: [] },
      );
      for (const vector of runRow(ids.data.slice(row * t, (row + 1) * t), places, visible, caches)) logits.push(...vector);
      for (const [index, stored] of present.entries()) {
        const layer = caches[index >> 1]!;
        const vectorsNow = index % 2 === 0 ? layer.keys : layer.values;
        for (let head = 0; head < heads; head++)
          for (const vector of vectorsNow) stored.push(...vector.subarray(head * headSize, (head + 1) * headSize));
      }
    }
    const made: Record<string, NamedTensors[string]> = { logits: tensorOf(logits, [rows, t, vocabularySize]) };
    for (const [index, name] of layerNames.entries())
      made[`present.${name}`] = tensorOf(present[index]!, [rows, heads, total, headSize]);
    return Object.fromEntries(fetches.map((name) => [name, made[name]!]));
  }

  function tensorOf(values: readonly number[], shape: readonly number[]) {
    return hostBackend.fromData(dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values), shape, dtype);
  }

  return {
    model: { backend: hostBackend, inputs, outputs, maxBatchSize, run },
    layout: {
      inputIds: "ids",
      attentionMask: mask ? "mask" : undefined,
      positionIds: positions ? "positions" : undefined,
      cache: layerNames.map((name) => ({ past: `past.${name}`, present: `present.${name}`, shape: [heads, "past", headSize] })),
      logits: "logits",
    },
    vocabularySize,
    contextLength,
    calls,
    forward,
  };
}
