import {
  type DifferentiableModel,
  type GradientRequest,
  type GradientResult,
  type GraphModel,
  hostBackend,
  InvalidArgumentError,
  type NamedTensors,
  type RunRequest,
  type TensorBackend,
  type ValueInfo,
} from "@attr/core";
import { checkModel } from "./graph/check-model.ts";
import { checkTypes } from "./graph/check-types.ts";
import { requiredInputs } from "./graph/required.ts";
import { tidy } from "./graph/tidy.ts";
import type { FileShape } from "./graph/value-type.ts";
import { MemoryBudget } from "./memory/memory-budget.ts";
import { type MemoryPrediction, type MemoryQuestion, predictMemory } from "./memory/predict-memory.ts";
import { openModel } from "./onnx/open-model.ts";
import type { OnnxFile, OnnxFiles } from "./onnx/opened-model.ts";
import type { ModelProto } from "./onnx/proto.ts";
import { batchBytes, type OnnxModelOptions, positive } from "./onnx-model-options.ts";
import { refuseOtherSources } from "./other-sources.ts";
import { ForwardRoutes } from "./run/forward-routes.ts";
import { GradientRoutes } from "./run/gradient-routes.ts";
import type { LoadedModel } from "./run/loaded-model.ts";
import { ModelValues } from "./run/model-values.ts";
import { planRows } from "./run/rows.ts";
import { runForward } from "./run/run-forward.ts";
import { runGradient } from "./run/run-gradient.ts";
import { acceptModel } from "./runtime/accepted-model.ts";
import { findRuntime } from "./runtime/runtime.ts";
import { SessionPool } from "./runtime/session-pool.ts";

/**
 * An ONNX file as a model every value of which can be fetched and fed, on onnxruntime-node or onnxruntime-web. Fetching an inner value
 * or feeding one edits the graph and makes a session of the part that is needed.
 *
 * Tensors are the host backend's. Types that core does not have are converted at the border: float16 is handed over as float32; int8,
 * int16 and uint16 as int32; uint32 and uint64 as int64. A feed may have any dtype whose elements the file's type holds. A file of
 * bfloat16 that the runtime has no kernels for is computed in float32.
 */
export class OnnxModel implements GraphModel, DifferentiableModel, AsyncDisposable {
  readonly backend: TensorBackend = hostBackend;
  readonly releasesFeeds = true;
  readonly differentiatesLogSoftmax = true;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly maxBatchSize: number;
  readonly values: readonly string[];
  /** The file, as read; not to be changed. */
  readonly proto: ModelProto;
  readonly #loaded: LoadedModel;
  readonly #forwardRoutes: ForwardRoutes;
  readonly #gradientRoutes: GradientRoutes;
  readonly #running = new Set<Promise<unknown>>();
  #disposal: Promise<void> | undefined;

  private constructor(loaded: LoadedModel, maxBatchSize: number) {
    this.#loaded = loaded;
    this.#forwardRoutes = new ForwardRoutes(loaded);
    this.#gradientRoutes = new GradientRoutes(loaded);
    this.proto = loaded.opened.model;
    this.maxBatchSize = maxBatchSize;
    this.values = loaded.index.values;
    this.inputs = loaded.index.inputs.map((name) => loaded.values.info(name));
    this.outputs = this.proto.graph.outputs.map(({ name }) => loaded.values.info(name));
  }

  /**
   * Opens an ONNX file.
   *
   * @param source a path (in Node) or address, the bytes, or `{ model, externalData }` where weights lie in other files that are not
   * beside it.
   * @throws InvalidArgumentError where the file is missing, malformed or makes no sense as a graph.
   * @throws UnsupportedError where no runtime is installed.
   * @throws AttributionError where the runtime does not accept the file.
   */
  static async load(source: OnnxFile | OnnxFiles, options: OnnxModelOptions = {}): Promise<OnnxModel> {
    refuseOtherSources(source);
    const maxBatchSize = positive(options.maxBatchSize ?? 64, "maxBatchSize");
    const maxSessions = positive(options.maxSessions ?? 8, "maxSessions");
    const budget = new MemoryBudget(batchBytes(options));
    const runtime = await findRuntime(options.runtime);
    const file = await openModel(source, runtime.readsFiles);
    checkModel(file.model, file.sizeOf);
    const accepted = await acceptModel({ ...file, model: tidy(file.model) }, runtime, options.session);
    const { opened, index, createSession, types } = accepted;
    checkTypes(index, types);
    const name = options.name ?? opened.name;
    const shaped = (value: string): { name: string; shape: FileShape } => ({ name: value, shape: types.get(value)?.shape });
    const [output] = opened.model.graph.outputs;
    const plan = planRows(index.inputs.map(shaped), output && shaped(output.name), options.batch);
    const values = new ModelValues(index, types, plan, name);
    const pool = new SessionPool(name, maxSessions);
    const { outputsTogether = false } = options;
    const parts = { opened, index, values, plan, runtime, pool, createSession, budget, name, outputsTogether };
    return new OnnxModel(parts, maxBatchSize);
  }

  get notes(): readonly string[] {
    return [...this.#loaded.plan.notes, ...this.#loaded.budget.notes];
  }

  value(name: string): ValueInfo | undefined {
    const { values } = this.#loaded;
    return values.has(name) ? values.info(name) : undefined;
  }

  required(fed: readonly string[], fetches: readonly string[]): readonly string[] {
    for (const name of [...fed, ...fetches]) this.#loaded.values.check(name);
    return requiredInputs(this.#loaded.index, fed, fetches);
  }

  run(request: RunRequest): Promise<NamedTensors> {
    return this.#whileOpen(() => runForward(this.#loaded, this.#forwardRoutes, request));
  }

  /**
   * Differentiates each row's objective by any values of the graph, in one pass forward and one back: the backward pass is written into
   * the graph as ordinary operators, and the same runtime runs both. What only led to values that are fed is left out, as in `run`.
   *
   * @throws InvalidArgumentError where a name is none of the model's, a value holds no floats, or the objective does not fit its value.
   * @throws UnsupportedOpError where an operator between has no gradient rule; it names the nearest value that has a gradient.
   */
  gradient(request: GradientRequest): Promise<GradientResult> {
    return this.#whileOpen(() => runGradient(this.#loaded, this.#gradientRoutes, request));
  }

  /**
   * How much memory a run or a gradient takes at feeds of these sizes, without running anything.
   *
   * @throws InvalidArgumentError, UnsupportedOpError as the run or the gradient would.
   */
  predictMemory(question: MemoryQuestion): MemoryPrediction {
    return predictMemory(this.#loaded, this.#forwardRoutes, this.#gradientRoutes, question);
  }

  /** Lets the runs under way finish and frees the sessions. The model cannot be run afterwards. */
  dispose(): Promise<void> {
    this.#disposal ??= Promise.allSettled(this.#running).then(() => this.#loaded.pool.dispose());
    return this.#disposal;
  }

  /** As {@link OnnxModel.dispose}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Does work that has to be finished before the sessions are freed; refuses it afterwards. */
  async #whileOpen<T>(work: () => Promise<T>): Promise<T> {
    if (this.#disposal !== undefined)
      throw new InvalidArgumentError(`${this.#loaded.name} was disposed of and can no longer be run`);
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}
