import {
  type DifferentiableGraphModel,
  formatShape,
  type GradientRequest,
  type GradientResult,
  InvalidArgumentError,
  limitBatch,
  type NamedTensors,
  type RunRequest,
  sameShape,
  type Tensor,
  UnsupportedError,
  type ValueInfo,
} from "@attr/core";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { checkRows, checkShape } from "./check-feeds.ts";
import { cut, filledObjective, filledUp, fixedRows, noteOf, zeroed } from "./fixed-rows.ts";
import { backpropagate } from "./gradient/backpropagate.ts";
import { seedOf } from "./gradient/seed.ts";
import { record, type Tape } from "./gradient/tape.ts";
import { inspectNetwork } from "./inspect/inspect-network.ts";
import type { TfjsInspection } from "./inspect/inspection.ts";
import { readArtifacts, type TfjsSource } from "./loading/artifacts.ts";
import { makeModel } from "./loading/make-model.ts";
import { GraphNetwork } from "./network/graph-network.ts";
import { LayersNetwork } from "./network/layers-network.ts";
import type { Network } from "./network/network.ts";
import { forwardRepairs, repairsFor } from "./repair/registry.ts";
import { withGradients } from "./repair/with-gradients.ts";
import { type Propagation, propagationFor } from "./rules/rules-for.ts";
import { withinSizes } from "./runtime/limit-sizes.ts";
import { openTensorFlow } from "./runtime/open-tensor-flow.ts";
import type { TensorFlow, TfTensor } from "./runtime/tensor-flow.ts";
import { type TfjsBackend, tfjsBackend } from "./tensor/tfjs-backend.ts";
import type { TfjsTensor } from "./tensor/tfjs-tensor.ts";

/** Which TensorFlow.js runs a model, and how many rows at a time. */
export interface TfjsModelOptions {
  /**
   * The TensorFlow.js that the model is run on: the module `@tensorflow/tfjs-core`, `@tensorflow/tfjs` or `@tensorflow/tfjs-node`. The
   * backend it has chosen is used and never changed.
   * @defaultValue what {@link openTensorFlow} finds
   */
  readonly tf?: TensorFlow | undefined;
  /**
   * Rows that methods put into one call.
   * @defaultValue 64
   */
  readonly maxBatchSize?: number | undefined;
  /** What sentences call the model. @defaultValue the model's own name */
  readonly name?: string | undefined;
}

/** Makes a result one of the backend's tensors. */
type Adopt = (tensor: TfTensor) => TfjsTensor;

interface Parts {
  readonly network: Network;
  readonly backend: TfjsBackend;
  readonly maxBatchSize: number;
  readonly name: string;
  /** Frees the weights, where they are this model's. */
  readonly free?: (() => void) | undefined;
}

interface PreparedFeeds {
  readonly feeds: ReadonlyMap<string, TfTensor>;
  /** Those among them that were made for it. */
  readonly casts: readonly TfTensor[];
  readonly rows: number;
}

/**
 * A TensorFlow.js model every value of which can be fetched, fed and differentiated by: a layers model or a graph model, on whatever
 * backend TensorFlow.js runs. A layers model's values have the names of its layers, a graph model's those of its nodes.
 *
 * A graph with control flow (one that needs `executeAsync`) is a black box: it can be run, and its inner values and gradients are
 * refused with an UnsupportedError.
 */
export class TfjsModel implements DifferentiableGraphModel, AsyncDisposable {
  readonly backend: TfjsBackend;
  readonly releasesFeeds = true;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly values: readonly string[];
  readonly maxBatchSize: number;
  readonly notes: readonly string[];
  readonly name: string;
  readonly #network: Network;
  readonly #free: (() => void) | undefined;
  /** Rows that every call has, where the model takes no other number. */
  readonly #fixedRows: number | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #disposal: Promise<void> | undefined;

  private constructor({ network, backend, maxBatchSize, name, free }: Parts) {
    this.#network = network;
    this.#free = free;
    this.backend = backend;
    this.inputs = network.inputs.map(withFreeRows);
    this.outputs = network.outputs.map(withFreeRows);
    const inputsAndOutputs = [...network.inputs, ...network.outputs].map((value) => value.name);
    this.values = network.blackBox === undefined ? network.values : [...new Set(inputsAndOutputs)];
    this.#fixedRows = fixedRows(network.inputs);
    this.maxBatchSize = this.#fixedRows ?? maxBatchSize;
    this.notes = [...network.notes, ...noteOf(this.#fixedRows)];
    this.name = name;
  }

  /**
   * Opens a model's files: a layers model or a graph model, as its model.json tells. Nothing is trained and no code is run: layers of
   * classes that are not TensorFlow.js's own have to be registered before (`tf.serialization.registerClass`).
   *
   * @param source the path or URL of its model.json or of the folder that has it, its files by name, or where it was saved in the
   * browser (`indexeddb://name`, `localstorage://name`).
   * @throws InvalidArgumentError naming the file, and the field or weight, that is missing or wrong; UnsupportedError for layers of
   * unknown classes, and where no TensorFlow.js is installed; RemoteError where a server does not answer.
   */
  static async load(source: TfjsSource, options: TfjsModelOptions = {}): Promise<TfjsModel> {
    const maxBatchSize = positive(options.maxBatchSize ?? 64, "maxBatchSize");
    const { tf } = await openTensorFlow({ tf: options.tf });
    const artifacts = await readArtifacts(tf, source);
    const { model, dispose } = await makeModel(tf, artifacts);
    try {
      const network = networkOf(tf, model);
      const name = options.name ?? artifacts.description;
      return new TfjsModel({ network, backend: tfjsBackend(tf), maxBatchSize, name, free: dispose });
    } catch (error) {
      dispose();
      throw error;
    }
  }

  /**
   * A live model. It stays its owner's: disposing of this one frees nothing of it.
   *
   * @param model what `tf.sequential`, `tf.model`, `tf.loadLayersModel` or `tf.loadGraphModel` gave.
   * @throws InvalidArgumentError for what is none, UnsupportedError for layers that cannot be explained.
   */
  static async from(model: LayersModel | GraphModel, options: TfjsModelOptions = {}): Promise<TfjsModel> {
    const maxBatchSize = positive(options.maxBatchSize ?? 64, "maxBatchSize");
    const { tf } = await openTensorFlow({ tf: options.tf });
    const network = networkOf(tf, model);
    const name = options.name ?? nameOf(model);
    return new TfjsModel({ network, backend: tfjsBackend(tf), maxBatchSize, name });
  }

  value(name: string): ValueInfo | undefined {
    const info = this.values.includes(name) ? this.#network.value(name) : undefined;
    return info && withFreeRows(info);
  }

  required(fed: readonly string[], fetches: readonly string[]): readonly string[] {
    for (const name of [...fed, ...fetches]) this.#check(name);
    return this.#network.required(fed, fetches);
  }

  run(request: RunRequest): Promise<NamedTensors> {
    if (this.#isTooLarge(request)) return limitBatch(this, this.#fixedRows!).run(request);
    return this.#whileOpen(() => this.backend.during((adopt) => this.#run(request, adopt)));
  }

  async #run(request: RunRequest, adopt: Adopt): Promise<NamedTensors> {
    request.signal?.throwIfAborted();
    const fetches = [...new Set(request.fetches)];
    for (const name of fetches) this.#check(name);
    const { tf } = this.backend;
    const { feeds, casts, rows } = this.#feeds(request);
    try {
      const wanted = fetches.filter((name) => !feeds.has(name));
      const network = this.#network;
      let results: readonly TfTensor[];
      if (network.blackBox !== undefined && network.executeAsync !== undefined) {
        results =
          wanted.length === 0
            ? []
            : await network.executeAsync(feeds, wanted, (step) =>
                withinSizes(tf, () => withGradients(tf, forwardRepairs(tf), step)),
              );
        if (request.signal?.aborted === true) for (const tensor of results) tensor.dispose();
        request.signal?.throwIfAborted();
      } else
        results = withGradients(tf, forwardRepairs(tf), () => kept(tf, () => network.execute(feeds, wanted, { unfused: false })));
      const computed = new Map(wanted.map((name, i) => [name, adopt(cut(tf, results[i]!, rows, this.#fixedRows))]));
      return Object.fromEntries(
        request.fetches.map((name): [string, Tensor] => [name, computed.get(name) ?? request.feeds[name]!]),
      );
    } finally {
      for (const tensor of casts) tensor.dispose();
    }
  }

  /**
   * Differentiates each row's objective by any values, in one pass forward (DeepLIFT: two) and one back on TensorFlow.js's tape.
   *
   * @throws UnsupportedOpError where an operation on the way has no gradient, or no rule of the kind asked for; UnsupportedError for a
   * black box.
   */
  gradient(request: GradientRequest): Promise<GradientResult> {
    if (this.#isTooLarge(request)) return limitBatch(this, this.#fixedRows!).gradient(request);
    return this.#whileOpen(() => this.backend.during((adopt) => this.#gradient(request, adopt)));
  }

  async #gradient(request: GradientRequest, adopt: Adopt): Promise<GradientResult> {
    request.signal?.throwIfAborted();
    const { objective, rules } = request;
    const wrt = [...new Set(request.wrt)];
    const fetches = [...new Set(request.fetches ?? [])];
    for (const name of [objective.value, ...wrt, ...fetches]) this.#check(name);
    if (this.#network.blackBox !== undefined)
      throw new UnsupportedError(`${this.name} cannot be differentiated: ${this.#network.blackBox}`);
    const { tf } = this.backend;
    const propagation = propagationFor(tf, rules, repairsFor(tf));
    const { feeds, casts, rows } = this.#feeds(request);
    const others: TfTensor[] = [];
    try {
      let reference: ReadonlyMap<string, TfTensor> | undefined;
      if (rules?.kind === "deepLift") {
        const ready = this.#reference(request, rules.reference);
        others.push(...ready.casts);
        reference = new Map(Object.keys(rules.reference).map((name) => [name, ready.feeds.get(name)!]));
      }
      const results = withGradients(tf, propagation.repairs, () =>
        kept(tf, () => this.#differentiate(request, { feeds, reference, rows, wrt, fetches, propagation })),
      );
      const adopted = results.map((tensor) => adopt(cut(tf, tensor, rows, this.#fixedRows)));
      const values = new Map(fetches.map((name, i) => [name, adopted[wrt.length + i]!]));
      return {
        gradients: Object.fromEntries(wrt.map((name, i) => [name, adopted[i]!])),
        values: Object.fromEntries(fetches.map((name) => [name, values.get(name)!])),
      };
    } finally {
      for (const tensor of [...casts, ...others]) tensor.dispose();
    }
  }

  /**
   * What the model holds, node by node, and how far it can be differentiated: found by one pass forward and one back over zeros, so that
   * every yes was tried. A black box is described without being run.
   */
  inspect(): Promise<TfjsInspection> {
    return this.#whileOpen(async () => inspectNetwork(this.backend.tf, this.#network, this.#fixedRows ?? 1));
  }

  /** The gradients, then the fetched values. */
  #differentiate(
    { objective }: GradientRequest,
    asked: {
      readonly feeds: ReadonlyMap<string, TfTensor>;
      /** What feeds are compared with, where they are. */
      readonly reference: ReadonlyMap<string, TfTensor> | undefined;
      readonly rows: number;
      readonly wrt: readonly string[];
      readonly fetches: readonly string[];
      readonly propagation: Propagation;
    },
  ): TfTensor[] {
    const { tf } = this.backend;
    const { feeds, rows, wrt, fetches } = asked;
    // Two names may be fed one tensor, and the tape knows tensors, not names.
    const own = new Map([...feeds].map(([name, tensor]) => [name, tf.clone(tensor)]));
    const wanted = [...new Set([objective.value, ...wrt, ...fetches])];
    const recorded = (fed: ReadonlyMap<string, TfTensor>) =>
      record(tf, (entering) => this.#network.execute(fed, wanted, { unfused: true, entering }));
    const { value: computed, tape } = recorded(own);
    let reference: Tape | undefined;
    try {
      const compared = [...(asked.reference?.keys() ?? [])].map((name) => own.get(name)!);
      if (asked.reference !== undefined) {
        const others = [...asked.reference].map(([name, tensor]) => [name, tf.clone(tensor)] as const);
        reference = recorded(new Map([...own, ...others])).tape;
      }
      const tensorOf = new Map(wanted.map((name, i) => [name, computed[i]!]));
      const by = wrt.map((name) => {
        const tensor = tensorOf.get(name)!;
        if (tensor.dtype !== "float32")
          throw new InvalidArgumentError(`"${name}" holds ${tensor.dtype}, which has no gradient: name a value of floats`);
        return tensor;
      });
      const value = tensorOf.get(objective.value)!;
      const fixed = this.#fixedRows ?? rows;
      const seed = seedOf(tf, filledObjective(objective, fixed), value, fixed, (cotangent) => {
        const given = this.backend.open(cotangent as Tensor, "objective.cotangent"); // the backend tells what is none of its own
        return given.shape[0] === rows && rows < fixed ? zeroed(tf, given, fixed) : given;
      });
      const rules = asked.propagation.over({ tape, reference, compared, by });
      const start = asked.propagation.start(value, seed);
      const gradients = backpropagate(tf, tape, [{ value, seed: start }], by, rules);
      return [...gradients.map((gradient, i) => gradient ?? tf.zerosLike(by[i]!)), ...fetches.map((name) => tensorOf.get(name)!)];
    } finally {
      tape.dispose();
      reference?.dispose();
    }
  }

  /** What feeds are compared with, held against them and made ready as they are. */
  #reference(request: GradientRequest, reference: NamedTensors): PreparedFeeds {
    for (const [name, tensor] of Object.entries(reference)) {
      const feed = request.feeds[name];
      if (feed === undefined) throw new InvalidArgumentError(`rules.reference has "${name}", which is not among the feeds`);
      const { shape } = this.backend.open(tensor, `rules.reference "${name}"`);
      if (!sameShape(shape, feed.shape))
        throw new InvalidArgumentError(
          `rules.reference has "${name}" ${formatShape(shape)}, but the feed has ${formatShape(feed.shape)}`,
        );
    }
    return this.#feeds({ ...request, feeds: { ...request.feeds, ...reference } });
  }

  /** Lets the runs under way finish and frees the weights of a model that was loaded. The model cannot be run afterwards. */
  dispose(): Promise<void> {
    this.#disposal ??= Promise.allSettled(this.#running).then(() => {
      this.#free?.();
    });
    return this.#disposal;
  }

  /** As {@link TfjsModel.dispose}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #whileOpen<T>(work: () => Promise<T>): Promise<T> {
    if (this.#disposal !== undefined) throw new InvalidArgumentError(`${this.name} was disposed of and can no longer be run`);
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  #isTooLarge({ feeds, shared }: RunRequest | GradientRequest): boolean {
    const fixed = this.#fixedRows;
    if (fixed === undefined) return false;
    return Object.entries(feeds).some(([name, { shape }]) => shared?.includes(name) !== true && (shape[0] ?? 0) > fixed);
  }

  /** The tensors fed, of the dtypes that the model declares; `casts` are those that were made for it. */
  #feeds(request: RunRequest | GradientRequest): PreparedFeeds {
    const { tf } = this.backend;
    const opened = new Map<string, TfTensor>();
    for (const [name, tensor] of Object.entries(request.feeds)) {
      this.#check(name);
      opened.set(name, this.backend.open(tensor, `feed "${name}"`));
    }
    const rows = checkRows(opened, request);
    const fixed = this.#fixedRows;
    const casts: TfTensor[] = [];
    try {
      for (const [name, tensor] of opened) {
        const info = this.value(name);
        if (request.shared?.includes(name) !== true) checkShape(name, tensor.shape, info?.shape);
        if (fixed !== undefined && rows < fixed && tensor.rank > 0 && request.shared?.includes(name) !== true) {
          casts.push(filledUp(tf, tensor, fixed));
          opened.set(name, casts.at(-1)!);
        }
        const dtype = info?.dtype;
        if (dtype === undefined || dtype === tensor.dtype || (dtype !== "float32" && dtype !== "int32" && dtype !== "bool"))
          continue;
        if (tensor.dtype === "float32")
          throw new InvalidArgumentError(`feed "${name}" holds float32, but the model takes ${dtype}: cast it first`);
        const cast = tf.keep(tf.cast(opened.get(name)!, dtype));
        casts.push(cast);
        opened.set(name, cast);
      }
    } catch (error) {
      for (const tensor of casts) tensor.dispose();
      throw error;
    }
    return { feeds: opened, casts, rows };
  }

  #check(name: string): void {
    if (this.values.includes(name)) return;
    const network = this.#network;
    if (network.blackBox !== undefined && network.value(name) !== undefined)
      throw new UnsupportedError(`"${name}" of ${this.name} can be neither fed nor fetched: ${network.blackBox}`);
    throw new InvalidArgumentError(
      `${this.name} has no value "${name}"; its inputs are ${list(this.inputs)}, its outputs ${list(this.outputs)}`,
    );
  }
}

function networkOf(tf: TensorFlow, model: LayersModel | GraphModel): Network {
  if (typeof model === "object" && model !== null) {
    if ("executor" in model && "execute" in model) return new GraphNetwork(tf, model);
    if ("layers" in model && "inputs" in model) return new LayersNetwork(tf, model);
  }
  throw new InvalidArgumentError(
    `model must be a LayersModel or GraphModel of TensorFlow.js, got ${isPromise(model) ? "a Promise (await it)" : typeof model}; to load one from files call TfjsModel.load`,
  );
}

function nameOf(model: LayersModel | GraphModel): string {
  return "name" in model && typeof model.name === "string" ? model.name : "the graph model";
}

/** Results of work that leaves nothing else behind. A result may be a weight, or a tensor that was fed: what comes out is none. */
function kept(tf: TensorFlow, work: () => readonly TfTensor[]): readonly TfTensor[] {
  return tf.tidy(() => withinSizes(tf, work).map((tensor) => tf.keep(tf.clone(tensor))));
}

function isPromise(value: unknown): boolean {
  return value instanceof Promise;
}

function withFreeRows(info: ValueInfo): ValueInfo {
  const { shape } = info;
  return shape === undefined || shape.length === 0 || typeof shape[0] !== "number"
    ? info
    : { ...info, shape: [null, ...shape.slice(1)] };
}

function positive(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`${name} must be a whole number of at least 1, got ${value}`);
  return value;
}

function list(values: readonly ValueInfo[]): string {
  return values.map(({ name }) => `"${name}"`).join(", ");
}
